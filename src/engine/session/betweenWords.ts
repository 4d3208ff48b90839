import type { BlockName, Inspection } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { HeadAttention } from '../measures/headAttention';
import { wordAttention, type WordIndex } from '../measures/wordAttention';
import { rowsOf } from './summary';

/** One head's attention between words. @param attention [Sq, Sk] @returns [Wq, Wk] */
export function betweenWords(
  { data, dims: [queries, keys] }: Tensor,
  block: BlockName,
  inspection: Inspection,
): Tensor {
  const row = rowsOf(block);
  const wordsOf = (which: 'tokens' | 'pair'): WordIndex => ({
    words: (which === 'pair' ? inspection.pair : inspection.tokens)?.words ?? new Int32Array(0),
    count: inspection.words.text.length,
  });
  return wordAttention(new HeadAttention(data, queries, keys), wordsOf(row.queries), wordsOf(row.keys));
}
