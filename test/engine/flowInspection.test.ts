import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { attentionFlow } from '../../src/engine/measures/flow';
import { Engine } from '../../src/engine/session/engine';
import { tensorTable } from '../../src/engine/session/tensorTable';
import type { Progress } from '../../src/protocol/engine';
import type { InspectRequest } from '../../src/protocol/inspection';

const modelsFolder = join(__dirname, '../../media/models');

function engineWith(progress: (call: number, progress: Progress) => void = () => undefined): Engine {
  return new Engine({ modelsFolder, events: { progress, log: () => undefined } });
}

const request: InspectRequest = {
  model: 'headlight-decoder',
  text: 'The keys to the cabinet are',
  parse: 'none',
  saliency: ['attention-flow'],
  measures: ['confidence'],
};

describe('attention flow in an inspection', { concurrency: false }, () => {
  test('is the row of the position of the prediction, and the complete record has all rows', async () => {
    const result = await engineWith().inspectCompletely(1, { ...request, target: { position: 3 } });
    const attentions = result.attentions.get('self') ?? [];
    const tokens = result.inspection.tokens.ids.length;
    const flow = tensorTable(result).get('flow.self');
    assert.deepEqual(flow?.dims, [tokens, tokens]);
    assert.deepEqual(flow?.data, attentionFlow(attentions).data);
    assert.deepEqual(
      result.inspection.saliency['attention-flow'],
      attentionFlow(attentions, [3]).data,
      'the row of token 3',
    );
  });

  test('is computed alone, without the other rows, where only the summary is wanted', async () => {
    const engine = engineWith();
    const summary = await engine.inspect(1, request);
    const complete = await engine.inspectCompletely(2, request);
    assert.deepEqual(summary.saliency['attention-flow'], complete.inspection.saliency['attention-flow']);
  });

  test('is left out where nobody asked for it', async () => {
    const result = await engineWith().inspectCompletely(1, { ...request, saliency: ['attention-rollout'] });
    assert.equal(tensorTable(result).has('flow.self'), false);
    assert.equal(result.inspection.saliency['attention-flow'], undefined);
  });

  test('is given up between two steps when the caller cancels', async () => {
    const told: number[] = [];
    const engine = engineWith((call, { message, fraction }) => {
      if (message !== 'Attention flow') return;
      told.push(fraction ?? NaN);
      engine.cancel(call);
    });
    const long = { ...request, text: 'the man and the dog saw a cat on the mat near it, '.repeat(12) };
    await assert.rejects(engine.inspectCompletely(7, long), { kind: 'cancelled' });
    // The queue goes on, so the work was left, not only its caller sent away.
    await engine.inspect(8, { ...request, saliency: [] });
    assert.equal(told.length, 1);
    assert.ok(told[0] > 0 && told[0] < 1);
  });
});
