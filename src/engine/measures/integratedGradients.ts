import type { Tensor } from '../../protocol/tensor';
import { sumRows } from './saliency';
import type { SaliencyMeasure } from './saliency';

/** Where on the straight path from baseline to input the gradients are taken: the midpoints of equal steps. @returns [n] */
export function midpoints(steps: number): Float32Array {
  return Float32Array.from({ length: steps }, (_, step) => (step + 0.5) / steps);
}

/** The mean of gradients that come step by step or in batches, in double precision. */
export class GradientMean {
  private readonly sums: Float64Array;
  private count = 0;

  /** @param dims [S, D] of one gradient */
  constructor(private readonly dims: readonly number[]) {
    this.sums = new Float64Array(dims.reduce((product, size) => product * size, 1));
  }

  /**
   * @param gradients [S, D], or [N, S, D] for N steps
   * @throws RangeError where the shape does not fit
   */
  add(gradients: Tensor): void {
    const size = this.sums.length;
    if (gradients.data.length % size !== 0) {
      throw new RangeError(
        `Gradients of [${gradients.dims.join(', ')}] are not of [${this.dims.join(', ')}].`,
      );
    }
    for (let start = 0; start < gradients.data.length; start += size) {
      for (let at = 0; at < size; at++) this.sums[at] += gradients.data[start + at];
      this.count++;
    }
  }

  /** [S, D]; NaN where nothing was added. */
  mean(): Tensor {
    return { data: Float32Array.from(this.sums, (sum) => sum / this.count), dims: this.dims };
  }
}

/**
 * `Σ_d (e − b)·ḡ`, ḡ the mean of ∂target/∂e over the path from b to e.
 * Source: Sundararajan 2017.
 * @param embeddings [S, D] e
 * @param baseline [S, D], or [D] for all tokens; left out: zero
 * @param meanGradient [S, D] ḡ, from {@link GradientMean} at the {@link midpoints}
 * @returns [S] signed, in units of the target; their sum is target(e) − target(b) but for the completeness gap
 */
export function pathAttributions(
  embeddings: Tensor,
  meanGradient: Tensor,
  baseline?: Float32Array,
): Float32Array {
  const size = baseline?.length ?? 1;
  return sumRows(
    meanGradient,
    (at) => (embeddings.data[at] - (baseline ? baseline[at % size] : 0)) * meanGradient.data[at],
  );
}

/**
 * How far integrated gradients are from adding up: `abs(Σ − (target(e) − target(b)))`, in units of the target. More steps make
 * it smaller where the target is smooth.
 */
export function completenessGap(
  attributions: Float32Array,
  targetAtInput: number,
  targetAtBaseline: number,
): number {
  const sum = attributions.reduce((total, attribution) => total + attribution, 0);
  return Math.abs(sum - (targetAtInput - targetAtBaseline));
}

export const integratedGradients: SaliencyMeasure = {
  label: 'Integrated gradients',
  description:
    'How the target’s change from a baseline text divides among the tokens: Σ (e − b) · mean of ∂target/∂e at b + α(e − b), α at the midpoints of the steps from 0 to 1. The baseline b is the embedding of the pad, else mask, else unknown token, or zero. The completeness gap says how far the scores are from adding up to target(e) − target(b).',
  source: 'Sundararajan 2017',
  unit: '',
  range: [-Infinity, Infinity],
  higher: 'the token moved the target up, away from the baseline.',
  isSigned: true,
  aggregation: 'sum',
};
