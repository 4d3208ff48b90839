import { randomLcg, randomNormal } from 'd3';
import type { Tensor } from '../../protocol/tensor';
import type { SaliencyMeasure } from './saliency';

/** Standard deviation of the noise, as a share of the range of the embeddings (Smilkov 2017 recommends 0.1 to 0.2). */
const relativeNoise = 0.1;

/**
 * Noisy copies of embeddings, the same for the same seed, so that a picture does not change when it is drawn again.
 * @param embeddings [S, D]
 * @param copies n
 * @param seed 0 to 1
 * @returns [n, S, D] with normal noise of 0.1 times the range of the embeddings
 */
export function noisyCopies(embeddings: Tensor, copies: number, seed = 0): Tensor {
  const { data, dims } = embeddings;
  let smallest = Infinity;
  let largest = -Infinity;
  for (const number of data) {
    smallest = Math.min(smallest, number);
    largest = Math.max(largest, number);
  }
  const noise = randomNormal.source(randomLcg(seed))(0, relativeNoise * (largest - smallest));
  return {
    data: Float32Array.from({ length: copies * data.length }, (_, at) => data[at % data.length] + noise()),
    dims: [copies, ...dims],
  };
}

/**
 * Mean over noisy copies of the length of each token's gradient.
 * @param gradients [n, S, D] ∂target/∂e at the {@link noisyCopies}
 * @returns [S], 0 upwards
 */
export function meanGradientL2({ data, dims: [copies, tokens, width] }: Tensor): Float32Array {
  const means = new Float64Array(tokens);
  for (let row = 0; row < copies * tokens; row++) {
    let squares = 0;
    for (let at = row * width, end = at + width; at < end; at++) squares += data[at] ** 2;
    means[row % tokens] += Math.sqrt(squares) / copies;
  }
  return Float32Array.from(means);
}

export const smoothGrad: SaliencyMeasure = {
  label: 'SmoothGrad',
  description:
    'How strongly the target reacts to the token, freed from the roughness of a single gradient: the mean of ‖∂target/∂e‖₂ over copies of the embeddings e with a little normal noise.',
  source: 'Smilkov 2017',
  unit: '',
  range: [0, Infinity],
  higher: 'the target is more sensitive to the token.',
  isSigned: false,
  aggregation: 'root-of-squares',
};
