import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from 'node:path';
import { Engine } from '../../src/engine/session/engine';
import { targetChoices, visible } from '../../src/targetChoices';

const engine = new Engine({
  modelsFolder: join(__dirname, '../../media/models'),
  events: { progress: () => undefined, log: () => undefined },
});

test('every class can be explained, and the present one rather than each other', async () => {
  const model = 'headlight-encoder-sentiment';
  const text = 'The plot is thin.';
  const inspection = await engine.inspect(1, { model, text, parse: 'none' });
  const choices = targetChoices(inspection, 3);
  assert.deepEqual(choices.map(({ label }) => label).sort(), ['negative', 'neutral', 'positive']);
  assert.equal(choices.filter(({ isChosen }) => isChosen).length, 1);
  assert.equal(choices.find(({ isChosen }) => isChosen)?.contrast, undefined);
  const other = choices.find(({ isChosen }) => !isChosen);
  const contrasted = await engine.inspect(1, { model, text, parse: 'none', target: other?.contrast });
  const logit = (label: string | undefined): number =>
    inspection.prediction.candidates.find((candidate) => candidate.label === label)?.logit ?? NaN;
  assert.equal(contrasted.target.contrast?.label, other?.label);
  assert.ok(
    Math.abs(contrasted.target.value - (logit(inspection.target.label) - logit(other?.label))) < 1e-5,
  );
});

test('a causal model explains the token at the cursor from what stands before it', async () => {
  const model = 'headlight-decoder';
  const text = 'The cat sat on the mat';
  const inspection = await engine.inspect(1, { model, text, parse: 'none' });
  const last = inspection.tokens.ids.length - 1;
  const [own] = targetChoices(inspection, last);
  assert.match(own.label, /^why /);
  assert.deepEqual(own.target, { id: inspection.tokens.ids[last], position: last - 1 });
  const explained = await engine.inspect(1, { model, text, parse: 'none', target: own.target });
  assert.equal(explained.target.id, inspection.tokens.ids[last]);
  // What comes later cannot speak for it.
  assert.equal(explained.saliency['gradient-l1']?.[last], 0);
  assert.ok((explained.saliency['gradient-l1']?.[last - 1] ?? 0) > 0);
  // The first token follows nothing.
  assert.equal(
    targetChoices(inspection, 0).some(({ label }) => label.startsWith('why')),
    false,
  );
});

test('blanks and line ends of a token can be seen', () => {
  assert.equal(visible(' the'), '␣the');
  assert.equal(visible('\n'), '⏎');
  assert.equal(visible('a b\t'), 'a b⇥');
});
