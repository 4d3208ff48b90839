import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'node:test';
import {
  excerptBounds,
  mostUnits,
  paragraphAt,
  regionAround,
  selectedRegion,
  trimmed,
} from '../../src/editor/region';

const textAt = (text: string, offset: number) => {
  const range = paragraphAt(text, offset);
  return range && text.slice(...range);
};

describe('the paragraph around the cursor', () => {
  const text = 'First line\nsecond line.\n \t\n  Third,\r\nfourth.\r\n\r\nLast';

  it('reaches from blank line to blank line, whatever ends the lines', () => {
    assert.equal(textAt(text, 0), 'First line\nsecond line.');
    assert.equal(textAt(text, text.indexOf('second')), 'First line\nsecond line.');
    assert.equal(textAt(text, text.indexOf('fourth')), 'Third,\r\nfourth.');
    assert.equal(textAt(text, text.length), 'Last');
  });

  it('is missing on a blank line and in an empty document', () => {
    assert.equal(textAt(text, text.indexOf(' \t') + 1), undefined);
    assert.equal(textAt(text, text.indexOf('\r\n\r\n') + 2), undefined);
    assert.equal(textAt('', 0), undefined);
  });

  it('holds the cursor, has no blank line inside and none of its text just outside', () => {
    const lines = fc.array(fc.constantFrom('', ' ', 'one', 'two words', '  indented'), { maxLength: 8 });
    fc.assert(
      fc.property(lines, fc.nat(), (parts, n) => {
        const whole = parts.join('\n');
        const offset = whole.length === 0 ? 0 : n % (whole.length + 1);
        const range = paragraphAt(whole, offset);
        if (!range) return;
        const inside = whole.slice(...range);
        assert.equal(inside, inside.trim());
        assert.notEqual(inside, '');
        assert.ok(!/\n\s*\n/.test(inside));
        assert.ok(/(^|\n)\s*$/.test(whole.slice(0, range[0])) && /^\s*(\n|$)/.test(whole.slice(range[1])));
      }),
    );
  });
});

describe('what a cursor without a selection means', () => {
  it('is the string around it in code, with the word under the cursor in focus', () => {
    const code = 'x = 1\nask("You are helpful.")\n';
    const region = regionAround({ text: code, start: 1000 }, 1000 + code.indexOf('helpful') + 3, 'python');
    assert.equal(region?.kind, 'string');
    assert.deepEqual(region?.range, [1000 + code.indexOf('You'), 1000 + code.indexOf('")')]);
    assert.deepEqual(region?.focus, [1000 + code.indexOf('helpful'), 1000 + code.indexOf('.")')]);
  });

  it('is the paragraph in prose, in code outside strings, and in an empty string', () => {
    assert.equal(regionAround({ text: 'He said "no".', start: 0 }, 10, 'markdown')?.kind, 'paragraph');
    assert.deepEqual(regionAround({ text: '\nask("")\n', start: 0 }, 6, 'python')?.range, [1, 8]);
  });

  it('is nothing on a blank line', () => {
    assert.equal(regionAround({ text: 'a\n\nb', start: 0 }, 2, 'plaintext'), undefined);
  });

  it('is cut around the cursor in a line of megabytes', () => {
    const text = 'word '.repeat(80_000);
    const start = 2_000_000;
    const region = regionAround({ text, start }, start + 200_000, 'plaintext');
    assert.ok(region);
    const [from, to] = region.range;
    assert.equal(to - from, mostUnits);
    assert.deepEqual([from, to], [start + 200_000 - mostUnits / 2, start + 200_000 + mostUnits / 2]);
  });
});

describe('what is read of a document', () => {
  it('is bounded for a document of any length', () => {
    assert.deepEqual(excerptBounds(100, 50), [0, 100]);
    assert.deepEqual(excerptBounds(5_000_000, 2_000_000), [1_800_000, 2_200_000]);
  });

  it('is the selection, cut around the cursor when it is too long', () => {
    assert.deepEqual(selectedRegion([10, 20], 20).range, [10, 20]);
    assert.deepEqual(selectedRegion([0, 5_000_000], 5_000_000).range, [5_000_000 - mostUnits, 5_000_000]);
    assert.deepEqual(selectedRegion([7, 5_000_000], 7).range, [7, 7 + mostUnits]);
  });

  it('leaves out white space at the ends', () => {
    assert.deepEqual(trimmed(' \n one two\t', [0, 11]), [3, 10]);
    assert.deepEqual(trimmed('   ', [1, 3]), [3, 3]);
  });
});
