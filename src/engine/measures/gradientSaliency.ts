import type { Tensor } from '../../protocol/tensor';
import { sumRows } from './saliency';
import type { SaliencyMeasure } from './saliency';

/** `Σ_d abs(g)`. @param gradient [S, D] @returns [S], 0 upwards */
export function gradientL1Norms(gradient: Tensor): Float32Array {
  return sumRows(gradient, (at) => Math.abs(gradient.data[at]));
}

/** `‖g‖₂`. @param gradient [S, D] @returns [S], 0 upwards */
export function gradientL2Norms(gradient: Tensor): Float32Array {
  return sumRows(gradient, (at) => gradient.data[at] ** 2).map(Math.sqrt);
}

/** `Σ_d e·g`. @param embeddings [S, D] @param gradient [S, D] @returns [S], signed */
export function inputTimesGradient(embeddings: Tensor, gradient: Tensor): Float32Array {
  return sumRows(gradient, (at) => embeddings.data[at] * gradient.data[at]);
}

export const gradientL1: SaliencyMeasure = {
  label: 'Gradient (L1)',
  description:
    'How strongly the target reacts to a small change of the token: the sum of the magnitudes of its gradient, Σ abs(g) with g = ∂target/∂e, e the token’s word embedding.',
  source: 'Simonyan 2014; Dodrio 2021 (with respect to the whole embedding block)',
  unit: '',
  range: [0, Infinity],
  higher: 'the target is more sensitive to the token.',
  isSigned: false,
  aggregation: 'sum',
  compute: ({ gradient }) => gradient && gradientL1Norms(gradient),
};

export const gradientL2: SaliencyMeasure = {
  label: 'Gradient (L2)',
  description:
    'How strongly the target reacts to a small change of the token: the length of its gradient, ‖g‖₂ with g = ∂target/∂e, e the token’s word embedding.',
  source: 'Li 2016; Atanasova 2020',
  unit: '',
  range: [0, Infinity],
  higher: 'the target is more sensitive to the token.',
  isSigned: false,
  aggregation: 'root-of-squares',
  compute: ({ gradient }) => gradient && gradientL2Norms(gradient),
};

export const inputXGradient: SaliencyMeasure = {
  label: 'Input × gradient',
  description:
    'What the token adds to the target, to first order: Σ e·g with g = ∂target/∂e, e the token’s word embedding. Positive: it speaks for the target; negative: against it.',
  source: 'Denil 2015; Shrikumar 2016',
  unit: '',
  range: [-Infinity, Infinity],
  higher: 'the token speaks for the target.',
  isSigned: true,
  aggregation: 'sum',
  compute: ({ embeddings, gradient }) => embeddings && gradient && inputTimesGradient(embeddings, gradient),
};
