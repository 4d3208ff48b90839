import type { TextLevel } from '../../protocol/textLevel';
import { composeGroups, groupsByRange } from './aggregate';

/** A tokenised text, as far as its units depend on it. */
export interface TextOfUnits {
  readonly text: string;
  /** [S, 2] ranges of the tokens in it, in UTF-16 units; −1, −1 for tokens without one. */
  readonly offsets: Int32Array;
  /** [S] the word of each token, −1 for none. */
  readonly words: Int32Array;
  /** [W] the sentence of each word. */
  readonly sentences: Int32Array;
}

/** @returns [S] the unit that each token is in, counted from the start of the text; −1: in none */
export function unitOfTokens(level: TextLevel, { text, offsets, words, sentences }: TextOfUnits): Int32Array {
  switch (level) {
    case 'token':
      return Int32Array.from({ length: offsets.length / 2 }, (_, token) => token);
    case 'word':
      return words;
    case 'sentence':
      return composeGroups(words, sentences);
    case 'line':
    case 'paragraph':
      return groupsByRange(offsets, stretchesOf(level, text));
  }
}

/**
 * Lines with text in them, without their line ends; paragraphs: lines up to the next blank one.
 * @returns [G, 2] half-open ranges in the text, in UTF-16 units
 */
export function stretchesOf(level: 'line' | 'paragraph', text: string): Int32Array {
  const lines = Array.from(text.matchAll(/[^\r\n]+/g), (line) => ({
    from: line.index,
    to: line.index + line[0].length,
    isBlank: line[0].trim() === '',
  }));
  if (level === 'line') return Int32Array.from(lines.flatMap(({ from, to }) => [from, to]));
  const paragraphs: number[] = [];
  for (const { from, to, isBlank } of lines) {
    if (isBlank) continue;
    const end = paragraphs.at(-1);
    const breaks = end === undefined ? 2 : (text.slice(end, from).match(/\r\n|\r|\n/g)?.length ?? 0);
    if (breaks > 1) paragraphs.push(from, to);
    else paragraphs[paragraphs.length - 1] = to;
  }
  return Int32Array.from(paragraphs);
}
