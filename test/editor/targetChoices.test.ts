import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../../src/engine/session/engine';
import { targetChoices, visible } from '../../src/targetChoices';
import { writeMaskedModel, writeTranslator } from '../engine/derivedModels';

const engine = new Engine({
  modelsFolder: join(__dirname, '../../media/models'),
  events: { progress: () => undefined, log: () => undefined },
});

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'headlight-targets-'));
  writeMaskedModel(join(folder, 'masked'));
  writeTranslator(join(folder, 'translator'));
});
after(() => rmSync(folder, { recursive: true }));

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

test('a masked language model explains the token at the cursor, masked, and any mask', async () => {
  const model = join(folder, 'masked');
  const inspection = await engine.inspect(1, { model, text: 'the license is free', parse: 'none' });
  // The token at the beginning was masked, since there is no mask in the text.
  assert.equal(inspection.prediction.position, 1);
  const cursor = inspection.tokens.pieces.indexOf('free');
  const [own] = targetChoices(inspection, cursor);
  assert.equal(own.label, 'why free');
  assert.deepEqual(own.target, { id: inspection.tokens.ids[cursor], position: cursor });
  const asked = { model, text: inspection.text, parse: 'none', target: own.target } as const;
  const explained = await engine.inspect(1, asked);
  assert.deepEqual([explained.target.position, explained.target.label], [cursor, 'free']);
  assert.ok(explained.notes.some((note) => note.includes('“free” was masked')));
  assert.equal(targetChoices(explained, cursor)[0].isChosen, true);

  const text = 'the [MASK] is [MASK] software';
  const two = await engine.inspect(1, { model, text, parse: 'none' });
  const [first, second] = [...two.tokens.ids.keys()].filter((at) => two.tokens.pieces[at] === '[MASK]');
  assert.equal(two.prediction.position, first);
  const [other] = targetChoices(two, second);
  assert.deepEqual(
    [other.label, other.target],
    ['the likeliest for the [MASK] at the cursor', { position: second }],
  );
  assert.ok(targetChoices(two, first)[0].label !== other.label);
  const moved = await engine.inspect(1, { model, text, parse: 'none', target: other.target });
  assert.equal(moved.target.position, second);
  assert.equal(moved.target.id, moved.prediction.candidates[0].id);
  // Asked about a word beside the masks, the model sees it masked.
  const beside = await engine.inspect(1, { model, text, parse: 'none', target: { position: 1 } });
  assert.ok(
    beside.notes.some((note) => /another one than \[MASK\], so “the” was masked/.test(note)),
    beside.notes.join(),
  );
});

test('an encoder-decoder explains each token that its decoder said, and the next one', async () => {
  const model = join(folder, 'translator');
  const asked = { model, text: 'the house is old', pair: 'das Haus ist', parse: 'none' } as const;
  const inspection = await engine.inspect(1, asked);
  assert.deepEqual([inspection.target.kind, inspection.target.position], ['decoder-token', 3]);
  const choices = targetChoices(inspection, undefined);
  const said = choices.filter(({ label }) => label.startsWith('why '));
  assert.deepEqual(
    said.map(({ label, target }) => [label, target.position]),
    [
      ['why das', 0],
      ['why Haus', 1],
      ['why ist', 2],
    ],
  );
  const explained = await engine.inspect(1, { ...asked, target: said[1].target });
  assert.deepEqual([explained.target.label, explained.target.position], ['Haus', 1]);
  assert.equal(explained.pairSaliency?.['gradient-l1']?.length, 4);
  const next = targetChoices(explained, undefined).at(-1);
  assert.deepEqual([next?.label, next?.target], ['what the decoder says next', { position: 3 }]);
  const typed = await engine.inspect(1, { ...asked, target: { label: 'alt', position: 3 } });
  assert.deepEqual([typed.target.label, typed.target.position], ['alt', 3]);
  await assert.rejects(
    engine.inspect(1, { ...asked, target: { label: 'xyz', position: 3 } }),
    /not one token/,
  );
});

test('blanks and line ends of a token can be seen', () => {
  assert.equal(visible(' the'), '␣the');
  assert.equal(visible('\n'), '⏎');
  assert.equal(visible('a b\t'), 'a b⇥');
});
