import type { HeadAttention } from './headAttention';
import type { HeadMeasure } from './measure';

/**
 * For each token the one after its previous occurrence, −1 where it did not occur before.
 * @param ids [S] vocabulary ids; negative ids never repeat
 * @param special [S] special tokens are no text, so their repetition means nothing
 * @returns [S]
 */
export function tokensAfterPreviousOccurrence(ids: Int32Array, special: Uint8Array): Int32Array {
  const last = new Map<number, number>();
  return ids.map((id, i) => {
    if (id < 0 || special[i]) return -1;
    const previous = last.get(id);
    last.set(id, i);
    return previous === undefined ? -1 : previous + 1;
  });
}

/**
 * Mean weight from each repeated token to the one after its previous occurrence. Self-attention only.
 * @param targets [Sq] from {@link tokensAfterPreviousOccurrence}
 * @returns 0 to 1; NaN on a text without repeats
 */
export function inductionWeight(head: HeadAttention, targets: Int32Array): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < head.queries; i++) {
    if (targets[i] < 0 || !head.attending[i]) continue;
    sum += head.weights[i * head.keys + targets[i]];
    count++;
  }
  return sum / count;
}

export const induction: HeadMeasure = {
  label: 'Induction',
  description:
    'On a text with repeats: mean weight from a token to the one after its previous occurrence. Such a head says “what followed last time follows again”. No value on a text without repeats.',
  source: 'Olsson 2022',
  unit: '',
  range: [0, 1],
  higher: 'the head continues repeated stretches of text.',
  needs: 'attention',
  compute: ({ attention, block }) =>
    block.isSelf
      ? inductionWeight(attention, tokensAfterPreviousOccurrence(block.keys.ids, block.keys.special))
      : NaN,
};
