import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { largestWeight } from '../../src/engine/measures/confidence';
import { computeHeadMeasures, headMeasures } from '../../src/engine/measures/definitions';
import { meanDistance } from '../../src/engine/measures/distance';
import { attentionEntropy, normalisedEntropy } from '../../src/engine/measures/entropy';
import { cutPadding, HeadAttention, headsOf } from '../../src/engine/measures/headAttention';
import { normalisePerLayer } from '../../src/engine/measures/importance';
import { MeasureMeans } from '../../src/engine/measures/means';
import { attentionPattern } from '../../src/engine/measures/pattern';
import { weightAtOffset } from '../../src/engine/measures/positions';
import { cosine } from '../../src/engine/measures/semantic';
import { findSinks } from '../../src/engine/measures/sink';
import { findSeparators } from '../../src/engine/measures/tokenFacts';
import { headMeasureNames } from '../../src/protocol/inspection';
import { anyHead, attentionOf, head, tokens } from './attentionSamples';
import { assertClose, Golden, measureFiles } from './measuresGolden';

describe('head measures of a worked example', () => {
  //                        a    b    c
  const sample = head([
    [1, 0, 0],
    [0.5, 0.5, 0],
    [0.25, 0.25, 0.5],
  ]);
  const measured = (facts = tokens(3)) =>
    computeHeadMeasures({ attentions: [attentionOf([sample])], isSelf: true, keys: facts });

  const expected: Partial<Record<(typeof headMeasureNames)[number], number>> = {
    confidence: 1,
    entropy: (0 + 1 + 1.5) / 3,
    distance: (0 + 0.5 + 0.75) / 3,
    previous: (0.5 + 0.25) / 2,
    next: 0,
    self: 2 / 3,
    first: 1.75 / 3,
  };
  for (const [name, value] of Object.entries(expected)) {
    it(`${name} is ${value.toFixed(4)}`, () => {
      const [[, values]] = Object.entries(measured()).filter(([key]) => key === name);
      assert.ok(Math.abs(values[0] - value) < 1e-6);
    });
  }

  it('separator is the weight on separators and punctuation', () => {
    const { separator } = measured({ ...tokens(3), separators: Uint8Array.of(0, 1, 1) });
    assert.ok(separator && Math.abs(separator[0] - (0 + 0.5 + 0.75) / 3) < 1e-6);
  });

  it('induction is the weight on the token after the previous occurrence', () => {
    // x y x: the last token occurred at 0, so it should look at 1.
    const { induction } = measured({ ...tokens(3), ids: Int32Array.of(7, 8, 7) });
    assert.ok(induction && Math.abs(induction[0] - 0.25) < 1e-6);
  });

  it('induction has no value on a text without repeats, and special tokens are no repeats', () => {
    assert.ok(Number.isNaN(measured().induction?.[0]));
    const facts = { ...tokens(3), ids: Int32Array.of(7, 8, 7), special: Uint8Array.of(1, 0, 1) };
    assert.ok(Number.isNaN(measured(facts).induction?.[0]));
  });

  it('semantic is the cosine of saliency and received attention', () => {
    const { semantic } = computeHeadMeasures({
      attentions: [attentionOf([sample])],
      isSelf: true,
      keys: tokens(3),
      saliency: Float32Array.of(7, 3, 2),
    });
    // The columns sum to 1.75, 0.75, 0.5: the same direction.
    assert.ok(semantic && Math.abs(semantic[0] - 1) < 1e-6);
    assert.ok(Number.isNaN(cosine([0, 0], [1, 2])));
    assert.throws(() => cosine([1], [1, 2]), RangeError);
  });

  it('measures are left out where what they need is not at hand', () => {
    const names = Object.keys(measured());
    for (const name of ['semantic', 'syntactic', 'importance', 'attention-gradient']) {
      assert.ok(!names.includes(name), name);
    }
  });

  it('positions mean nothing between two texts', () => {
    const cross = computeHeadMeasures({
      attentions: [attentionOf([sample])],
      isSelf: false,
      keys: tokens(3),
    });
    for (const name of ['distance', 'previous', 'next', 'self', 'induction'] as const) {
      assert.ok(Number.isNaN(cross[name]?.[0]), name);
    }
    assert.equal(cross.confidence?.[0], 1);
  });

  it('layers with fewer heads than others have NaN in their place', () => {
    const { confidence } = computeHeadMeasures(
      { attentions: [attentionOf([sample]), attentionOf([sample, sample])], isSelf: true, keys: tokens(3) },
      ['confidence'],
    );
    assert.deepEqual(confidence, Float32Array.of(1, NaN, 1, 1));
  });

  it('rows that are masked as a whole change no mean', () => {
    for (const nothing of [0, NaN]) {
      const masked = head([
        [nothing, nothing, nothing],
        [0.5, 0.5, 0],
        [0.25, 0.25, 0.5],
      ]);
      assert.ok(Math.abs(attentionEntropy(masked) - 1.25) < 1e-6);
      assert.ok(Math.abs(meanDistance(masked) - 0.625) < 1e-6);
      assert.ok(Math.abs(weightAtOffset(masked, 0) - 0.5) < 1e-6);
      assert.equal(largestWeight(masked), 0.5);
    }
  });
});

describe('head gradients', () => {
  for (const path of measureFiles) {
    it(`importance and attention-gradient have the golden values of ${path.replace(/^.*\//, '')}`, async () => {
      const golden = await Golden.read(path);
      const attentions = golden.layers('attentions.self');
      const gradients = golden.layers('grad_attentions.self');
      const { data } = golden.floats('head_grad.self');
      const measured = computeHeadMeasures({
        attentions,
        isSelf: true,
        keys: tokens(attentions[0].dims[2]),
        headGradients: attentions.map((_, layer) => data.subarray(4 * layer, 4 * layer + 4)),
        attentionGradients: gradients,
      });
      assertClose(measured.importance ?? [], golden.floats('head_importance.self').data, 1e-6, 'importance');
      // The gradient of a factor on the head is Σ A·∂t/∂A: attention, its gradient and the head gradient belong together.
      const products = gradients.flatMap(({ data: gradient }, layer) =>
        headsOf(attentions[layer]).map(({ weights }, index) =>
          weights.reduce((sum, weight, at) => sum + weight * gradient[index * weights.length + at], 0),
        ),
      );
      assertClose(products, data, 1e-5, 'head gradient');
      const largest = gradients.flatMap((gradient) =>
        headsOf(gradient).map(({ weights }) => weights.reduce((sum, weight) => sum + Math.abs(weight), 0)),
      );
      assertClose(measured['attention-gradient'] ?? [], largest, 1e-5, 'attention gradient');
    });
  }

  it('are l2-normalised per layer on request', () => {
    assert.deepEqual(
      normalisePerLayer(Float32Array.of(3, 4, 0, 0, 2, NaN), 3),
      Float32Array.of(3, 4, 0, 0, 1, NaN).map((x, i) => (i < 2 ? Math.fround(x / 5) : x)),
    );
  });
});

describe('entropy', () => {
  it('is what numpy finds in double precision on the golden attention', async () => {
    const golden = await Golden.read(measureFiles[0]);
    const means = golden.layers('attentions.self').map((attention) => {
      const heads = headsOf(attention);
      return heads.reduce((sum, one) => sum + normalisedEntropy(one), 0) / heads.length;
    });
    assertClose(means, [0.343342351523158, 0.4478445701443394, 0.5678871306997596], 1e-6, 'entropy');
  });
});

describe('sinks', () => {
  it('are tokens with over 5 times the average attention, wherever they are', () => {
    const rows = Array.from({ length: 20 }, () =>
      Array.from({ length: 20 }, (_, j) => (j === 13 ? 0.62 : 0.02)),
    );
    const { share, tokens: found } = findSinks(head(rows));
    assert.deepEqual(found, [13]);
    assert.ok(Math.abs(share - 0.62) < 1e-6);
  });

  it('are none where attention is even', () => {
    const rows = Array.from({ length: 8 }, () => new Array<number>(8).fill(1 / 8));
    assert.deepEqual(findSinks(head(rows)), { share: 0, tokens: [] });
  });
});

describe('patterns', () => {
  const size = 12;
  const map = (weight: (i: number, j: number) => number) =>
    head(
      Array.from({ length: size }, (_, i) => {
        const row = Array.from({ length: size }, (_, j) => weight(i, j));
        const sum = row.reduce((total, one) => total + one, 0);
        return row.map((one) => one / sum);
      }),
    );
  const facts = { ...tokens(size), segments: Int32Array.from({ length: size }, (_, i) => (i < 6 ? 0 : 1)) };
  const cases: [string, HeadAttention][] = [
    ['vertical', map((_, j) => (j === 0 ? 50 : 1))],
    ['diagonal', map((i, j) => (j === i - 1 || (i === 0 && j === 1) ? 50 : 1))],
    ['vertical+diagonal', map((i, j) => (j === 0 || j === i - 1 ? 50 : 1))],
    ['block', map((i, j) => (i < 6 === j < 6 && Math.abs(i - j) > 1 && j > 0 ? 50 : 1))],
    ['heterogeneous', map((i, j) => ((i * 7 + j * 5) % 3 === 0 && Math.abs(i - j) > 1 ? 20 : 1))],
  ];
  for (const [name, sample] of cases) {
    it(`a ${name} map is told`, () => assert.equal(attentionPattern(sample, facts)?.name, name));
  }

  it('there is no block without segments', () => {
    const scores = attentionPattern(cases[3][1], tokens(size))?.scores;
    assert.equal(scores?.block, 0);
  });

  it('have scores between 0 and 1 that share out all weight', () => {
    fc.assert(
      fc.property(anyHead(), (sample) => {
        const found = attentionPattern(sample, tokens(sample.keys));
        assert.ok(found);
        const { scores } = found;
        for (const score of Object.values(scores)) assert.ok(score >= -1e-6 && score <= 1 + 1e-6);
        const sum = scores.vertical + scores.diagonal + scores.block + scores.heterogeneous;
        assert.ok(Math.abs(sum - 1) < 1e-5);
      }),
    );
  });
});

describe('head measures of any attention', () => {
  it('stay in their bounds', () => {
    fc.assert(
      fc.property(anyHead(), fc.integer({ min: 0, max: 5 }), (sample, seed) => {
        const size = sample.keys;
        const saliency = Float32Array.from({ length: size }, (_, i) => ((i * 7 + seed) % 5) + 0.1);
        const measured = computeHeadMeasures({
          attentions: [attentionOf([sample])],
          isSelf: true,
          keys: { ...tokens(size), ids: Int32Array.from({ length: size }, (_, i) => i % 3) },
          saliency,
          headGradients: [Float32Array.of(-seed)],
          attentionGradients: [attentionOf([sample])],
        });
        for (const [name, [value]] of Object.entries(measured)) {
          const { range } = headMeasures[name as (typeof headMeasureNames)[number]];
          assert.ok(
            Number.isNaN(value) || (value >= range[0] - 1e-5 && value <= range[1] + 1e-5),
            `${name} ${value}`,
          );
        }
        assert.ok((measured.entropy?.[0] ?? NaN) <= Math.log2(size) + 1e-5);
        assert.ok((measured.distance?.[0] ?? NaN) <= size - 1 + 1e-5);
        assert.ok((measured.confidence?.[0] ?? NaN) >= 1 / size - 1e-6);
        assert.ok(normalisedEntropy(sample) <= 1 + 1e-5);
      }),
    );
  });

  it('confidence, entropy, semantic and sink do not depend on the order of the tokens', () => {
    fc.assert(
      fc.property(anyHead(), (sample) => {
        const size = sample.keys;
        const saliency = Float32Array.from({ length: size }, (_, i) => (i * i) % 7);
        const turned = (i: number) => (i + 1) % size;
        const permuted = new Float32Array(size * size);
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++)
            permuted[turned(i) * size + turned(j)] = sample.weights[i * size + j];
        }
        const measure = (weights: Float32Array, scores: Float32Array) =>
          computeHeadMeasures(
            {
              attentions: [{ data: weights, dims: [1, size, size] }],
              isSelf: true,
              keys: tokens(size),
              saliency: scores,
            },
            ['confidence', 'entropy', 'semantic', 'sink'],
          );
        const before = measure(sample.weights, saliency);
        const after = measure(
          permuted,
          saliency.map((_, i) => saliency[(i + size - 1) % size]),
        );
        for (const [name, [value]] of Object.entries(before)) {
          const other = after[name as keyof typeof after]?.[0] ?? NaN;
          assert.ok(Math.abs(value - other) < 1e-4 || (Number.isNaN(value) && Number.isNaN(other)), name);
        }
      }),
    );
  });
});

describe('what belongs to the tokens', () => {
  it('separators are told by id and by the text they cover, never by how the vocabulary writes them', () => {
    const text = 'no — “yes” …';
    const offsets = Int32Array.of(-1, -1, 0, 2, 2, 4, 5, 6, 6, 9, 9, 10, 11, 12, -1, -1);
    const ids = Int32Array.of(101, 5, 6, 7, 8, 9, 10, 102);
    const special = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1);
    assert.deepEqual(
      findSeparators({ ids, offsets, special }, text, new Set([102])),
      Uint8Array.of(0, 0, 1, 1, 0, 1, 1, 1),
    );
  });

  it('padding is cut off, rows and columns', () => {
    const padded = { data: Float32Array.from({ length: 18 }, (_, i) => i), dims: [2, 3, 3] };
    const cut = cutPadding(padded, [0, 1, 1]);
    assert.deepEqual(cut, { data: Float32Array.of(4, 5, 7, 8, 13, 14, 16, 17), dims: [2, 2, 2] });
    assert.equal(cutPadding(padded, [1, 1, 1]), padded);
  });

  it('over a data set the mean of a measure is over the texts that have it', () => {
    const means = new MeasureMeans();
    means.add({ confidence: Float32Array.of(1, NaN), induction: Float32Array.of(NaN, 0.5) });
    means.add({ confidence: Float32Array.of(0.5, NaN) });
    const { confidence, induction } = means.means();
    assertClose(confidence ?? [], [0.75, NaN], 0, 'confidence');
    assertClose(induction ?? [], [NaN, 0.5], 0, 'induction');
    assert.throws(() => means.add({ confidence: Float32Array.of(1) }), RangeError);
  });
});

describe('the table of head measures', () => {
  it('says of every measure in words what it is, in what range and where it comes from', () => {
    for (const name of headMeasureNames) {
      const { label, description, source, higher, range } = headMeasures[name];
      assert.ok(label && source && description.endsWith('.') && higher.endsWith('.'), name);
      assert.ok(range[0] < range[1], name);
    }
  });

  it('refuses attention whose length does not fit', () => {
    assert.throws(() => new HeadAttention(new Float32Array(5), 2, 3), RangeError);
  });
});
