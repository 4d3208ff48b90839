import type { HeadAttention } from './headAttention';
import type { HeadMeasure } from './measure';

/** The largest weight of all, 0 to 1. */
export function largestWeight({ weights }: HeadAttention): number {
  let largest = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] > largest) largest = weights[i];
  return largest;
}

export const confidence: HeadMeasure = {
  label: 'Confidence',
  description:
    'The largest weight that any token gives to any other, or to itself: max A[i, j]. Over a data set: the mean.',
  source: 'Voita 2019; Dodrio 2021 (“importance” in its overview)',
  unit: '',
  range: [0, 1],
  higher: 'somewhere in the text the head is sure where to look.',
  needs: 'attention',
  compute: ({ attention }) => largestWeight(attention),
};
