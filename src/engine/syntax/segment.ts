import type { WordRow } from '../../protocol/inspection';
import { sentencesOf } from './sentences';
import { type Range, wordRanges } from './words';

/**
 * The sentences and words of a text, close to what Universal Dependencies' English treebanks have.
 *
 * @returns words with exact UTF-16 ranges, in order; no words for a text of white space
 */
export function segment(text: string): WordRow {
  const words = wordRanges(text);
  return wordRow(text, ...withFinalDots(text, words, sentencesOf(text, words)));
}

/** At the end of a sentence the dot of `etc.` or `p.m.` is the sentence's; only initials (`U.S.`) keep theirs. */
function withFinalDots(text: string, words: readonly Range[], sentences: Int32Array): [Range[], number[]] {
  const ranges: Range[] = [];
  const numbers: number[] = [];
  words.forEach(([start, end], word) => {
    const last = word === words.length - 1 || sentences[word + 1] !== sentences[word];
    const written = text.slice(start, end);
    const gives = last && /\p{L}\.$/u.test(written) && !/^(?:\p{Lu}\.)+$/u.test(written);
    if (gives) ranges.push([start, end - 1], [end - 1, end]);
    else ranges.push([start, end]);
    numbers.push(sentences[word]);
    if (gives) numbers.push(sentences[word]);
  });
  return [ranges, numbers];
}

/** Columns of words with their ranges and sentence numbers. */
export function wordRow(text: string, ranges: readonly Range[], sentences: ArrayLike<number>): WordRow {
  return {
    text: ranges.map(([start, end]) => text.slice(start, end)),
    offsets: Int32Array.from(ranges.flat()),
    sentences: Int32Array.from(sentences),
  };
}
