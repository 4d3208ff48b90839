import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import { earlierPart, textEdits, withEdits } from '../../src/engine/tokens/textEdits';
import type { Progress } from '../../src/protocol/engine';
import type { InspectRequest } from '../../src/protocol/inspection';

const modelsFolder = join(__dirname, '../../media/models');

function engineWith(progress: (call: number, progress: Progress) => void = () => undefined): Engine {
  return new Engine({ modelsFolder, events: { progress, log: () => undefined } });
}

const shown = (before: string, after: string, most?: number) =>
  textEdits(before, after, most).map((edit) => [before.slice(...edit.before), after.slice(...edit.after)]);

describe('edits of a text', () => {
  test('are the words that were replaced, inserted and removed', () => {
    assert.deepEqual(shown('The film is slow and dull.', 'The new film is slow but never dull'), [
      ['', 'new '],
      ['and', 'but never'],
      ['.', ''],
    ]);
    assert.deepEqual(shown('same', 'same'), []);
    assert.deepEqual(shown('', 'new'), [['', 'new']]);
  });

  test('are joined where only white space is between them, or where there are too many', () => {
    assert.deepEqual(shown('a good old film', 'a bad new film'), [['good old', 'bad new']]);
    const before = 'one 1 two 2 three 3 four and more 4 five';
    const after = 'one 5 two 6 three 7 four and more 8 five';
    assert.equal(textEdits(before, after).length, 4);
    assert.deepEqual(shown(before, after, 2), [
      ['1 two 2 three 3', '5 two 6 three 7'],
      ['4', '8'],
    ]);
  });

  test('make either text, and any between them, and know where a place has moved', () => {
    const before = 'The film is slow and dull.';
    const after = 'The new film is slow but never dull';
    const edits = textEdits(before, after);
    assert.equal(withEdits(before, after, edits, () => false).text, before);
    assert.equal(withEdits(before, after, edits, () => true).text, after);
    const { text, place } = withEdits(before, after, edits, (i) => i === 1);
    assert.equal(text, 'The film is slow but never dull.');
    for (const word of ['film', 'slow', 'never', 'dull'])
      assert.equal(place(after.indexOf(word)), text.indexOf(word));
    const without = withEdits(before, after, edits, (i) => i !== 1);
    assert.equal(without.text, 'The new film is slow and dull');
    assert.equal(without.place(after.indexOf('never')), without.text.indexOf('and'));
  });

  test('the earlier version of a part of a document is found, whatever was edited around it', () => {
    const part = (before: string, after: string, words: string) => {
      const from = after.indexOf(words);
      return before.slice(...earlierPart(before, after, [from, from + words.length]));
    };
    const before = 'Title\n\nThe film is slow.\n\nEnd of it.';
    assert.equal(
      part(before, 'Title\n\nThe new film is slow.\n\nEnd of it.', 'The new film is slow.'),
      'The film is slow.',
    );
    assert.equal(
      part(before, 'A title\n\nThe film was slow.\n\nThe end.', 'The film was slow.'),
      'The film is slow.',
    );
    assert.equal(part(before, 'Other title\n\nSo slow.\n\nEnd of it!', 'So slow.'), 'The film is slow.');
    assert.equal(part(before, before, 'End of it.'), 'End of it.');
    assert.equal(part(before, `${before} And more.`, 'End of it. And more.'), 'End of it.');
  });
});

const before = 'The film is slow and dull, but the actors were good.';
const after = 'The film is slow and gripping, and the young actors were wonderful.';

describe('what edits do to the target', { concurrency: false }, () => {
  for (const model of ['headlight-encoder-sentiment', 'headlight-decoder']) {
    test(`${model}: the probabilities are those of separate inspections`, async () => {
      const engine = engineWith();
      const request: InspectRequest = { model, text: after, parse: 'none', saliency: [], measures: [] };
      const { id, target } = await engine.inspect(1, request);
      const changes = await engine.changes(2, { inspection: id, before: { text: before } });
      assert.deepEqual(changes.target, target);
      assert.deepEqual(
        changes.edits.map(({ removed, inserted }) => [removed, inserted]),
        [
          ['dull', 'gripping'],
          ['but', 'and'],
          ['', 'young '],
          ['good', 'wonderful'],
        ],
      );
      const probabilityOf = async (text: string): Promise<number> => {
        const separate = await engine.inspect(3, { ...request, text, target: { id: target.id } });
        return separate.target.probability;
      };
      const close = (actual: number, expected: number, what: string) =>
        assert.ok(Math.abs(actual - expected) < 1e-6, `${what}: ${actual}, not ${expected}`);
      close(changes.before.probability, await probabilityOf(before), 'before');
      close(changes.after.probability, await probabilityOf(after), 'after');
      for (const { range, beforeRange, removed, inserted, ...edit } of changes.edits) {
        assert.equal(after.slice(...range), inserted);
        assert.equal(before.slice(...beforeRange), removed);
        const without = after.slice(0, range[0]) + removed + after.slice(range[1]);
        const alone = before.slice(0, beforeRange[0]) + inserted + before.slice(beforeRange[1]);
        const [left, only] = [await probabilityOf(without), await probabilityOf(alone)];
        close(edit.without.probability, left, `without “${inserted}”`);
        close(edit.alone.probability, only, `only “${inserted}”`);
        assert.ok(Math.abs(edit.effect - Math.log(changes.after.probability / left)) < 1e-4);
        assert.ok(Math.abs(edit.effectAlone - Math.log(only / changes.before.probability)) < 1e-4);
      }
    });
  }

  test('a token in the middle of the text stays the target, wherever the edits move it', async () => {
    const engine = engineWith();
    const request: InspectRequest = {
      model: 'headlight-decoder',
      text: after,
      parse: 'none',
      saliency: [],
      measures: [],
    };
    const { tokens } = await engine.inspect(1, request);
    const end = after.indexOf(' actors') + ' actors'.length;
    const position = tokens.ids.findIndex((_, i) => tokens.offsets[2 * i + 1] === end);
    const were = tokens.ids[position + 1];
    const { id } = await engine.inspect(2, { ...request, target: { id: were, position } });
    const changes = await engine.changes(3, { inspection: id, before: { text: before } });
    const earlier = await engine.inspect(4, { ...request, text: before });
    const place = before.indexOf(' actors') + ' actors'.length;
    const moved = earlier.tokens.ids.findIndex((_, i) => earlier.tokens.offsets[2 * i + 1] === place);
    const separate = await engine.inspect(5, {
      ...request,
      text: before,
      target: { id: were, position: moved },
    });
    assert.notEqual(moved, position);
    assert.ok(Math.abs(changes.before.probability - separate.target.probability) < 1e-6);
  });

  test('of one class against another: the difference of their logits', async () => {
    const engine = engineWith();
    const request: InspectRequest = {
      model: 'headlight-encoder-sentiment',
      text: after,
      saliency: [],
      measures: [],
    };
    const target = { label: 'positive', contrast: { label: 'negative' } };
    const { id, target: chosen } = await engine.inspect(1, { ...request, target });
    const changes = await engine.changes(2, { inspection: id, before: { text: before } });
    assert.ok(Math.abs(changes.after.value - chosen.value) < 1e-4);
    const [dull] = changes.edits;
    assert.equal(dull.effect, changes.after.value - dull.without.value);
  });

  test('the earlier version is found in the document, and tells where there is none', async () => {
    const engine = engineWith();
    const request: InspectRequest = {
      model: 'headlight-encoder-sentiment',
      text: after,
      saliency: [],
      measures: [],
    };
    const { id } = await engine.inspect(1, request);
    const document = { text: `Title\n\n${after}\n\nEnd`, range: [7, 7 + after.length] as const };
    const found = await engine.changes(2, {
      inspection: id,
      before: { text: `Title\n\n${before}\n\nEnd`, document },
    });
    const given = await engine.changes(3, { inspection: id, before: { text: before } });
    assert.deepEqual(found, given);
    await assert.rejects(
      engine.changes(4, { inspection: id, before: { text: 'Title\n\n\n\nEnd', document } }),
      /nothing where this text stands/,
    );
    const none = await engine.changes(5, { inspection: id, before: { text: after } });
    assert.deepEqual([none.edits, none.before], [[], none.after]);
  });

  test('progress is told batch by batch, other calls are served in between, and cancelling ends the work', async () => {
    const fractions: number[] = [];
    const order: string[] = [];
    let isLate = false;
    let between: Promise<unknown> = Promise.resolve();
    const engine = engineWith((call, { message, fraction }) => {
      if (!message.startsWith('Comparing')) return;
      fractions.push(fraction ?? NaN);
      if (fractions.length !== 1) return;
      if (isLate) engine.cancel(call);
      else
        between = engine.inspect(9, { ...request, text: 'In between.' }).then(() => order.push('inspection'));
    });
    // Versions of some length do not share a batch.
    const filler = 'One more sentence that nobody edits stands here for its length. '.repeat(14);
    const request = {
      model: 'headlight-encoder-sentiment',
      parse: 'none',
      saliency: [],
      measures: [],
    } as const;
    const { id } = await engine.inspect(1, { ...request, text: filler + after });
    const earlier = { inspection: id, before: { text: filler + before } };
    const changes = await engine.changes(2, earlier);
    order.push('changes');
    await between;
    assert.ok(fractions.length > 1 && fractions.length < 10, `${fractions.length} batches of 10 versions`);
    assert.equal(fractions[0], 0);
    assert.ok(fractions.every((fraction, i) => i === 0 || (fraction > fractions[i - 1] && fraction < 1)));
    assert.deepEqual(order, ['inspection', 'changes']);
    assert.equal(changes.edits.length, 4);
    fractions.length = 0;
    isLate = true;
    await assert.rejects(engine.changes(3, earlier), { kind: 'cancelled' });
    await engine.inspect(4, { model: 'headlight-encoder-sentiment', text: after });
    assert.equal(fractions.length, 1);
  });
});
