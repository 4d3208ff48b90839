import { randomLcg } from 'd3';
import type { HeadAttention } from './headAttention';
import type { HeadMeasure } from './measure';

/** Tokens that are repeated, how often they stand there, and in how many sequences: Olsson 2022 has 25, 4 and several. */
export const repeatedTokens = { distinct: 25, times: 4, sequences: 4 };

/** Ids that stand in for the most and the least common tokens, which are left out: vocabularies are in that order, roughly. */
const margin = 0.1;

/** A sequence of random tokens, repeated, between what the tokenizer puts before and after a text. */
export interface RepeatedSequence {
  /** [S] */
  readonly ids: Int32Array;
  /** Where the random tokens begin. */
  readonly start: number;
  /** Tokens of one repetition. */
  readonly period: number;
  readonly times: number;
}

/**
 * A sequence as Olsson et al. draw it: different tokens in random order, repeated. The same for the same seed.
 * @param vocabulary number of ids
 * @param excluded ids that are no text: special tokens
 * @param frame what stands before and after the text, special tokens
 * @param room most tokens; with fewer than two repetitions of two tokens there is no sequence
 * @param seed 0 to 1
 */
export function repeatedSequence(
  vocabulary: number,
  excluded: ReadonlySet<number>,
  frame: { readonly before: readonly number[]; readonly after: readonly number[] },
  room: number,
  seed: number,
): RepeatedSequence | undefined {
  const free = room - frame.before.length - frame.after.length;
  const [first, last] = [Math.floor(vocabulary * margin), Math.ceil(vocabulary * (1 - margin))];
  const isCandidate = (id: number) => id >= first && id < last && !excluded.has(id);
  let candidates = 0;
  for (let id = first; id < last; id++) if (isCandidate(id)) candidates++;
  const period = Math.min(repeatedTokens.distinct, Math.floor(free / 2), candidates);
  if (period < 2) return undefined;
  const random = randomLcg(seed);
  const drawn = new Set<number>();
  while (drawn.size < period) {
    const id = first + Math.floor(random() * (last - first));
    if (isCandidate(id)) drawn.add(id);
  }
  const times = Math.min(repeatedTokens.times, Math.floor(free / period));
  const tokens = Array.from({ length: times }, () => [...drawn]).flat();
  return {
    ids: Int32Array.from([...frame.before, ...tokens, ...frame.after]),
    start: frame.before.length,
    period,
    times,
  };
}

/**
 * Mean over the tokens of all repetitions but the first of the weight that they give to the tokens which followed the same
 * token in earlier repetitions, together. Source: Olsson 2022 (prefix matching score).
 * @returns 0 to 1
 */
export function prefixMatchingScore(
  { weights, keys }: Pick<HeadAttention, 'weights' | 'keys'>,
  { start, period, times }: Pick<RepeatedSequence, 'start' | 'period' | 'times'>,
): number {
  let sum = 0;
  let count = 0;
  for (let place = period; place < times * period; place++) {
    const row = (start + place) * keys;
    for (let earlier = place - period; earlier >= 0; earlier -= period)
      sum += weights[row + start + earlier + 1];
    count++;
  }
  return sum / count;
}

export const prefixMatching: HeadMeasure = {
  label: 'Prefix matching',
  description:
    'Induction on a random repeated sequence, whatever the inspected text is: 25 random tokens, repeated 4 times (as far as the context goes), without special tokens and the most and least common tenth of the vocabulary. Mean, over the tokens from the second repetition on, of the weight on the tokens that followed the same token earlier. Of the model as it is published, with every head on; mean of 4 sequences.',
  source: 'Olsson 2022',
  unit: '',
  range: [0, 1],
  higher: 'the head continues what it has seen before, even where it makes no sense: an induction head.',
  needs: 'furtherRuns',
};
