import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  activationBytes,
  batchesOf,
  copiesAtOnce,
  sizeOf,
  type ModelSize,
} from '../../src/engine/session/batchBudget';
import { findModel } from '../../src/engine/session/folder';
import { LoadedModel } from '../../src/engine/session/loaded';
import { SessionCache } from '../../src/engine/session/sessions';

const megabyte = 1 << 20;
const bertBase: ModelSize = { layers: 12, heads: 12, width: 768, weights: 438e6 };
const sizes = fc.record({
  layers: fc.integer({ min: 1, max: 80 }),
  heads: fc.integer({ min: 1, max: 64 }),
  width: fc.integer({ min: 16, max: 8192 }),
  weights: fc.integer({ min: 0, max: 8e9 }),
});
const lengths = fc.integer({ min: 1, max: 8192 });
const kinds = fc.constantFrom('forward' as const, 'gradient' as const);

describe('the size of a batch', () => {
  it('is that of the memory measured for BERT base: 57 MB a copy of 64 tokens, so 8 copies', () => {
    // Resident memory of 1, 4 and 8 copies was 949, 1129 and 1357 MB: 57 to 60 MB each (bench/gradients.ts).
    const each = activationBytes(bertBase, 64, 'gradient') / megabyte;
    assert.ok(Math.abs(each - 57) < 3, `${each.toFixed(1)} MB`);
    assert.equal(copiesAtOnce(bertBase, 64, 'gradient'), 8);
    assert.equal(copiesAtOnce(bertBase, 512, 'gradient'), 1);
  });

  it('grows with the square of the tokens where attention takes most of the memory', () => {
    const manyHeads = { ...bertBase, heads: 4096, width: 1 };
    const ratio = activationBytes(manyHeads, 512, 'gradient') / activationBytes(manyHeads, 256, 'gradient');
    assert.ok(Math.abs(ratio - 4) < 0.01, String(ratio));
  });

  it('keeps the memory within twice that of one pass with all activations, or what any model may take', () => {
    fc.assert(
      fc.property(sizes, lengths, kinds, (size, tokens, kind) => {
        const copies = copiesAtOnce(size, tokens, kind);
        const onePass = size.weights + activationBytes(size, tokens, 'gradient');
        const batch = copies * activationBytes(size, tokens, kind);
        assert.ok(copies >= 1 && Number.isInteger(copies));
        assert.ok(copies === 1 || batch <= Math.max(192 * megabyte, onePass));
        assert.ok(copies === 1 || copies * tokens <= 2048);
      }),
    );
  });

  it('is larger where nothing must be kept for a backward pass', () => {
    fc.assert(
      fc.property(sizes, lengths, (size, tokens) => {
        assert.ok(copiesAtOnce(size, tokens, 'forward') >= copiesAtOnce(size, tokens, 'gradient'));
      }),
    );
  });

  it('is computed from what the graph of a model says', async () => {
    const modelsFolder = join(__dirname, '../../media/models');
    const model = await LoadedModel.open(
      findModel('headlight-encoder-sentiment', modelsFolder),
      new SessionCache(1),
    );
    const { weights, ...size } = sizeOf(model.anatomy);
    assert.deepEqual(size, { layers: 4, heads: 8, width: 256 });
    assert.ok(weights > 1e6 && weights <= model.summary.bytes);
  });
});

describe('batches', () => {
  it('have every copy once, in order, the last batch being what is left', () => {
    assert.deepEqual(batchesOf(10, 4), [
      { from: 0, count: 4 },
      { from: 4, count: 4 },
      { from: 8, count: 2 },
    ]);
    assert.deepEqual(batchesOf(3, 4), [{ from: 0, count: 3 }]);
    assert.deepEqual(batchesOf(0, 4), []);
  });
});
