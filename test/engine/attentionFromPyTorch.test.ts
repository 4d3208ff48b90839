import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import type { Inspection } from '../../src/protocol/inspection';

/**
 * Written by the Python in docs/attention-file.md (torch 2.13, transformers 5.18, safetensors 0.8) for a DistilBERT of 3 layers with
 * 4 heads and random weights. The expected numbers were printed by the same program.
 */
const path = join(__dirname, '../fixtures/attention/random-distilbert.safetensors');

describe('a file that the Python of docs/attention-file.md has written', () => {
  const engine = new Engine({
    modelsFolder: join(__dirname, '../../media/models'),
    events: { progress: () => undefined, log: () => undefined },
  });
  let opened: Inspection;
  before(async () => (opened = await engine.openAttention(1, { path })));

  it('has its tokens where they stand in the text, characters beyond the first plane too', () => {
    const { text, tokens } = opened;
    assert.equal(text, 'Zoë 😀 loved it, no jokes.');
    const written = Array.from(tokens.ids, (_, token) =>
      text.slice(tokens.offsets[2 * token], tokens.offsets[2 * token + 1]),
    );
    const pieces = ['Zoë', '😀', 'l', 'ove', 'd', 'it', ',', 'no', 'j', 'o', 'ke', 's', '.'];
    assert.deepEqual(written, ['', ...pieces, '']);
    assert.deepEqual([...tokens.ids], [2, 1, 114, 80, 725, 139, 236, 16, 527, 78, 137, 412, 119, 18, 3]);
  });

  it('has the prediction and the attention that PyTorch computed', async () => {
    const [best] = opened.prediction?.candidates ?? [];
    assert.equal(best.label, 'POSITIVE');
    assert.ok(Math.abs(best.probability - 0.511117696762085) < 1e-6);
    const [block] = opened.blocks;
    assert.deepEqual([block.layers, block.heads], [3, 4]);
    // The largest weight of each head, special tokens included.
    const largest = [
      [0.07223, 0.070748, 0.072584, 0.072116],
      [0.071505, 0.074383, 0.071329, 0.070719],
      [0.071401, 0.072696, 0.072658, 0.072874],
    ].flat();
    largest.forEach((weight, at) => {
      const found = block.measures.confidence?.[at] ?? NaN;
      assert.ok(Math.abs(found - weight) < 1e-6, `head ${at}: ${found}, not ${weight}`);
    });
    const head = { block: 'self', layer: 1, head: 2 } as const;
    const [{ data, dims }] = await engine.attention(2, {
      inspection: opened.id,
      level: 'token',
      heads: [head],
    });
    assert.deepEqual(dims, [15, 15]);
    assert.equal(data[3 * 15 + 1], Math.fround(0.06652259826660156));
  });
});
