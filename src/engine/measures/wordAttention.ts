import type { Tensor } from '../../protocol/tensor';
import type { HeadAttention } from './headAttention';

/** How the tokens on one side of the attention make up words. */
export interface WordIndex {
  /** [S] word of each token; negative for tokens (special ones) that belong to none and are dropped. */
  readonly words: Int32Array;
  /** W; words without a token of their own have rows and columns of zeros. */
  readonly count: number;
}

/**
 * Word-level attention: to a word, the sum over its tokens; from a word, the mean over its tokens.
 * Special tokens are dropped after the merge, so a row sums to 1 less what the word gives to special tokens.
 * Source: Clark 2019.
 * @param keys the words on the side of the keys; default: those of the queries
 * @returns [Wq, Wk], 0 to 1
 */
export function wordAttention(head: HeadAttention, queries: WordIndex, keys: WordIndex = queries): Tensor {
  if (queries.words.length !== head.queries || keys.words.length !== head.keys) {
    throw new RangeError(
      `Attention of [${head.queries}, ${head.keys}] has no words by ${queries.words.length} and ${keys.words.length} tokens.`,
    );
  }
  const { weights } = head;
  const columns = keys.words;
  const width = keys.count;
  const data = new Float32Array(queries.count * width);
  const tokensOf = new Uint32Array(queries.count);
  for (let i = 0; i < head.queries; i++) {
    const word = queries.words[i];
    if (word < 0) continue;
    tokensOf[word]++;
    const from = i * head.keys;
    const to = word * width;
    for (let j = 0; j < head.keys; j++) if (columns[j] >= 0) data[to + columns[j]] += weights[from + j];
  }
  for (let word = 0; word < queries.count; word++) {
    const tokens = tokensOf[word];
    if (tokens < 2) continue;
    for (let at = word * width, end = at + width; at < end; at++) data[at] /= tokens;
  }
  return { data, dims: [queries.count, width] };
}
