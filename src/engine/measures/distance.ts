import type { HeadAttention } from './headAttention';
import type { HeadMeasure } from './measure';

/**
 * `Σ_ij A[i, j]·abs(i − j)`, mean over the rows that attend, in tokens. Self-attention only.
 * @returns 0 to Sk − 1; NaN where no row attends
 */
export function meanDistance(head: HeadAttention): number {
  const { weights, queries, keys, attending } = head;
  let sum = 0;
  for (let i = 0; i < queries; i++) {
    if (!attending[i]) continue;
    const row = i * keys;
    for (let j = 0; j < keys; j++) sum += weights[row + j] * Math.abs(i - j);
  }
  return sum / head.attendingRows;
}

export const distance: HeadMeasure = {
  label: 'Distance',
  description:
    'How far the head looks: Σ A[i, j]·abs(i − j) over the keys j, mean over the queries i, in tokens.',
  source: 'Vig & Belinkov 2019',
  unit: 'tokens',
  range: [0, Infinity],
  higher: 'the head looks further away.',
  needs: 'attention',
  compute: ({ attention, block }) => (block.isSelf ? meanDistance(attention) : NaN),
};
