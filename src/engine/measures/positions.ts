import type { HeadAttention } from './headAttention';
import type { Definition, HeadMeasure } from './measure';

/**
 * Mean weight from each token to the one `offset` places on, over the tokens that have one and attend. Self-attention only.
 * @returns 0 to 1; NaN where no token has such a neighbour
 */
export function weightAtOffset(head: HeadAttention, offset: number): number {
  const { weights, queries, keys, attending } = head;
  let sum = 0;
  let count = 0;
  for (let i = Math.max(0, -offset); i < queries && i + offset < keys; i++) {
    if (!attending[i]) continue;
    sum += weights[i * keys + i + offset];
    count++;
  }
  return sum / count;
}

/**
 * Mean over the rows that attend of the weight on the marked key tokens together.
 * @param marked [Sk] nonzero for the tokens that count
 * @returns 0 to 1; NaN where no row attends
 */
export function weightOnTokens(head: HeadAttention, marked: ArrayLike<number>): number {
  let sum = 0;
  head.columnSums.forEach((column, j) => {
    if (marked[j]) sum += column;
  });
  return sum / head.attendingRows;
}

const share = { source: 'Clark 2019', unit: '', range: [0, 1] } satisfies Partial<Definition>;

export const previous: HeadMeasure = {
  ...share,
  label: 'Previous token',
  description: 'Mean weight from each token to the one before it: mean of A[i, i − 1].',
  higher: 'the head looks one token back.',
  needs: 'attention',
  compute: ({ attention, block }) => (block.isSelf ? weightAtOffset(attention, -1) : NaN),
};

export const next: HeadMeasure = {
  ...share,
  label: 'Next token',
  description: 'Mean weight from each token to the one after it: mean of A[i, i + 1]. 0 in causal models.',
  higher: 'the head looks one token ahead.',
  needs: 'attention',
  compute: ({ attention, block }) => (block.isSelf ? weightAtOffset(attention, 1) : NaN),
};

export const self: HeadMeasure = {
  ...share,
  label: 'Same token',
  description: 'Mean weight from each token to itself: mean of A[i, i].',
  higher: 'tokens look at themselves.',
  needs: 'attention',
  compute: ({ attention, block }) => (block.isSelf ? weightAtOffset(attention, 0) : NaN),
};

export const first: HeadMeasure = {
  ...share,
  label: 'First token',
  description: 'Mean weight on the first token of the input, special or not: mean of A[i, 0].',
  higher: 'the head rests on the first token, which often means that it has nothing to do here.',
  needs: 'attention',
  compute: ({ attention }) => attention.columnSums[0] / attention.attendingRows,
};

export const separator: HeadMeasure = {
  ...share,
  label: 'Separators',
  description:
    'Mean weight on separators ([SEP], end of text) and punctuation together: the sum of their columns of A, divided by the number of rows.',
  higher: 'the head looks at separators and punctuation.',
  needs: 'attention',
  compute: ({ attention, block }) => weightOnTokens(attention, block.keys.separators),
};
