import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'node:test';
import { TrackedRanges } from '../../src/editor/trackedRanges';
import type { Edit } from '../../src/editor/trackedRanges';

const document = 'Say: a good film, really.';
/** `[CLS] a good film , really .` in a document that begins with `Say: `. */
const tracked = () =>
  new TrackedRanges(Int32Array.of(-1, -1, 0, 1, 2, 6, 7, 11, 11, 12, 13, 19, 19, 20), 5, [5, 25]);
const texts = (ranges: TrackedRanges, text: string) =>
  Array.from({ length: ranges.length }, (_, token) => {
    const range = ranges.at(token);
    return range && text.slice(...range);
  });

describe('ranges of tokens in an edited document', () => {
  it('begin where the inspected text lies in the document', () => {
    assert.deepEqual(texts(tracked(), document), [undefined, 'a', 'good', 'film', ',', 'really', '.']);
  });

  it('move with text that is written before them', () => {
    const ranges = tracked();
    assert.equal(ranges.follow([{ offset: 0, length: 3, text: 'Please say' }]), false);
    assert.deepEqual(texts(ranges, 'Please say: a good film, really.'), texts(tracked(), document));
    assert.deepEqual(ranges.whole, [12, 32]);
  });

  it('stay where they are when text is written after them', () => {
    const ranges = tracked();
    assert.equal(ranges.follow([{ offset: 25, length: 0, text: ' Yes.' }]), false);
    assert.deepEqual(texts(ranges, document), texts(tracked(), document));
  });

  it('are lost for tokens that are written into or cut', () => {
    const ranges = tracked();
    assert.equal(ranges.follow([{ offset: 9, length: 4, text: '' }]), true);
    assert.deepEqual(texts(ranges, 'Say: a goilm, really.'), [
      undefined,
      'a',
      undefined,
      undefined,
      ',',
      'really',
      '.',
    ]);
  });

  it('are lost for a word that is continued, not for one that a space or a comma follows', () => {
    const ranges = tracked();
    assert.equal(ranges.follow([{ offset: 16, length: 0, text: 's' }]), true);
    assert.equal(ranges.at(3), undefined);
    assert.equal(ranges.follow([{ offset: 11, length: 0, text: ' old' }]), false);
    assert.deepEqual(ranges.at(2), [7, 11]);
  });

  it('follow several cursors in one event', () => {
    const ranges = tracked();
    const edits: Edit[] = [
      { offset: 0, length: 0, text: '> ' },
      { offset: 7, length: 4, text: 'very good' },
    ];
    ranges.follow(edits);
    assert.deepEqual(texts(ranges, '> Say: a very good film, really.'), [
      undefined,
      'a',
      undefined,
      'film',
      ',',
      'really',
      '.',
    ]);
  });

  it('name the token at an offset, which at a border is the one that begins', () => {
    const ranges = tracked();
    assert.equal(ranges.tokenAt(8), 2);
    assert.equal(ranges.tokenAt(11), 2);
    assert.equal(ranges.tokenAt(16), 4);
    assert.equal(ranges.tokenAt(2), undefined);
    assert.equal(ranges.tokenAt(25), 6);
  });

  it('never lie about a text: what is left says what it said, under any edits', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: 8 });
    const edits = fc.array(
      fc.record({ at: fc.nat(), cut: fc.nat(6), text: fc.stringMatching(/^[a-z ]{0,5}$/) }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(words, edits, (parts, wanted) => {
        let text = parts.join(' ');
        const offsets = parts.flatMap((word, i) => {
          const start = parts.slice(0, i).join(' ').length + (i > 0 ? 1 : 0);
          return [start, start + word.length];
        });
        const ranges = new TrackedRanges(Int32Array.from(offsets), 0, [0, text.length]);
        for (const { at, cut, text: inserted } of wanted) {
          const offset = at % (text.length + 1);
          const length = Math.min(cut, text.length - offset);
          const untouched = texts(ranges, text);
          text = text.slice(0, offset) + inserted + text.slice(offset + length);
          ranges.follow([{ offset, length, text: inserted }]);
          texts(ranges, text).forEach(
            (word, token) => word !== undefined && assert.equal(word, untouched[token]),
          );
        }
        texts(ranges, text).forEach((word, token) => word !== undefined && assert.equal(word, parts[token]));
        assert.deepEqual(ranges.whole, [0, text.length]);
      }),
    );
  });
});
