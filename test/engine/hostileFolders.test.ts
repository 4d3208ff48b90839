import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { UserError } from '../../src/engine/errors';
import { floatTensor } from '../../src/engine/onnx/constants';
import { copyModel } from '../../src/engine/onnx/copy';
import { decodeModel } from '../../src/engine/onnx/read';
import { encodeModel } from '../../src/engine/onnx/write';
import { Engine } from '../../src/engine/session/engine';

const fixture = resolve(__dirname, '../fixtures/models/bert');

describe('a model folder whose parts do not fit', () => {
  let folder: string;
  let engine: Engine;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'headlight-folder-'));
    cpSync(fixture, folder, { recursive: true });
    engine = new Engine({
      modelsFolder: folder,
      events: { progress: () => undefined, log: () => undefined },
    });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const onnx = 'eager-ts/model.onnx';
  const change = (name: string, edit: (text: string) => string): void =>
    writeFileSync(join(folder, name), edit(readFileSync(join(folder, name), 'utf8')));
  const refused =
    (what: RegExp) =>
    (error: unknown): boolean => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, what);
      return true;
    };

  it('is opened where they do', async () => {
    assert.equal((await engine.describe(1, folder, onnx)).task, 'classification');
  });

  it('is refused where the tokenizer knows words that the model has no embeddings for', async () => {
    change('tokenizer.json', (text) => {
      const json = JSON.parse(text) as { model: { vocab: Record<string, number> } };
      json.model.vocab['headlight'] = 50_000;
      return JSON.stringify(json);
    });
    await assert.rejects(
      engine.describe(1, folder, onnx),
      refused(/knows 50001 tokens, but .* for \d+ only/),
    );
  });

  it('is refused where its JSON files are cut off or hold something else', async () => {
    change('tokenizer.json', (text) => text.slice(0, text.length >> 1));
    await assert.rejects(
      engine.describe(1, folder, onnx),
      refused(/tokenizer\.json in .* is not valid JSON/),
    );
    change('tokenizer.json', () => '[1, 2]');
    await assert.rejects(engine.describe(2, folder, onnx), refused(/should hold a JSON object/));
    change('config.json', () => '{"architectures": ');
    await assert.rejects(engine.describe(3, folder, onnx), refused(/config\.json” is not valid JSON/));
  });

  it('says so where the model computes no numbers', async () => {
    const path = join(folder, onnx);
    const model = copyModel(decodeModel(readFileSync(path), path));
    for (const [name, tensor] of model.graph.initializers) {
      if (tensor.type !== 1 || tensor.dims.length !== 1) continue;
      const values = new Float32Array(tensor.dims[0]).fill(NaN);
      model.graph.initializers.set(name, { ...floatTensor(name, values), dims: tensor.dims });
    }
    writeFileSync(path, encodeModel(model));
    await assert.rejects(engine.inspect(1, { model: folder, onnx, text: 'The fox.' }), refused(/NaN/));
  });

  it('tells in one line what control characters in a name would break', async () => {
    await assert.rejects(engine.describe(1, `${folder}/a\u0000b`, onnx), (error: unknown) => {
      assert.ok(error instanceof Error);
      assert.ok(!error.message.includes('\0'), error.message);
      return true;
    });
  });
});
