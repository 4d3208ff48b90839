import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aggregate } from '../../src/engine/measures/aggregate';
import { spearman } from '../../src/engine/measures/correlation';
import { saliencyMeasures } from '../../src/engine/measures/saliencies';
import {
  describeAgreement,
  describeCompleteness,
  describeContradictions,
  describeSaliency,
} from '../../src/engine/measures/sentences';
import type { Explained, Statement } from '../../src/engine/measures/sentences';
import { counted, list, quoted } from '../../src/engine/measures/wording';
import type { SaliencyName } from '../../src/protocol/inspection';
import { percent, signedDigits, twoDecimals, twoDigits } from '../../src/protocol/numbers';

/** [CLS] a truly great fi ##lm [SEP] */
const film: Explained = {
  words: ['a', 'truly', 'great', 'film'],
  tokenWords: Int32Array.of(-1, 0, 1, 2, 3, 3, -1),
  target: 'positive',
};
const texts = (statements: readonly (Statement | undefined)[]): string[] =>
  statements.flatMap((statement) => (statement ? [statement.text.replaceAll('\u202f', ' ')] : []));
const said = (name: SaliencyName, scores: number[], explained = film): string[] =>
  texts(describeSaliency(name, Float32Array.from(scores), explained));

describe('sentences about what a target reacts to', () => {
  it('name the words that stand out, the target, and their share of all words', () => {
    assert.deepEqual(said('gradient-l1', [0, 1, 1, 16, 1, 1, 0]), [
      '“positive” reacts most to “great”: it carries 80 % of the gradient (L1) of all words.',
    ]);
  });

  it('say so where none stands out', () => {
    assert.deepEqual(said('gradient-l1', [0, 1, 1, 1.5, 0.5, 0.5, 0]), [
      'No word stands out: the strongest, “great”, carries 33 % of the gradient (L1) of all words, where an even share is 25 %.',
    ]);
    assert.deepEqual(said('smooth-grad', [0, 1, 1, 1, 0, 0.5, 0]), [
      'No word stands out: the 3 strongest carry 29 % each of the SmoothGrad of all words, where an even share is 25 %.',
    ]);
  });

  it('never say that rollout, which does not look at the target, explains it', () => {
    assert.deepEqual(said('attention-rollout', [0.5, 0.05, 0.05, 0.3, 0.05, 0.05, 0]), [
      'Attention passes on most from “great”: it carries 60 % of the attention rollout of all words.',
      'Special tokens carry 50 % of the attention rollout of the whole input.',
    ]);
  });

  it('name both sides of signed scores, with what they carry of their side, and the balance', () => {
    assert.deepEqual(said('input-x-gradient', [3, 0.1, -0.5, 2, 0.2, 0.2, 0]), [
      '“great” (+2.0) speaks most for “positive”: 80 % of all that speaks for it.',
      '“truly” (−0.50) speaks most against “positive”: 100 % of all that speaks against it.',
      'All words together speak for “positive” (+2.0).',
    ]);
  });

  it('say where the two sides cancel out', () => {
    assert.deepEqual(
      said('occlusion', [NaN, 1, -1, 0, 0, 0.01, NaN]).at(-1),
      'What the words say for and against “positive” nearly cancels out (+0.010 in all).',
    );
  });

  it('name the most surprising words in bits', () => {
    assert.deepEqual(said('surprisal', [NaN, NaN, 3, 12.25, 1, 2, NaN]), [
      'Most surprising are “great” (12 bits), “truly” (3.0 bits) and “film” (3.0 bits); the mean is 6.1 bits per word.',
    ]);
  });

  it('count a word that is named for several places', () => {
    const twice = {
      words: ['no', 'x', 'no', 'y', 'z', 'w', 'v', 'u'],
      tokenWords: Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7),
      target: 'negative',
    };
    assert.deepEqual(said('gradient-l2', [4, 0.5, 4, 0.5, 0.25, 0.25, 0.25, 0.25], twice), [
      '“negative” reacts most to “no” (2 times): together they carry 80 % of the gradient (L2) of all words.',
    ]);
  });

  it('are not made of nothing', () => {
    assert.deepEqual(said('gradient-l1', [5, 0, 0, 0, 0, 0, 5]), []);
    assert.deepEqual(said('gradient-l1', [NaN, NaN, NaN, NaN, NaN, NaN, NaN]), []);
    assert.deepEqual(said('gradient-l1', [], { words: [], tokenWords: new Int32Array(0), target: 'x' }), []);
  });
});

describe('sentences about methods', () => {
  const words = ['w0', 'w1', 'w2', 'w3', 'w4', 'w5'];
  const six: Explained = { words, tokenWords: Int32Array.of(0, 1, 2, 3, 4, 5), target: 'positive' };
  const rising = Float32Array.of(1, 2, 3, 4, 5, 6);
  const falling = Float32Array.of(-6, 5, 4, -3, 2, 1);

  it('say where attention and gradients rank the words differently, and by how much', () => {
    assert.deepEqual(
      texts([describeAgreement({ 'attention-rollout': rising, 'gradient-l1': falling.map(Math.abs) }, six)]),
      [
        'Attention rollout and gradient (L1) do not rank the words alike (rank correlation −1.00 over 6 words): what attention passes on is not what “positive” reacts to.',
      ],
    );
  });

  it('compare signed scores by their magnitude', () => {
    const statement = describeAgreement({ 'attention-rollout': rising, 'input-x-gradient': falling }, six);
    assert.match(statement?.text ?? '', /input × gradient do not rank.*−1\.00/);
  });

  it('say where they agree', () => {
    assert.deepEqual(
      texts([describeAgreement({ 'attention-rollout': rising, 'gradient-l2': rising }, six)]),
      ['Attention rollout and gradient (L2) rank the words alike (rank correlation 1.00 over 6 words).'],
    );
  });

  it('are silent with too few words, without variation, between low and high, and where a method is missing', () => {
    const four = { ...six, tokenWords: Int32Array.of(0, 1, 2, 3, -1, -1) };
    assert.equal(describeAgreement({ 'attention-rollout': rising, 'gradient-l1': rising }, four), undefined);
    const even = rising.map(() => 1);
    assert.equal(describeAgreement({ 'attention-rollout': even, 'gradient-l1': rising }, six), undefined);
    const between = Float32Array.of(1, 5, 2, 6, 3, 4);
    assert.ok(spearman(rising, between) > 0.3 && spearman(rising, between) < 0.7);
    assert.equal(describeAgreement({ 'attention-rollout': rising, 'gradient-l1': between }, six), undefined);
    assert.equal(describeAgreement({ 'gradient-l1': rising }, six), undefined);
    assert.equal(describeAgreement({ 'attention-rollout': rising }, six), undefined);
  });

  it('name the words on whose side the methods disagree', () => {
    const saliency = {
      'integrated-gradients': Float32Array.of(4, -2, 0.1, 1, 0, 0),
      'input-x-gradient': Float32Array.of(2, 1, -0.1, -2, 0, 0),
    };
    assert.deepEqual(texts(describeContradictions(saliency, six)), [
      'Whether “w1” (−2.0 and +1.0) and “w3” (+1.0 and −2.0) speak for or against “positive” depends on the method: integrated gradients and input × gradient disagree.',
    ]);
    assert.deepEqual(describeContradictions({ occlusion: rising }, six), []);
  });

  it('say where integrated gradients do not add up', () => {
    assert.deepEqual(texts([describeCompleteness(Float32Array.of(1, -0.5, NaN), 0.1)]), [
      'The scores add up to +0.50, 0.10 away from the change of the target: more steps would make them more exact.',
    ]);
    assert.equal(describeCompleteness(Float32Array.of(1, -0.5), 0.02), undefined);
    assert.equal(describeCompleteness(Float32Array.of(0), 0), undefined);
    assert.equal(describeCompleteness(Float32Array.of(1), NaN), undefined);
  });
});

describe('what sentences claim', () => {
  // Word i is called “wi”, so that every claim can be traced back to its numbers; few different scores, so that ties abound,
  // and such as add up exactly in any order.
  const anyText = fc.integer({ min: 1, max: 9 }).chain((count) =>
    fc
      .array(
        fc.tuple(
          fc.integer({ min: -1, max: count - 1 }),
          fc.oneof(
            fc.integer({ min: -4, max: 4 }),
            fc.integer({ min: -600, max: 600 }).map((count) => count / 64),
          ),
        ),
        {
          minLength: 1,
          maxLength: 16,
        },
      )
      .map((tokens) => ({
        explained: {
          words: Array.from({ length: count }, (_, word) => `w${word}`),
          tokenWords: Int32Array.from(tokens, ([word]) => word),
          target: 'positive',
        },
        scores: Float32Array.from(tokens, ([, score]) => score),
      })),
  );
  const wordsIn = (text: string): number[] => [...text.matchAll(/“w(\d+)”/g)].map(([, word]) => Number(word));
  const percentIn = (text: string): number => Number(/(\d+) %/.exec(text.replaceAll('\u202f', ' '))?.[1]);
  /** What is printed as a whole number of per cent is within half of one, or on the right side of < 1 and > 99. */
  const isShare = (text: string, share: number): boolean => {
    if (/< 1\s%/.test(text)) return share > 0 && share < 0.01;
    if (/> 99\s%/.test(text)) return share > 0.99 && share < 1;
    return Math.abs(percentIn(text) - 100 * share) <= 0.5 + 1e-6;
  };
  const sumOf = (numbers: Iterable<number>): number => [...numbers].reduce((sum, number) => sum + number, 0);

  for (const name of ['gradient-l1', 'gradient-l2', 'smooth-grad', 'attention-rollout'] as const) {
    it(`by ${name} are what the numbers say`, () => {
      fc.assert(
        fc.property(anyText, ({ explained, scores }) => {
          const magnitudes = scores.map(Math.abs);
          const byWord = aggregate(
            magnitudes,
            explained.tokenWords,
            saliencyMeasures[name].aggregation,
            explained.words.length,
          ).map((score) => (Number.isNaN(score) ? 0 : score));
          const [first, ...others] = describeSaliency(name, magnitudes, explained);
          const total = sumOf(byWord);
          if (total === 0) return assert.equal(first, undefined);
          const scored = [...byWord.keys()].filter((word) => byWord[word] > 0);
          const even = total / scored.length;
          const mentioned = wordsIn(first.text);
          assert.deepEqual(mentioned, [...first.words]);
          if (first.text.startsWith('No word stands out')) {
            assert.ok(isShare(first.text.split('even share')[0], Math.max(...byWord) / total));
            assert.ok(isShare(first.text.split('even share')[1], even / total));
            for (const word of mentioned) assert.equal(byWord[word], Math.max(...byWord));
            // Either nothing reaches twice the even share, or more words than can be named are equally strong.
            const most = Math.max(...byWord);
            const tied = scored.filter((word) => byWord[word] === most).length;
            assert.ok(most < 2 * even + 1e-6 || tied > 3, first.text);
            const claimed = /the (\d+) strongest/.exec(first.text)?.[1];
            if (claimed) assert.equal(Number(claimed), tied);
          } else {
            const weakest = Math.min(...mentioned.map((word) => byWord[word]));
            assert.ok(mentioned.length >= 1 && mentioned.length <= 3);
            assert.ok(weakest >= 2 * even - 1e-6);
            // Words left out are strictly weaker.
            for (const word of scored) if (!mentioned.includes(word)) assert.ok(byWord[word] < weakest);
            assert.ok(isShare(first.text, sumOf(mentioned.map((word) => byWord[word])) / total));
          }
          const specials = sumOf(magnitudes.filter((_, token) => explained.tokenWords[token] < 0));
          const share = specials / (specials + total);
          assert.equal(others.length, share >= 0.25 ? 1 : 0);
          if (others.length > 0) assert.ok(isShare(others[0].text, share));
        }),
        { numRuns: 500 },
      );
    });
  }

  for (const name of ['input-x-gradient', 'integrated-gradients', 'occlusion'] as const) {
    it(`by ${name} are what the numbers say`, () => {
      fc.assert(
        fc.property(anyText, ({ explained, scores }) => {
          const byWord = aggregate(scores, explained.tokenWords, 'sum', explained.words.length).map(
            (score) => (Number.isNaN(score) ? 0 : score),
          );
          const statements = describeSaliency(name, scores, explained);
          if (byWord.every((score) => score === 0)) return assert.deepEqual(statements, []);
          const largest = Math.max(...byWord.map(Math.abs));
          for (const { text, words } of statements.slice(0, -1)) {
            const sign = text.includes('against “positive”') ? -1 : 1;
            const side = [...byWord.keys()].filter((word) => byWord[word] * sign > 0);
            assert.deepEqual(wordsIn(text), [...words]);
            const weakest = Math.min(...words.map((word) => Math.abs(byWord[word])));
            assert.ok(weakest >= largest / 4);
            for (const word of words) {
              assert.ok(side.includes(word));
              assert.ok(text.includes(`“w${word}” (${signedDigits(byWord[word])})`), text);
            }
            for (const word of side) {
              // Left out: strictly weaker.
              if (!words.includes(word)) assert.ok(Math.abs(byWord[word]) < weakest);
            }
            const share = sumOf(words.map((word) => byWord[word])) / sumOf(side.map((word) => byWord[word]));
            assert.ok(isShare(text.split(': ')[1], share), text);
          }
          const balance = statements[statements.length - 1].text;
          const sum = sumOf(byWord);
          const magnitude = sumOf(byWord.map(Math.abs));
          assert.ok(balance.includes(`(${signedDigits(sum)}`), `${balance} ${sum}`);
          if (balance.includes('cancels')) assert.ok(Math.abs(sum) <= 0.05 * magnitude + 1e-6);
          else assert.equal(balance.includes('speak for'), sum > 0);
        }),
        { numRuns: 500 },
      );
    });
  }

  it('by surprisal are what the numbers say', () => {
    fc.assert(
      fc.property(anyText, ({ explained, scores }) => {
        const bits = scores.map(Math.abs);
        const byWord = aggregate(bits, explained.tokenWords, 'sum', explained.words.length);
        const scored = [...byWord].filter((score) => score > 0);
        const [statement] = describeSaliency('surprisal', bits, explained);
        if (scored.length === 0) return assert.equal(statement, undefined);
        const { text, words } = statement;
        assert.ok(
          text.includes(
            `mean ${words.length > 0 ? 'is ' : ''}${twoDigits(sumOf(scored) / scored.length)} bits`,
          ),
        );
        for (const word of words) assert.ok(text.includes(`“w${word}” (${twoDigits(byWord[word])} bits)`));
        const weakest = Math.min(...words.map((word) => byWord[word]));
        byWord.forEach((score, word) => {
          if (!words.includes(word) && words.length > 0) assert.ok(!(score >= weakest));
        });
      }),
    );
  });

  it('about agreement are what the correlation says', () => {
    const pair = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: -9, max: 9 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(pair, (pairs) => {
        const attention = Float32Array.from(pairs, ([score]) => score);
        const gradient = Float32Array.from(pairs, ([, score]) => score);
        const explained: Explained = {
          words: pairs.map((_, word) => `w${word}`),
          tokenWords: Int32Array.from(pairs.keys()),
          target: 'positive',
        };
        const statement = describeAgreement(
          { 'attention-rollout': attention, 'input-x-gradient': gradient },
          explained,
        );
        const correlation = spearman(attention, gradient.map(Math.abs));
        if (!statement) {
          assert.ok(
            pairs.length < 5 || Number.isNaN(correlation) || (correlation >= 0.3 && correlation < 0.7),
          );
          return;
        }
        assert.ok(
          statement.text.includes(`correlation ${twoDecimals(correlation)} over ${pairs.length} words`),
        );
        assert.equal(statement.text.includes('do not rank'), correlation < 0.3);
      }),
    );
  });
});

describe('wording', () => {
  it('writes numbers with two significant digits', () => {
    const written = [0, 0.98, 0.996, 9.96, 12.4, 123456, 0.043, -0.4, 0.00031, -2e7, 1].map(twoDigits);
    assert.deepEqual(written, [
      '0',
      '0.98',
      '1.0',
      '10',
      '12',
      '123456',
      '0.043',
      '−0.40',
      '3.1e-4',
      '−2.0e7',
      '1.0',
    ]);
    assert.deepEqual([0.5, -0.5, 0].map(signedDigits), ['+0.50', '−0.50', '0']);
    assert.deepEqual([0.123, -0.001, -0.996].map(twoDecimals), ['0.12', '0.00', '−1.00']);
  });

  it('never rounds something to nothing, or a part to all', () => {
    assert.deepEqual(
      [0, 0.001, 0.5, 0.999, 1].map(percent),
      ['0 %', '< 1 %', '50 %', '> 99 %', '100 %'].map((text) => text.replace(/ (?=%)/, '\u202f')),
    );
  });

  it('quotes words on one line, cut where nobody would read on', () => {
    assert.equal(quoted(' a\n\tb '), '“a b”');
    assert.equal(quoted('x'.repeat(50)), `“${'x'.repeat(39)}…”`);
    assert.equal(quoted('😀'.repeat(40)), `“${'😀'.repeat(40)}”`);
  });

  it('lists', () => {
    assert.deepEqual([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(list), ['', 'a', 'a and b', 'a, b and c']);
    assert.deepEqual(counted(['a', 'b', 'a']), ['a (2 times)', 'b']);
  });
});
