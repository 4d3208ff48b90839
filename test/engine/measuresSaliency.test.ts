import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { aggregate } from '../../src/engine/measures/aggregate';
import {
  completenessGap,
  GradientMean,
  midpoints,
  pathAttributions,
} from '../../src/engine/measures/integratedGradients';
import { targetLoss } from '../../src/engine/measures/occlusion';
import { logSoftmax, softmax } from '../../src/engine/measures/probability';
import { computeSaliency, saliencyMeasures } from '../../src/engine/measures/saliencies';
import { meanGradientL2, noisyCopies } from '../../src/engine/measures/smoothGrad';
import { tokenSurprisal } from '../../src/engine/measures/surprisal';
import { saliencyNames } from '../../src/protocol/inspection';
import type { Tensor } from '../../src/protocol/tensor';
import { assertClose, Golden, measureFiles } from './measuresGolden';

for (const path of measureFiles) {
  describe(`saliency of ${path.replace(/^.*\//, '')}`, () => {
    let golden: Golden;
    let computed: ReturnType<typeof computeSaliency>;
    const matrix = (name: string): Tensor => {
      const { data, dims } = golden.floats(name);
      return { data, dims: dims.slice(1) };
    };

    before(async () => {
      golden = await Golden.read(path);
      computed = computeSaliency(
        { gradient: matrix('grad.embeddings'), embeddings: matrix('embeddings') },
        saliencyNames,
      );
    });

    for (const [name, published] of [
      ['gradient-l1', 'grad_l1.embeddings'],
      ['gradient-l2', 'grad_l2.embeddings'],
      ['input-x-gradient', 'grad_x_input.embeddings'],
    ] as const) {
      it(`${name} has the golden values`, () => {
        assertClose(computed[name] ?? [], golden.floats(published).data, 1e-6, name);
      });
    }

    it('leaves out what needs more than a gradient', () => {
      assert.deepEqual(Object.keys(computed), ['gradient-l1', 'gradient-l2', 'input-x-gradient']);
    });

    it('the completeness gap of the golden integrated gradients is the golden gap', () => {
      interface Sums {
        readonly f_x: number;
        readonly f_baseline: number;
        readonly completeness_error: number;
      }
      const sums = (golden.json('facts') as Record<string, Sums>)['ig.zero'];
      const gap = completenessGap(golden.floats('ig.zero.embeddings').data, sums.f_x, sums.f_baseline);
      assert.ok(
        Math.abs(gap - Math.abs(sums.completeness_error)) < 1e-5,
        `${gap}, expected ${sums.completeness_error}`,
      );
    });
  });
}

describe('surprisal', () => {
  it('is −log₂ of the golden probability of each token after the tokens before it', async () => {
    const golden = await Golden.read(measureFiles[1]);
    const { data, dims } = golden.floats('logits');
    const ids = golden.integers('input_ids');
    const bits = tokenSurprisal({ data, dims: dims.slice(1) }, ids);
    assert.ok(Number.isNaN(bits[0]));
    for (let i = 1; i < ids.length; i++) {
      const row = data.subarray((i - 1) * dims[2], i * dims[2]);
      const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
      assert.ok(Math.abs(bits[i] + Math.log2(Math.exp(row[ids[i]]) / sum)) < 1e-4);
    }
  });

  it('is exact where probabilities are too small for a number', () => {
    const logits = { data: Float32Array.of(2000, 0, 0, 0), dims: [2, 2] };
    const [, bits] = tokenSurprisal(logits, Int32Array.of(0, 1));
    assert.ok(Math.abs(bits - 2000 / Math.LN2) < 1e-3);
  });

  it('adds up over a word to the surprisal of the word: the chain rule', () => {
    const bits = Float32Array.of(NaN, 3, 2.5, 1);
    assert.deepEqual(
      aggregate(bits, Int32Array.of(0, 1, 1, 2), saliencyMeasures.surprisal.aggregation),
      Float32Array.of(NaN, 5.5, 1),
    );
  });

  it('refuses ids outside the vocabulary', () => {
    assert.throws(
      () => tokenSurprisal({ data: new Float32Array(4), dims: [2, 2] }, Int32Array.of(0, 2)),
      RangeError,
    );
  });
});

describe('integrated gradients', () => {
  // f(e) = Σ_t w_t·tanh(Σ_d e[t, d]) + Π_t e[t, 0], whose gradient is known.
  const tokens = 3;
  const width = 2;
  const weights = [1, -2, 0.5];
  const row = (e: Float32Array, t: number) => e[t * width] + e[t * width + 1];
  const target = (e: Float32Array) =>
    weights.reduce((sum, weight, t) => sum + weight * Math.tanh(row(e, t)), 0) + e[0] * e[2] * e[4];
  const gradient = (e: Float32Array): Float32Array =>
    Float32Array.from(e, (_, at) => {
      const t = Math.floor(at / width);
      const product = [0, 1, 2].filter((other) => other !== t).reduce((p, other) => p * e[other * width], 1);
      return weights[t] / Math.cosh(row(e, t)) ** 2 + (at % width === 0 ? product : 0);
    });
  const attributions = (e: Float32Array, b: Float32Array | undefined, steps: number) => {
    const mean = new GradientMean([tokens, width]);
    for (const alpha of midpoints(steps)) {
      const at = e.map((number, i) => (b ? b[i % b.length] : 0) * (1 - alpha) + alpha * number);
      mean.add({ data: gradient(at), dims: [tokens, width] });
    }
    return pathAttributions({ data: e, dims: [tokens, width] }, mean.mean(), b);
  };

  const numbers = (length: number) =>
    fc.array(fc.float({ min: -1.5, max: 1.5, noNaN: true }), { minLength: length, maxLength: length });

  it('takes the midpoints of equal steps', () => {
    assert.deepEqual(midpoints(4), Float32Array.of(0.125, 0.375, 0.625, 0.875));
  });

  it('adds up to the change of the target, from any baseline', () => {
    fc.assert(
      fc.property(numbers(6), fc.option(fc.oneof(numbers(6), numbers(2)), { nil: undefined }), (e, b) => {
        const input = Float32Array.from(e);
        const baseline = b && Float32Array.from(b);
        const start = Float32Array.from(e, (_, i) => (baseline ? baseline[i % baseline.length] : 0));
        const gap = completenessGap(attributions(input, baseline, 100), target(input), target(start));
        assert.ok(gap < 2e-3, `gap ${gap}`);
      }),
    );
  });

  it('have a gap that more steps make smaller', () => {
    const e = Float32Array.of(1, 1, -1, 0.5, 1.2, 1);
    const gap = (steps: number) => completenessGap(attributions(e, undefined, steps), target(e), 0);
    assert.ok(gap(4) > 4 * gap(16));
  });

  it('take steps in batches as well as one by one', () => {
    const single = new GradientMean([1, 2]);
    single.add({ data: Float32Array.of(1, 2), dims: [1, 2] });
    single.add({ data: Float32Array.of(3, 6), dims: [1, 2] });
    const batch = new GradientMean([1, 2]);
    batch.add({ data: Float32Array.of(1, 2, 3, 6), dims: [2, 1, 2] });
    assert.deepEqual(batch.mean(), { data: Float32Array.of(2, 4), dims: [1, 2] });
    assert.deepEqual(batch.mean(), single.mean());
    assert.throws(() => batch.add({ data: new Float32Array(3), dims: [3] }), RangeError);
  });

  it('give a token that is its baseline nothing', () => {
    const e = Float32Array.of(1, 1, 0.3, 0.4, -1, 0.2);
    assert.equal(attributions(e, Float32Array.of(0.3, 0.4), 10)[1], 0);
  });
});

describe('SmoothGrad', () => {
  const embeddings = {
    data: Float32Array.from({ length: 6000 }, (_, i) => (i % 2 ? 1 : -1)),
    dims: [3, 2000],
  };

  it('adds noise of a tenth of the range of the embeddings, the same for the same seed', () => {
    const noisy = noisyCopies(embeddings, 4, 0.5);
    assert.deepEqual(noisy.dims, [4, 3, 2000]);
    assert.deepEqual(noisy, noisyCopies(embeddings, 4, 0.5));
    assert.notDeepEqual(noisy, noisyCopies(embeddings, 4, 0.6));
    const noise = noisy.data.map((number, at) => number - embeddings.data[at % 6000]);
    const mean = noise.reduce((sum, number) => sum + number, 0) / noise.length;
    const deviation = Math.sqrt(noise.reduce((sum, number) => sum + number ** 2, 0) / noise.length);
    assert.ok(Math.abs(mean) < 0.01 && Math.abs(deviation - 0.2) < 0.01, `${mean} ± ${deviation}`);
  });

  it('is the mean length of the gradients', () => {
    const gradients = { data: Float32Array.of(3, 4, 0, 1, 0, 0, 5, 12), dims: [2, 2, 2] };
    assert.deepEqual(meanGradientL2(gradients), Float32Array.of(2.5, 7));
  });
});

describe('occlusion', () => {
  it('is what the target loses without the token', () => {
    assert.deepEqual(targetLoss(2, [1.5, 3, NaN]), Float32Array.of(0.5, -1, NaN));
  });
});

describe('probabilities', () => {
  const logits = fc.array(fc.double({ min: -800, max: 800, noNaN: true }), { minLength: 1, maxLength: 30 });

  it('sum to 1 whatever the logits, and do not change when all logits move alike', () => {
    fc.assert(
      fc.property(logits, fc.double({ min: -500, max: 500, noNaN: true }), (numbers, shift) => {
        const probabilities = softmax(numbers);
        assert.ok(Math.abs(probabilities.reduce((sum, p) => sum + p, 0) - 1) < 1e-9);
        softmax(numbers.map((logit) => logit + shift)).forEach((p, i) =>
          assert.ok(Math.abs(p - probabilities[i]) < 1e-9),
        );
        logSoftmax(numbers).forEach((log, i) =>
          assert.ok(Math.abs(Math.exp(log) - probabilities[i]) < 1e-12),
        );
      }),
    );
  });
});

describe('the table of saliency measures', () => {
  it('says of every measure in words what it is, in what range and where it comes from', () => {
    for (const name of saliencyNames) {
      const { label, description, source, higher, range, isSigned } = saliencyMeasures[name];
      assert.ok(label && source && description.endsWith('.') && higher.endsWith('.'), name);
      assert.equal(range[0] < 0, isSigned, name);
    }
  });
});
