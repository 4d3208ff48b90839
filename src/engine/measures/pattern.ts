import type { HeadAttention } from './headAttention';
import { findSinks } from './sink';
import type { TokenFacts } from './tokenFacts';

/** The classes of self-attention maps. Source: Kovaleva 2019. */
export const patternNames = ['vertical', 'diagonal', 'vertical+diagonal', 'block', 'heterogeneous'] as const;
export type PatternName = (typeof patternNames)[number];

export interface Pattern {
  /** The class with the highest score; of equal ones the first. */
  readonly name: PatternName;
  /** 0 to 1 each. */
  readonly scores: Readonly<Record<PatternName, number>>;
}

/**
 * The class of a self-attention map, from where its weight lies (Kovaleva 2019 labelled maps by hand and trained a classifier;
 * these are the same five classes, computed):
 * - `vertical`: the share v of the weight in the columns of the first token, special tokens, separators and sinks;
 * - `diagonal`: the share d, outside those columns, at most one token from the diagonal;
 * - `vertical+diagonal`: `2·min(v, d)`, so both must be there, the weaker with more than half of the stronger;
 * - `block`: of the rest `r = 1 − v − d`, how far it stays inside its own segment beyond chance, `r·max(0, (w − c)/(1 − c))`:
 *   w the rest's share inside, c that of an even spread; 0 where all is one segment;
 * - `heterogeneous`: the rest, less `block`.
 * @returns undefined where no row attends
 */
export function attentionPattern(head: HeadAttention, tokens: TokenFacts): Pattern | undefined {
  if (head.attendingRows === 0) return undefined;
  const { vertical, diagonal, inside, chance } = divideWeight(head, tokens);
  const rest = Math.max(0, 1 - vertical - diagonal);
  const block = chance < 1 && rest > 0 ? rest * Math.max(0, (inside / rest - chance) / (1 - chance)) : 0;
  const scores: Record<PatternName, number> = {
    vertical,
    diagonal,
    'vertical+diagonal': 2 * Math.min(vertical, diagonal),
    block,
    heterogeneous: rest - block,
  };
  const name = patternNames.reduce((best, other) => (scores[other] > scores[best] ? other : best));
  return { name, scores };
}

/** Shares of the weight by place; `chance`: the share of the places left for the rest that are inside one segment. */
function divideWeight(
  head: HeadAttention,
  { special, separators, segments }: TokenFacts,
): { vertical: number; diagonal: number; inside: number; chance: number } {
  const { weights, queries, keys, attending } = head;
  const isVertical = Uint8Array.from({ length: keys }, (_, j) =>
    j === 0 || special[j] || separators[j] ? 1 : 0,
  );
  for (const token of findSinks(head).tokens) isVertical[token] = 1;
  const sums = { vertical: 0, diagonal: 0, inside: 0, total: 0 };
  let places = 0;
  let placesInside = 0;
  for (let i = 0; i < queries; i++) {
    if (!attending[i]) continue;
    for (let j = 0; j < keys; j++) {
      const weight = weights[i * keys + j];
      sums.total += weight;
      if (isVertical[j]) sums.vertical += weight;
      else if (Math.abs(i - j) <= 1) sums.diagonal += weight;
      else {
        const isInside = !segments || segments[i] === segments[j];
        // Causal masks leave no place after the diagonal, so only places with weight count.
        if (weight > 0) places++;
        if (weight > 0 && isInside) placesInside++;
        if (isInside) sums.inside += weight;
      }
    }
  }
  return {
    vertical: sums.vertical / sums.total,
    diagonal: sums.diagonal / sums.total,
    inside: sums.inside / sums.total,
    chance: places > 0 ? placesInside / places : 1,
  };
}
