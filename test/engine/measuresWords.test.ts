import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { computeHeadMeasures } from '../../src/engine/measures/definitions';
import type { HeadAttention } from '../../src/engine/measures/headAttention';
import { countRelationHits, SyntaxOverDataSet, syntaxScores } from '../../src/engine/measures/syntactic';
import { wordAttention } from '../../src/engine/measures/wordAttention';
import { anyHead, attentionOf, head, tokens } from './attentionSamples';
import { assertClose } from './measuresGolden';

describe('word-level attention', () => {
  it('sums to a word, averages from a word, and drops special tokens', () => {
    // special, un, do, it
    const sample = head([
      [1, 0, 0, 0],
      [0.1, 0.2, 0.3, 0.4],
      [0.5, 0.1, 0.1, 0.3],
      [0.2, 0.3, 0.1, 0.4],
    ]);
    const merged = wordAttention(sample, { words: Int32Array.of(-1, 0, 0, 1), count: 2 });
    assert.deepEqual(merged.dims, [2, 2]);
    assertClose(merged.data, [0.35, 0.35, 0.4, 0.4], 1e-6, 'word attention');
  });

  it('has rows and columns of zeros for words without a token', () => {
    const merged = wordAttention(head([[1]]), { words: Int32Array.of(1), count: 3 });
    assert.deepEqual(merged.data, Float32Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0));
  });

  it('merges the two sides of cross-attention by their own words', () => {
    const sample = head([[0.5, 0.25, 0.25]]);
    const merged = wordAttention(
      sample,
      { words: Int32Array.of(0), count: 1 },
      { words: Int32Array.of(0, 1, 1), count: 2 },
    );
    assert.deepEqual(merged, { data: Float32Array.of(0.5, 0.5), dims: [1, 2] });
  });

  it('refuses words that are not of these tokens', () => {
    assert.throws(() => wordAttention(head([[1]]), { words: Int32Array.of(0, 0), count: 1 }), RangeError);
  });

  const withWords = fc
    .tuple(anyHead(), fc.array(fc.nat(4), { minLength: 9, maxLength: 9 }))
    .map(([sample, words]) => ({ sample, words: Int32Array.from(words.slice(0, sample.keys)) }));

  it('keeps rows that sum to 1, where every token is in a word', () => {
    fc.assert(
      fc.property(withWords, ({ sample, words }) => {
        const { data } = wordAttention(sample, { words, count: 5 });
        for (const word of new Set(words)) {
          const sum = data.subarray(5 * word, 5 * word + 5).reduce((total, weight) => total + weight, 0);
          assert.ok(Math.abs(sum - 1) < 1e-5);
        }
      }),
    );
  });

  it('is the attention itself where every token is a word', () => {
    fc.assert(
      fc.property(anyHead(), (sample) => {
        const words = Int32Array.from({ length: sample.keys }, (_, i) => i);
        assert.deepEqual(wordAttention(sample, { words, count: sample.keys }).data, sample.weights);
      }),
    );
  });
});

describe('the syntactic score', () => {
  // the(0) → dog(1) → barked(2, root) ← loudly(3) .(4)
  const parse = {
    heads: Int32Array.of(1, 2, -1, 2, 2),
    relations: ['det', 'nsubj', 'root', 'advmod', 'punct'],
  };
  const words = { words: Int32Array.of(0, 1, 2, 3, 4), count: 5 };
  const lookingAt = (targets: readonly number[]): HeadAttention =>
    head(targets.map((target, i) => targets.map((_, j) => (j === target ? 0.4 : j === i ? 0.5 : 0.1 / 3))));
  const score = (...samples: HeadAttention[]) =>
    syntaxScores(countRelationHits([attentionOf(samples)], words, parse));

  it('is 1 for a head that looks from each word to its parent, though it looks at itself more', () => {
    const { overall } = score(lookingAt([1, 2, 0, 2, 0]));
    assert.equal(overall[0], 1);
  });

  it('is 1 in the other direction for a head that looks from parents to dependents', () => {
    const rows = [
      [1, 0, 0, 0, 0],
      [0.9, 0.1, 0, 0, 0],
      [0, 0.5, 0, 0.5, 0],
      [0.1, 0.1, 0.1, 0.6, 0.1],
      [0.2, 0.2, 0.2, 0.2, 0.2],
    ];
    assert.deepEqual([...score(head(rows)).overall], [0, 1]);
  });

  it('leaves out the root, punctuation, and words of which the model saw no token', () => {
    const sample = attentionOf([lookingAt([1, 2, 0, 2, 2])]);
    const { byRelation } = countRelationHits([sample], words, parse);
    assert.deepEqual([...byRelation.keys()], ['det', 'nsubj', 'advmod']);
    const cut = { words: Int32Array.of(-1, 1, 2, -1, -1), count: 5 };
    assert.deepEqual([...countRelationHits([sample], cut, parse).byRelation.keys()], ['nsubj']);
  });

  it('is no hit where a word attends to no other word at all', () => {
    const alone = head([
      [1, 0, 0, 0, 0],
      [0, 1, 0, 0, 0],
      [0, 0, 1, 0, 0],
      [0, 0, 0, 1, 0],
      [0, 0, 0, 0, 1],
    ]);
    assert.deepEqual([...score(alone).overall], [0, 0]);
  });

  it('is given by relation, most frequent first, with the best guess at a fixed distance', () => {
    const twice = { ...parse, relations: ['det', 'nsubj', 'root', 'nsubj', 'punct'] };
    const found = countRelationHits(
      [attentionOf([lookingAt([1, 2, 0, 0, 2]), lookingAt([2, 2, 0, 2, 2])])],
      words,
      twice,
    );
    const { relations, byRelation, baselines } = syntaxScores(found);
    assert.deepEqual(relations, [
      { name: 'nsubj', count: 2 },
      { name: 'det', count: 1 },
    ]);
    // [R, 2, L, H]: nsubj from the dependent for both heads, ..., det from the dependent.
    assert.deepEqual([...byRelation.subarray(0, 2)], [0.5, 1]);
    assert.deepEqual([...byRelation.subarray(4, 6)], [1, 0]);
    assert.deepEqual(baselines, Array(2).fill({ offset: 1, accuracy: 2 / 3 }));
  });

  it('as a head measure is the better direction', () => {
    const sample = attentionOf([lookingAt([1, 2, 0, 2, 0])]);
    const syntax = syntaxScores(countRelationHits([sample], words, parse));
    const { syntactic } = computeHeadMeasures(
      { attentions: [sample], isSelf: true, keys: tokens(5), syntax },
      ['syntactic'],
    );
    assert.deepEqual(syntactic, Float32Array.of(Math.max(...syntax.overall)));
  });

  it('counts a word with several partners once, found where any of them is what it attends to most', () => {
    const rows = [
      [0.1, 0.2, 0.6, 0.1],
      [0.3, 0.1, 0.5, 0.1],
      [0.4, 0.3, 0.2, 0.1],
      [0.1, 0.2, 0.3, 0.4],
    ];
    const pairs = {
      source: 'file',
      from: Int32Array.of(0, 0, 1, 3, 2),
      to: Int32Array.of(1, 2, 0, 0, 3),
      labels: ['r', 'r', 'r', 'r', 'punct'],
    } as const;
    const four = { words: Int32Array.of(0, 1, 2, 3), count: 4 };
    const scores = syntaxScores(countRelationHits([attentionOf([head(rows)])], four, pairs));
    // Independent of the code: the strongest other word of each word, by row and by column.
    const best = (weights: readonly number[], self: number): number =>
      weights.reduce((top, weight, i) => (i !== self && (top < 0 || weight > weights[top]) ? i : top), -1);
    const partners = new Map([
      [0, [1, 2]],
      [1, [0]],
      [3, [0]],
    ]);
    const share = (lineOf: (word: number) => readonly number[]) =>
      [...partners].filter(([word, ends]) => ends.includes(best(lineOf(word), word))).length / partners.size;
    const byRow = share((word) => rows[word]);
    const byColumn = share((word) => rows.map((row) => row[word]));
    assert.deepEqual(scores.relations, [{ name: 'r', count: 3 }]);
    assertClose(scores.byRelation, [byRow, byColumn], 1e-6, 'by relation');
    assertClose([byRow, byColumn], [1 / 3, 2 / 3], 1e-6, 'by hand');
    // One place to the right is a partner of word 0 alone; one to the left of word 1, three to the left of word 3.
    assert.deepEqual(scores.relationBaselines, [{ offset: -3, accuracy: 1 / 3 }]);
  });

  it('has no value on a text without any relation', () => {
    const one = countRelationHits(
      [attentionOf([head([[1]])])],
      { words: Int32Array.of(0), count: 1 },
      {
        heads: Int32Array.of(-1),
        relations: ['root'],
      },
    );
    assert.ok(syntaxScores(one).overall.every(Number.isNaN));
    assert.equal(syntaxScores(one).overall.length, 2);
  });

  it('refuses a parse of another text', () => {
    assert.throws(() => countRelationHits([], { words: Int32Array.of(0), count: 1 }, parse), RangeError);
  });

  it('does not depend on the names of the relations, nor on weights of special tokens', () => {
    fc.assert(
      fc.property(anyHead(), fc.array(fc.nat(8), { minLength: 9, maxLength: 9 }), (sample, anyParents) => {
        const size = sample.keys;
        const own = { words: Int32Array.from({ length: size }, (_, i) => i), count: size };
        const heads = Int32Array.from({ length: size }, (_, i) =>
          anyParents[i] % size === i ? -1 : anyParents[i] % size,
        );
        const named = (name: (i: number) => string) => ({
          heads,
          relations: Array.from(heads, (_, i) => name(i)),
        });
        const one = syntaxScores(
          countRelationHits(
            [attentionOf([sample])],
            own,
            named(() => 'x'),
          ),
        );
        const many = syntaxScores(
          countRelationHits(
            [attentionOf([sample])],
            own,
            named((i) => `r${i % 3}`),
          ),
        );
        assertClose(many.overall, one.overall, 1e-6, 'overall');
        for (const accuracy of one.overall)
          assert.ok(Number.isNaN(accuracy) || (accuracy >= 0 && accuracy <= 1));
      }),
    );
  });
});

describe('the syntactic score over a data set', () => {
  /** Hits of two heads in one layer: one entry per relation. */
  const text = (name: string, count: number, hits: [number, number, number, number], guessed: number) => ({
    layers: 1,
    heads: 2,
    byRelation: new Map([
      [name, { count, hits: Uint32Array.from(hits), guessed: Uint32Array.of(0, 0, 0, guessed, 0) }],
    ]),
  });

  it('is the best accuracy over relations and directions, with the relation it is best at', () => {
    const all = new SyntaxOverDataSet(1, 2);
    all.add(text('det', 80, [60, 10, 5, 0], 20));
    all.add(text('det', 40, [36, 10, 5, 0], 10));
    all.add(text('obj', 100, [50, 0, 0, 70], 30));
    assertClose(all.scores(), [0.8, 0.7], 1e-6, 'scores');
    assert.deepEqual(all.roles(), [
      { relation: 'det', direction: 'dependent-to-head', accuracy: 0.8, baseline: 0.25 },
      { relation: 'obj', direction: 'head-to-dependent', accuracy: 0.7, baseline: 0.3 },
    ]);
  });

  it('leaves out relations with fewer than 100 instances', () => {
    const all = new SyntaxOverDataSet(1, 2);
    all.add(text('det', 99, [99, 99, 99, 99], 0));
    assert.deepEqual(all.scores(), Float32Array.of(0, 0));
    assert.deepEqual(all.scores(99), Float32Array.of(1, 1));
  });

  it('is 0 for a head that beats no guess at a fixed distance', () => {
    const all = new SyntaxOverDataSet(1, 2);
    all.add(text('det', 100, [60, 61, 0, 0], 60));
    assertClose(all.scores(), [0, 0.61], 1e-6, 'scores');
  });

  it('adds up to the accuracy over all relations', () => {
    const all = new SyntaxOverDataSet(1, 2);
    all.add(text('det', 10, [5, 0, 0, 0], 0));
    all.add(text('obj', 30, [5, 0, 0, 30], 0));
    assertClose(all.overall().overall, [0.25, 0, 0, 0.75], 1e-6, 'overall');
  });

  it('refuses texts of another model', () => {
    assert.throws(() => new SyntaxOverDataSet(2, 2).add(text('det', 1, [0, 0, 0, 0], 0)), RangeError);
  });
});
