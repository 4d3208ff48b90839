import type { TokenRow } from '../../protocol/inspection';

/**
 * The word of each token: the one that it shares most characters with, the earlier one where two share the same. A
 * token between words (a blank, a line break) belongs to none; one of no characters to the word that it stands at.
 *
 * @param tokens [S, 2] ranges in order, −1, −1 for special tokens
 * @param words [W, 2] half-open ranges in order, not overlapping (words that share a range, as a contraction that is
 * written without a place to split it, get the tokens on the first of them)
 * @returns [S] index of the word, −1 for none
 */
export function wordsOfTokens(tokens: Int32Array, words: Int32Array): Int32Array {
  const wordCount = words.length / 2;
  const assigned = new Int32Array(tokens.length / 2).fill(-1);
  let first = 0;
  for (let token = 0; token < assigned.length; token++) {
    const [from, to] = [tokens[2 * token], tokens[2 * token + 1]];
    if (from < 0) continue;
    // Tokens come in order, so words that end before this one begins are done with.
    while (first < wordCount && words[2 * first + 1] <= from) first++;
    let most = 0;
    for (let word = first; word < wordCount && words[2 * word] < Math.max(to, from + 1); word++) {
      const shared = Math.min(to, words[2 * word + 1]) - Math.max(from, words[2 * word]);
      if (shared > most || (from === to && assigned[token] < 0)) {
        most = shared;
        assigned[token] = word;
      }
    }
  }
  return assigned;
}

/** Offsets of a pair's second text are in that text, so they must not meet the words of the first. */
export function firstTextOnly({ offsets, sequences }: Omit<TokenRow, 'words'>): Int32Array {
  if (sequences === undefined) return offsets;
  return offsets.map((offset, at) => (sequences[at >> 1] === 1 ? -1 : offset));
}
