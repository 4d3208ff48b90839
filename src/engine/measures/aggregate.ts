/**
 * How the scores of parts add up to the score of the whole (pieces to words, words to lines, lines to sentences and
 * paragraphs):
 * - `sum`: signed and L1 measures, surprisal;
 * - `root-of-squares`: L2 measures, `√Σ s²`, the norm of the concatenated gradients;
 * - `mean`, `max`: on request.
 */
export type AggregationRule = 'sum' | 'root-of-squares' | 'mean' | 'max';

/** The rules as they are named on screen. */
export const aggregationNames: Readonly<Record<AggregationRule, string>> = {
  sum: 'sum',
  'root-of-squares': 'root of the sum of squares',
  mean: 'mean',
  max: 'largest',
};

/**
 * Adds up scores by group. All four rules are associative in the sense that going through a level between (pieces to
 * words to lines) gives the same numbers, except `mean`.
 * Source: Burdisso 2020 (PySS3) for the levels of text; the rules are those of the measures' own norms.
 * @param scores [N]; NaN (a token that has no such score) is left out
 * @param groups [N] index of each score's group; negative: belongs to none and is left out
 * @param groupCount G, so that trailing groups without members exist
 * @returns [G], in the unit of the scores; NaN for groups without any score
 * @throws RangeError where the lengths differ or a group is not below G
 */
export function aggregate(
  scores: Float32Array,
  groups: Int32Array,
  rule: AggregationRule,
  groupCount: number = countGroups(groups),
): Float32Array {
  if (scores.length !== groups.length) {
    throw new RangeError(`${scores.length} scores cannot be put into ${groups.length} groups.`);
  }
  // Sums run in double precision: thousands of signed scores nearly cancel.
  const totals = new Float64Array(groupCount).fill(rule === 'max' ? -Infinity : 0);
  const members = new Uint32Array(groupCount);
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i];
    const group = groups[i];
    if (group < 0 || Number.isNaN(score)) continue;
    if (group >= groupCount) throw new RangeError(`Group ${group} is not one of ${groupCount}.`);
    members[group]++;
    if (rule === 'max') totals[group] = Math.max(totals[group], score);
    else totals[group] += rule === 'root-of-squares' ? score * score : score;
  }
  return Float32Array.from(totals, (total, group) => {
    if (members[group] === 0) return NaN;
    if (rule === 'root-of-squares') return Math.sqrt(total);
    return rule === 'mean' ? total / members[group] : total;
  });
}

/** Number of groups, where the last one has a member: the largest index + 1. */
export function countGroups(groups: Int32Array): number {
  let largest = -1;
  for (const group of groups) largest = Math.max(largest, group);
  return largest + 1;
}

/**
 * Groups of groups: which line each piece is in, from the word of each piece and the line of each word.
 * @param inner [N] group of each score, −1 for none
 * @param outer [G] group of each group, −1 for none
 * @returns [N] outer group of each score, −1 for none
 */
export function composeGroups(inner: Int32Array, outer: Int32Array): Int32Array {
  return inner.map((group) => (group < 0 ? -1 : outer[group]));
}

/**
 * Which stretch of the text each token lies in (lines, sentences, paragraphs): the one that holds its first character
 * that is not before the stretch. Tokens that lie in none (special tokens, text between stretches) get −1.
 * @param offsets [S, 2] half-open ranges in the text, in UTF-16 units; −1, −1 for special tokens
 * @param stretches [G, 2] half-open ranges in the same text, in order, not overlapping
 * @returns [S] index of the stretch, or −1
 */
export function groupsByRange(offsets: Int32Array, stretches: Int32Array): Int32Array {
  const count = stretches.length / 2;
  const groups = new Int32Array(offsets.length / 2).fill(-1);
  for (let token = 0; token < groups.length; token++) {
    const begin = offsets[2 * token];
    const end = offsets[2 * token + 1];
    if (begin < 0) continue;
    // The first stretch that ends after the token begins; a token may begin with the white space before it.
    let low = 0;
    for (let high = count; low < high;) {
      const middle = (low + high) >> 1;
      if (stretches[2 * middle + 1] > begin) high = middle;
      else low = middle + 1;
    }
    if (low < count && stretches[2 * low] < Math.max(end, begin + 1)) groups[token] = low;
  }
  return groups;
}
