import { sentenceStarters, titles } from './lexicon';
import type { Range } from './words';

/**
 * Where sentences end, decided on words: a blank line always ends one, a line end where it was made on purpose, and
 * closing punctuation unless what follows says that the sentence goes on.
 */

const terminal = /^(?:[.!?‼⁇⁈⁉]+|…\.?)$/u;
const ideographicTerminal = /^[。！？．｡]+$/u;
const closer = /^(?:["”’»›)\]}」』】）]|''|’’)$/u;
const opener = /^(?:["“‘'«‹([{¿¡`*_]+)$/u;
const bullet = /^(?:[-*+•·‣▪◦–—>#]|\(?(?:\d{1,3}|\p{L})[.)])$/u;
const emoticon = /^(?:[:;=8xX][-o*^]?[)(\][DPp|/\\]|\p{Extended_Pictographic})$/u;
const blankLine = /(?:\r\n|[\n\r\u2028])[^\S\n\r\u2028]*(?:\r\n|[\n\r\u2028])|\u2029/;
const lineEnd = /[\n\r\u2028]/;

/** How many quotes and brackets in a row are looked through. */
const nearby = 6;
/** Lines are taken for wrapped at this width at least. */
const wrapWidth = 60;

/**
 * The sentence of each word.
 *
 * @param words ranges of {@link wordRanges} over the text
 * @returns [W] numbers from 0, rising by 0 or 1
 */
export function sentencesOf(text: string, words: readonly Range[]): Int32Array {
  const sentences = new Int32Array(words.length);
  const written = words.map(([start, end]) => text.slice(start, end));
  const lines = new Lines(text);
  for (let word = 1; word < words.length; word++) {
    const ends = endsBefore(text, words, written, word, lines);
    sentences[word] = sentences[word - 1] + (ends ? 1 : 0);
  }
  return sentences;
}

/** Whether a sentence ends between the word before and this one. */
function endsBefore(
  text: string,
  words: readonly Range[],
  written: readonly string[],
  word: number,
  lines: Lines,
): boolean {
  const gap = text.slice(words[word - 1][1], words[word][0]);
  if (blankLine.test(gap)) return true;
  if (lineEnd.test(gap)) {
    // `-`, `•`, `(a)`, `12.`: a mark and what stands right behind it.
    const [start] = words[word];
    const item = bullet.test(/^\S*/.exec(text.slice(start, start + 6))?.[0] ?? '');
    const next = /^\S*/.exec(text.slice(start, start + 200))?.[0] ?? '';
    if (item || lines.endedOnPurpose(words[word - 1][1], next)) return true;
  }
  return closesBefore(text, words, written, word, gap);
}

function closesBefore(
  text: string,
  words: readonly Range[],
  written: readonly string[],
  word: number,
  gap: string,
): boolean {
  // Quotes and brackets that close stay with the sentence that they are written up against, and so do smileys.
  let mark = word - 1;
  while (mark > Math.max(0, word - nearby) && belongsToSentenceBefore(words, written, mark)) mark--;
  const quoted = mark < word - 1;
  const previous = written[mark];
  if (ideographicTerminal.test(previous)) return !closer.test(written[word]);
  if (gap === '') return false;

  let next = word;
  while (next < word + nearby && next < written.length - 1 && opener.test(written[next])) next++;
  const following = written[next];
  if (closer.test(written[word]) && !opener.test(written[word])) return false;
  // `. . .`, and the smiley that follows a sentence.
  if (terminal.test(written[word]) || emoticon.test(written[word])) return false;
  const lower = /^\p{Ll}/u.test(following);
  if (terminal.test(previous)) {
    // The number of a list item is not a sentence.
    const number =
      mark > 0 && /^(?:\d{1,3}|\p{L})$/u.test(written[mark - 1]) && startsLine(text, words[mark - 1][0]);
    if (number && previous === '.') return false;
    if (!lower) return true;
    // `"Stop!" he said`, `(really?) and`, `well... maybe`: the sentence goes on.
    return !quoted && previous === '.' && !/^\d+$/.test(written[mark - 1] ?? '');
  }
  if (previous.endsWith('.') && previous.length > 1 && /\p{L}/u.test(previous)) {
    return endsAtAbbreviation(previous, following);
  }
  return false;
}

function belongsToSentenceBefore(words: readonly Range[], written: readonly string[], mark: number): boolean {
  return (
    emoticon.test(written[mark]) || (closer.test(written[mark]) && words[mark][0] === words[mark - 1][1])
  );
}

/** `… in the U.S. He left`, but `U.S. Army`, `Mr. The`, `etc. and`. */
function endsAtAbbreviation(abbreviation: string, following: string): boolean {
  if (titles.has(abbreviation.slice(0, -1).toLowerCase())) return false;
  return /^\p{Lu}/u.test(following) && sentenceStarters.has(following.toLowerCase());
}

function startsLine(text: string, at: number): boolean {
  return /(?:^|[\n\r\u2028\u2029])[^\S\n\r]*\(?$/.test(text.slice(Math.max(0, at - 40), at));
}

/** The lines of a text, and whether their ends were made by wrapping or on purpose. */
class Lines {
  private readonly starts: number[] = [0];
  /** Lengths of the lines without the white space at their ends. */
  private readonly widths: number[] = [];

  constructor(text: string) {
    for (const match of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g))
      this.starts.push(match.index + match[0].length);
    this.starts.forEach((start, line) => {
      this.widths.push(text.slice(start, this.starts[line + 1] ?? text.length).trimEnd().length);
    });
  }

  /**
   * A line that the next word would still have fitted on was ended on purpose, if that word may begin a sentence.
   *
   * @param end where the last word of the line ends
   * @param next the first word of the next line, with what is written up against it
   */
  endedOnPurpose(end: number, next: string): boolean {
    if (/^\p{Ll}/u.test(next)) return false;
    const line = this.indexOf(end);
    const nearbyWidths = this.widths.slice(Math.max(0, line - 20), line + 21);
    return end - this.starts[line] + 1 + next.length <= Math.max(wrapWidth, ...nearbyWidths);
  }

  private indexOf(position: number): number {
    let [low, high] = [0, this.starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.starts[middle] <= position) low = middle;
      else high = middle;
    }
    return low;
  }
}
