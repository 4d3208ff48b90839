import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { maximumSpanningTree } from '../../src/engine/syntax/mst';

/** Whether parents (−1 for a root) are a tree with one root: every word reaches it. */
function isTree(parents: ArrayLike<number>): boolean {
  const count = parents.length;
  let roots = 0;
  for (let word = 0; word < count; word++) {
    if (parents[word] < 0) roots++;
    let at = word;
    for (let steps = 0; at >= 0; steps++) {
      if (steps > count) return false;
      at = parents[at];
    }
  }
  return roots === 1;
}

function scoreOf(parents: ArrayLike<number>, scores: ArrayLike<number>, stride: number): number {
  return Array.from(parents).reduce((sum, parent, word) => sum + scores[word * stride + parent + 1], 0);
}

/** The best score of all trees with one root, by looking at every choice of parents. */
function bestByExhaustion(scores: ArrayLike<number>, count: number): number {
  let best = -Infinity;
  const parents = new Int32Array(count);
  const choose = (word: number, score: number, roots: number): void => {
    if (word === count) {
      if (score > best && isTree(parents)) best = score;
      return;
    }
    for (let parent = -1; parent < count; parent++) {
      if (parent === word || (parent < 0 && roots === 1)) continue;
      parents[word] = parent;
      choose(word + 1, score + scores[word * (count + 1) + parent + 1], roots + (parent < 0 ? 1 : 0));
    }
  };
  choose(0, 0, 0);
  return best;
}

/** Deterministic numbers in [0, 1) for the large cases. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('the maximum spanning tree', () => {
  const scores = (count: number, score: fc.Arbitrary<number>) =>
    fc.array(score, { minLength: count * (count + 1), maxLength: count * (count + 1) });

  for (const [count, numRuns] of [
    [1, 10],
    [2, 100],
    [3, 400],
    [4, 400],
    [5, 150],
    [6, 40],
  ] as const) {
    it(`is the best of all single-root trees over ${count} words`, () => {
      for (const score of [fc.double({ min: -50, max: 5, noNaN: true }), fc.integer({ min: -3, max: 3 })]) {
        fc.assert(
          fc.property(scores(count, score), (arcs) => {
            const parents = maximumSpanningTree(arcs, count);
            assert.ok(isTree(parents), `${parents.join()} is no tree`);
            const found = scoreOf(parents, arcs, count + 1);
            assert.ok(
              Math.abs(found - bestByExhaustion(arcs, count)) < 1e-9,
              `${parents.join()} scores ${found}`,
            );
          }),
          { numRuns },
        );
      }
    });
  }

  it('opens cycles inside cycles', () => {
    // Words 1 and 2 point at each other, 3 at their cycle and the cycle at 3, and so on outwards.
    const count = 9;
    const arcs = new Float64Array(count * (count + 1)).fill(-100);
    for (let word = 1; word < count; word++) {
      arcs[word * (count + 1) + word] = 10 * word;
      arcs[(word - 1) * (count + 1) + word + 1] = 10 * word + 1;
    }
    arcs[4 * (count + 1)] = 0;
    const parents = maximumSpanningTree(arcs, count);
    assert.deepEqual([...parents], [1, 2, 3, 4, -1, 4, 5, 6, 7]);
  });

  it('changes by no constant that is added to a row', () => {
    fc.assert(
      fc.property(scores(7, fc.double({ min: -20, max: 20, noNaN: true })), (arcs) => {
        const shifted = arcs.map((score, index) => score - 7 * Math.floor(index / 8));
        const [a, b] = [maximumSpanningTree(arcs, 7), maximumSpanningTree(shifted, 7)];
        assert.ok(Math.abs(scoreOf(a, arcs, 8) - scoreOf(b, arcs, 8)) < 1e-6);
      }),
    );
  });

  it('reads rows that are longer than the sentence', () => {
    const wide = Float32Array.of(5, 0, 9, 99, 99, 0, 9, 0, 99, 99);
    assert.deepEqual([...maximumSpanningTree(wide, 2, 5)], [-1, 0]);
  });

  it('is a tree whatever the scores are', () => {
    const strange = fc.constantFrom(NaN, Infinity, -Infinity, -1e4, 0, -0, 1e-30, 3);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }).chain((n) => fc.tuple(fc.constant(n), scores(n, strange))),
        ([n, arcs]) => {
          assert.ok(isTree(maximumSpanningTree(arcs, n)));
        },
      ),
    );
    assert.equal(maximumSpanningTree([], 0).length, 0);
  });

  it('of 500 words takes milliseconds', () => {
    const count = 500;
    const random = randomNumbers(7);
    const arcs = Float32Array.from({ length: count * (count + 1) }, () => -20 * random());
    const begun = performance.now();
    const parents = maximumSpanningTree(arcs, count);
    assert.ok(isTree(parents));
    assert.ok(performance.now() - begun < 1000);
  });
});
