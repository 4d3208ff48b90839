import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { kendall, ranks, spearman } from '../../src/engine/measures/correlation';

// Values of scipy.stats.spearmanr and kendalltau (tau-b).
const samples: { a: number[]; b: number[]; rho: number; tau: number }[] = [
  { a: [1, 2, 3, 4, 5], b: [5, 6, 7, 8, 7], rho: 0.8207826816681233, tau: 0.7378647873726218 },
  { a: [12, 2, 1, 12, 2], b: [1, 4, 7, 1, 0], rho: -0.5407380704358752, tau: -0.47140452079103173 },
  { a: [1, 2, 3], b: [3, 2, 1], rho: -1, tau: -1 },
];

describe('rank correlation', () => {
  it('ranks from 1, ties by their mean', () =>
    assert.deepEqual([...ranks([10, -1, 10, 3])], [3.5, 1, 3.5, 2]));

  for (const { a, b, rho, tau } of samples) {
    it(`is ρ ${rho.toFixed(3)} and τ ${tau.toFixed(3)} for ${a.join(' ')} and ${b.join(' ')}`, () => {
      assert.ok(Math.abs(spearman(a, b) - rho) < 1e-12, `ρ ${spearman(a, b)}`);
      assert.ok(Math.abs(kendall(a, b) - tau) < 1e-12, `τ ${kendall(a, b)}`);
    });
  }

  it('leaves out pairs of which one is not a number', () => {
    assert.equal(spearman([1, NaN, 2, 3], [1, 2, NaN, 3]), 1);
    assert.equal(kendall([NaN, 1, 2], [0, 2, 1]), -1);
  });

  it('has no value where nothing varies', () => {
    assert.ok(Number.isNaN(spearman([1, 1], [1, 2])));
    assert.ok(Number.isNaN(kendall([1, 2], [1, 1])));
    assert.ok(Number.isNaN(spearman([1], [1])));
    assert.ok(Number.isNaN(kendall([], [])));
  });

  it('refuses numbers that do not pair up', () => {
    assert.throws(() => spearman([1], [1, 2]), RangeError);
    assert.throws(() => kendall([1], [1, 2]), RangeError);
  });

  const paired = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), {
    minLength: 2,
    maxLength: 30,
  });

  it('stays between −1 and 1, is symmetric, and depends on the order alone', () => {
    fc.assert(
      fc.property(paired, (pairs) => {
        const a = pairs.map(([x]) => x);
        const b = pairs.map(([, y]) => y);
        for (const measure of [spearman, kendall]) {
          const value = measure(a, b);
          if (Number.isNaN(value)) continue;
          assert.ok(Math.abs(value) <= 1 + 1e-12);
          assert.ok(Math.abs(value - measure(b, a)) < 1e-12);
          assert.ok(
            Math.abs(
              value -
                measure(
                  a.map((x) => x ** 3 + 5),
                  b,
                ),
            ) < 1e-12,
          );
          assert.ok(
            Math.abs(
              value +
                measure(
                  a.map((x) => -x),
                  b,
                ),
            ) < 1e-12,
          );
        }
      }),
    );
  });
});
