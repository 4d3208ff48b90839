import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import { bytesOfResult } from '../../src/engine/session/inspect';
import type { SaliencyName } from '../../src/protocol/inspection';

test('a result is as large as its attention, its gradients and all logits that it holds', async () => {
  const engine = new Engine({
    modelsFolder: join(__dirname, '../../media/models'),
    events: { progress: () => undefined, log: () => undefined },
  });
  const resultOf = (saliency: readonly SaliencyName[]) =>
    engine.inspectCompletely(1, {
      model: 'headlight-decoder',
      text: 'The cat sat on the mat.',
      parse: 'none',
      saliency,
    });
  const result = await resultOf(['surprisal']);
  const { attentions, gradients, forward } = result;
  const layers = [...attentions.values(), ...(gradients?.attentions?.values() ?? [])].flat();
  const vocabulary = forward.logits.dims[1];
  assert.deepEqual(forward.logits.dims, [result.inspection.tokens.ids.length, vocabulary]);
  const least = [forward.logits, ...layers, ...forward.record.values()].reduce(
    (bytes, { dims }) => bytes + 4 * dims.reduce((size, dim) => size * dim, 1),
    0,
  );
  assert.ok(gradients?.attentions !== undefined && forward.record.size > 10);
  assert.ok(bytesOfResult(result) >= least, `${bytesOfResult(result)} is less than ${least}`);
  assert.ok(bytesOfResult(result) < 1.1 * least + (1 << 17));
});
