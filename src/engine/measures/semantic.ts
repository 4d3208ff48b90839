import type { HeadMeasure } from './measure';

/**
 * Cosine of two vectors of the same length.
 * @returns −1 to 1; NaN where one of them is zero
 * @throws RangeError where the lengths differ
 */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length)
    throw new RangeError(`Vectors of ${a.length} and ${b.length} numbers have no angle.`);
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    squaresA += a[i] * a[i];
    squaresB += b[i] * b[i];
  }
  return dot / Math.sqrt(squaresA * squaresB);
}

export const semantic: HeadMeasure = {
  label: 'Semantic',
  description:
    'How well the tokens that the head attends to are those that the prediction depends on: the cosine of the saliency of all tokens (gradient-l1 of the predicted class) and the column sums of A.',
  source: 'Dodrio 2021',
  unit: '',
  range: [0, 1],
  higher: 'the head looks at what matters for the prediction.',
  needs: 'saliency',
  compute: ({ attention, block }) =>
    block.saliency === undefined ? NaN : cosine(block.saliency, attention.columnSums),
};
