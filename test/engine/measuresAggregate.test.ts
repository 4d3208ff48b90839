import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aggregate, composeGroups, groupsByRange } from '../../src/engine/measures/aggregate';

const scores = Float32Array.of(9, 3, -4, 0.5, 9);
const groups = Int32Array.of(-1, 0, 0, 2, -1);

describe('adding up scores by group', () => {
  it('sums', () => assert.deepEqual(aggregate(scores, groups, 'sum'), Float32Array.of(-1, NaN, 0.5)));
  it('takes the root of the sum of squares', () =>
    assert.deepEqual(aggregate(scores, groups, 'root-of-squares'), Float32Array.of(5, NaN, 0.5)));
  it('takes the mean', () =>
    assert.deepEqual(aggregate(scores, groups, 'mean'), Float32Array.of(-0.5, NaN, 0.5)));
  it('takes the largest', () =>
    assert.deepEqual(aggregate(scores, groups, 'max'), Float32Array.of(3, NaN, 0.5)));

  it('leaves out tokens without a score', () =>
    assert.deepEqual(
      aggregate(Float32Array.of(NaN, 2, NaN), Int32Array.of(0, 0, 1), 'mean'),
      Float32Array.of(2, NaN),
    ));

  it('has groups without members where they are counted', () =>
    assert.deepEqual(aggregate(Float32Array.of(1), Int32Array.of(0), 'sum', 2), Float32Array.of(1, NaN)));

  it('refuses lengths and groups that do not fit', () => {
    assert.throws(() => aggregate(scores, Int32Array.of(0), 'sum'), RangeError);
    assert.throws(() => aggregate(scores, groups, 'sum', 2), RangeError);
  });

  const signed = fc.float({ noNaN: true, min: -100, max: 100 });

  it('gives the same numbers in one step and over a level between', () => {
    const texts = fc.array(fc.tuple(signed, fc.integer({ min: -1, max: 7 })), { maxLength: 60 });
    const lines = fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(texts, lines, fc.constantFrom('sum', 'root-of-squares', 'max'), (pieces, line, rule) => {
        const pieceScores = Float32Array.from(pieces, ([score]) => score);
        const words = Int32Array.from(pieces, ([, word]) => word);
        const wordLines = Int32Array.from(line);
        const atOnce = aggregate(pieceScores, composeGroups(words, wordLines), rule, 4);
        const twice = aggregate(aggregate(pieceScores, words, rule, 8), wordLines, rule, 4);
        for (let i = 0; i < 4; i++) {
          if (Number.isNaN(atOnce[i])) assert.ok(Number.isNaN(twice[i]));
          else assert.ok(Math.abs(atOnce[i] - twice[i]) <= 1e-4 * Math.max(1, Math.abs(atOnce[i])));
        }
      }),
    );
  });

  it('loses nothing: the sums of all groups are the sum of all scores', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(signed, fc.nat(5)), { minLength: 1, maxLength: 60 }), (pieces) => {
        const totals = aggregate(
          Float32Array.from(pieces, ([score]) => score),
          Int32Array.from(pieces, ([, group]) => group),
          'sum',
        );
        const sum = totals.reduce((total, score) => total + (Number.isNaN(score) ? 0 : score), 0);
        const expected = pieces.reduce((total, [score]) => total + score, 0);
        assert.ok(Math.abs(sum - expected) < 1e-2);
      }),
    );
  });
});

describe('finding the line of each token', () => {
  // "the c\n  at"
  const lines = Int32Array.of(0, 5, 6, 10);

  it('puts tokens where they lie, and special tokens nowhere', () =>
    assert.deepEqual(
      groupsByRange(Int32Array.of(-1, -1, 0, 3, 3, 5, 8, 10, -1, -1), lines),
      Int32Array.of(-1, 0, 0, 1, -1),
    ));

  it('puts a line break, which is in no line, nowhere', () =>
    assert.deepEqual(groupsByRange(Int32Array.of(5, 6), lines), Int32Array.of(-1)));

  it('puts a token that begins with the break before a line into that line', () =>
    assert.deepEqual(groupsByRange(Int32Array.of(5, 10), lines), Int32Array.of(1)));

  it('puts an empty token where it stands', () =>
    assert.deepEqual(groupsByRange(Int32Array.of(0, 0, 5, 5, 6, 6), lines), Int32Array.of(0, -1, 1)));
});
