import type { HeadAttention } from './headAttention';
import type { HeadMeasure } from './measure';

/**
 * `−Σ_j A[i, j] log₂ A[i, j]`, mean over the rows that attend, in bits.
 * @returns 0 (each token attends to a single one) to log₂ Sk (to all alike); NaN where no row attends
 */
export function attentionEntropy(head: HeadAttention): number {
  const { weights, queries, keys, attending } = head;
  let sum = 0;
  for (let i = 0; i < queries; i++) {
    if (!attending[i]) continue;
    for (let at = i * keys, end = at + keys; at < end; at++) {
      const weight = weights[at];
      // The limit of w log w at 0 is 0.
      if (weight > 0) sum -= weight * Math.log2(weight);
    }
  }
  return sum / head.attendingRows;
}

/** The entropy divided by its largest possible value, log₂ Sk: 0 to 1, comparable between texts of different length. */
export function normalisedEntropy(head: HeadAttention): number {
  return head.keys === 1 ? 0 : attentionEntropy(head) / Math.log2(head.keys);
}

export const entropy: HeadMeasure = {
  label: 'Entropy',
  description:
    'How spread out the attention is: −Σ A[i, j] log₂ A[i, j] over the keys j, mean over the queries i. 0 bits: every token attends to a single one; log₂ S bits: to all S alike.',
  source: 'Clark 2019',
  unit: 'bits',
  range: [0, Infinity],
  higher: 'the head looks at more tokens at once.',
  needs: 'attention',
  compute: ({ attention }) => attentionEntropy(attention),
};
