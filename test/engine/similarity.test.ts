import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { InferenceSession } from 'onnxruntime-node';
import { NodeBuilder } from '../../src/engine/onnx/builder';
import { copyModel } from '../../src/engine/onnx/copy';
import { ElementType } from '../../src/engine/onnx/graph';
import { readModel } from '../../src/engine/onnx/read';
import { prune } from '../../src/engine/onnx/wiring';
import { encodeModel } from '../../src/engine/onnx/write';
import { Engine } from '../../src/engine/session/engine';
import { fillInputs } from '../../src/engine/session/feeds';
import { openSession } from '../../src/engine/session/sessions';
import { findSites } from '../../src/engine/sites/find';
import { instrument } from '../../src/engine/sites/instrument';
import { loadTokenizer } from '../../src/engine/tokens/load';
import { Tensor as OrtTensor } from 'onnxruntime-node';

const bert = join(__dirname, '..', 'fixtures', 'models', 'bert');
const text = 'The licence covers the work.';
const other = 'Copying is allowed with this notice.';

/** An embedding model: BERT without its head, giving the last hidden state of every token. */
function embedder(folder: string): void {
  cpSync(bert, folder, { recursive: true, filter: (path) => !path.endsWith('golden.safetensors') });
  const model = copyModel(readModel(join(bert, 'eager-ts', 'model.onnx')));
  const states = findSites(model).hiddenStates.get('self') ?? assert.fail();
  const last = states[states.length - 1] ?? assert.fail();
  const build = new NodeBuilder(model.graph, 'test');
  build.node('Identity', [last], ['last_hidden_state']);
  build.appendTo();
  model.graph.outputs = [
    { name: 'last_hidden_state', type: ElementType.float, dims: ['batch', 'sequence', 48] },
  ];
  prune(model.graph);
  // Its weights stay in the file beside it.
  writeFileSync(join(folder, 'eager-ts', 'embedding.onnx'), encodeModel(model));
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({
      architectures: ['BertModel'],
      model_type: 'bert',
      max_position_embeddings: 64,
      pad_token_id: 0,
    }),
  );
}

describe('similarity of two texts', { concurrency: false }, () => {
  let folder = '';
  let request: { model: string; onnx: string; text: string; parse: 'none' };
  const engine = new Engine({
    modelsFolder: join(__dirname, '../../media/models'),
    events: { progress: () => undefined, log: () => undefined },
  });
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'headlight-similarity-'));
    embedder(folder);
    request = { model: folder, onnx: join(folder, 'eager-ts', 'embedding.onnx'), text, parse: 'none' };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The mean of the output over tokens, by a session of the test's own; embeddings can be moved by noise. */
  async function embedding(ids: readonly number[], noise?: Float32Array): Promise<Float64Array> {
    const model = readModel(request.onnx);
    session ??= await openSession(instrument(model, findSites(model), { embeddingNoise: true }).model);
    const zeros = ids.map(() => 0);
    const feeds = fillInputs(model.graph.inputs, {
      inputIds: ids,
      attentionMask: ids.map(() => 1),
      typeIds: zeros,
    });
    const moved = noise ?? new Float32Array(ids.length * width);
    const { last_hidden_state: states } = await session.run({
      ...feeds,
      'embedding_noise.self': new OrtTensor('float32', moved, [1, ids.length, width]),
    });
    const mean = new Float64Array(48);
    (states.data as Float32Array).forEach((value, i) => (mean[i % 48] += value / ids.length));
    return mean;
  }
  let session: InferenceSession | undefined;
  const width = 48;
  const idsOf = async (of: string): Promise<number[]> => {
    const tokenizer = (await loadTokenizer(folder)) ?? assert.fail();
    return Array.from((await tokenizer.encode(of)).ids);
  };
  const cosine = (a: Float64Array, b: Float64Array): number => {
    const dot = (x: Float64Array, y: Float64Array): number =>
      x.reduce((sum, value, i) => sum + value * y[i], 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };

  test('is the cosine of the mean outputs; the command line’s second text asks for it', async () => {
    const expected = cosine(await embedding(await idsOf(text)), await embedding(await idsOf(other)));
    const asked = await engine.inspect(1, { ...request, target: { similarTo: other } });
    assert.equal(asked.target.kind, 'similarity');
    assert.equal(asked.target.label, `similarity to “${other}”`);
    assert.ok(Math.abs(asked.target.value - expected) < 1e-5, `${asked.target.value}, not ${expected}`);
    const paired = await engine.inspect(1, { ...request, pair: other });
    assert.deepEqual(paired.target, asked.target);
    assert.equal(paired.pair, undefined);
    const self = await engine.inspect(1, { ...request, pair: text });
    assert.ok(Math.abs(self.target.value - 1) < 1e-6);
    const alone = await engine.inspect(1, request);
    assert.equal(alone.target.kind, 'norm');
  });

  test('has the gradients that central differences have', async () => {
    const ids = await idsOf(text);
    const fixed = await embedding(await idsOf(other));
    const { gradients } = await engine.inspectCompletely(1, { ...request, target: { similarTo: other } });
    const ours = gradients?.embeddings.get('self')?.gradient ?? assert.fail();
    assert.deepEqual(ours.dims, [ids.length, width]);
    const step = 1e-2;
    let largest = 0;
    let worst = 0;
    for (let at = 0; at < ours.data.length; at += 7) {
      const moved = async (by: number): Promise<number> => {
        const noise = new Float32Array(ours.data.length);
        noise[at] = by;
        return cosine(await embedding(ids, noise), fixed);
      };
      const difference = ((await moved(step)) - (await moved(-step))) / (2 * step);
      largest = Math.max(largest, Math.abs(difference));
      worst = Math.max(worst, Math.abs(difference - ours.data[at]));
    }
    assert.ok(largest > 1e-4 && worst < 0.01 * largest, `${worst} of ${largest}`);
  });

  test('integrated gradients add up to it, occlusion and ablation are of it', async () => {
    const {
      target,
      saliency,
      completenessGap = NaN,
      blocks,
      tokens,
    } = await engine.inspect(1, {
      ...request,
      target: { similarTo: other },
      saliency: ['integrated-gradients', 'occlusion'],
      measures: ['ablation-effect', 'head-deviation', 'direct-logit-attribution'],
      integratedGradients: { steps: 200, baseline: 'pad' },
    });
    const sum = Array.from(saliency['integrated-gradients'] ?? []).reduce((total, score) => total + score, 0);
    assert.ok(
      Math.abs(sum) > 0.01 && completenessGap < 0.02 * Math.abs(sum),
      `gap ${completenessGap} of ${sum}`,
    );
    const ids = Array.from(tokens.ids);
    const mask = (await loadTokenizer(folder))?.specials.mask?.id ?? assert.fail();
    const fixed = await embedding(await idsOf(other));
    const covered = cosine(await embedding(ids.map((id, i) => (i === 2 ? mask : id))), fixed);
    assert.ok(Math.abs((saliency.occlusion?.[2] ?? NaN) - (target.value - covered)) < 1e-5);
    const without = await engine.inspect(2, {
      ...request,
      target: { similarTo: other },
      measures: [],
      ablate: [{ block: 'self', layer: 1, head: 2 }],
    });
    const effect = blocks[0].measures['ablation-effect']?.[1 * blocks[0].heads + 2] ?? NaN;
    assert.ok(Math.abs(effect - (without.target.value - target.value)) < 1e-5);
    assert.equal(without.before?.target.value, target.value);
    // Not a probability: the deviation is how far it moves.
    const deviation = blocks[0].measures['head-deviation']?.[1 * blocks[0].heads + 2] ?? NaN;
    assert.ok(Math.abs(deviation - Math.abs(effect)) < 1e-6);
    assert.equal(blocks[0].measures['direct-logit-attribution'], undefined);
  });

  test('leaves padding out of the mean', async () => {
    const ids = await idsOf(text);
    const padded = [...ids, 0, 0, 0];
    const feed = (values: readonly number[]) => ({ data: Int32Array.from(values), dims: [values.length] });
    const { target } = await engine.inspect(1, {
      ...request,
      text: '',
      feeds: {
        input_ids: feed(padded),
        attention_mask: feed(padded.map((_, i) => (i < ids.length ? 1 : 0))),
        token_type_ids: feed(padded.map(() => 0)),
      },
      target: { similarTo: other },
    });
    const whole = await engine.inspect(1, { ...request, target: { similarTo: other } });
    assert.ok(Math.abs(target.value - whole.target.value) < 1e-5);
  });

  test('is refused where there are no embeddings, and to nothing', async () => {
    const model = 'headlight-encoder-sentiment';
    await assert.rejects(
      engine.inspect(1, { model, text, parse: 'none', target: { similarTo: other } }),
      /Similarity is for models that give embeddings; “headlight-encoder-sentiment” does not/,
    );
    await assert.rejects(
      engine.inspect(1, { ...request, target: { similarTo: ' ' } }),
      /text to compare with is empty/,
    );
  });
});
