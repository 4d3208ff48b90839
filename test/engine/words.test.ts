import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { wordsOfTokens } from '../../src/engine/tokens/words';

const ranges = (...pairs: [number, number][]) => Int32Array.from(pairs.flat());

describe('the words of tokens', () => {
  it('are those that they stand in, none for special tokens and blanks', () => {
    // "do n't  go": [CLS] do n ' t <blanks> go
    const tokens = ranges([-1, -1], [0, 2], [2, 3], [3, 4], [4, 5], [5, 7], [7, 9], [-1, -1]);
    const words = ranges([0, 2], [2, 5], [7, 9]);
    assert.deepEqual([...wordsOfTokens(tokens, words)], [-1, 0, 1, 1, 1, -1, 2, -1]);
  });

  it('are those that share most with a token that spans several', () => {
    const tokens = ranges([0, 3], [3, 7], [7, 9]);
    const words = ranges([0, 2], [2, 4], [4, 9]);
    assert.deepEqual([...wordsOfTokens(tokens, words)], [0, 2, 2]);
  });

  it('follow a token of no characters, and a blank that a token begins with', () => {
    const tokens = ranges([0, 0], [0, 3], [3, 7], [7, 7]);
    const words = ranges([0, 3], [4, 7]);
    assert.deepEqual([...wordsOfTokens(tokens, words)], [0, 0, 1, -1]);
  });

  it('equal those of looking at every pair', () => {
    const sorted = fc.array(fc.tuple(fc.nat(5), fc.nat(4)), { maxLength: 12 }).map((steps) => {
      let at = 0;
      return steps.flatMap(([gap, length]): [number, number][] => {
        const range: [number, number] = [at + gap, at + gap + length];
        at = range[1];
        return [range];
      });
    });
    fc.assert(
      fc.property(sorted, sorted, (tokens, words) => {
        const solid = words.filter(([from, to]) => to > from);
        const expected = tokens.map(([from, to]) => {
          if (from === to) return solid.findIndex(([start, end]) => start <= from && from < end);
          const shared = solid.map(([start, end]) => Math.min(to, end) - Math.max(from, start));
          const most = Math.max(0, ...shared);
          return most > 0 ? shared.indexOf(most) : -1;
        });
        assert.deepEqual([...wordsOfTokens(ranges(...tokens), ranges(...solid))], expected);
      }),
    );
  });
});
