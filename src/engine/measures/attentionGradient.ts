import type { HeadMeasure } from './measure';

/** `Σ abs(g)`, in double precision. @param gradient any shape */
export function sumOfMagnitudes(gradient: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += Math.abs(gradient[i]);
  return sum;
}

export const attentionGradient: HeadMeasure = {
  label: 'Attention gradient',
  description:
    'How strongly the target reacts to the head’s attention weights, each changed alone: Σ abs(∂target/∂A[i, j]) over all i and j.',
  source: 'Dodrio 2021 (its list of gradients)',
  unit: '',
  range: [0, Infinity],
  higher: 'the target depends more on where the head looks.',
  needs: 'attentionGradient',
  compute: ({ attentionGradient: gradient }) => (gradient === undefined ? NaN : sumOfMagnitudes(gradient)),
};
