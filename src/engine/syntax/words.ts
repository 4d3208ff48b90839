import { contractionCuts } from './contractions';
import { abbreviations, beforeNumbers, hyphenPrefixes, titles, units } from './lexicon';

/** A half-open range in a text, in UTF-16 units. */
export type Range = readonly [start: number, end: number];

/**
 * The words of a text as Universal Dependencies has them for English: punctuation apart (but `...`, `!!`, `:)` whole),
 * contractions and most hyphenated compounds taken apart, abbreviations with their dot, numbers, addresses and file names
 * whole. Scripts without blanks are divided by Unicode's dictionaries.
 *
 * @param from, to half-open range of the text to look at
 * @returns ranges in order, not overlapping, without white space; every visible character is in one
 */
export function wordRanges(text: string, from = 0, to = text.length): Range[] {
  const words: Range[] = [];
  let at = from;
  while (at < to) {
    blank.lastIndex = at;
    if (blank.test(text)) {
      at = Math.min(to, blank.lastIndex);
      continue;
    }
    const [kind, length] = tokenAt(text, at, to);
    for (const range of divide(kind, text.slice(at, at + length), at)) words.push(range);
    at += length;
    const last = words[words.length - 1];
    if (kind === 'letters' && at < to && takesDot(text, last)) words[words.length - 1] = [last[0], ++at];
  }
  return words;
}

/**
 * What kind of token a pattern finds: `address` may have caught the punctuation behind it; `letters`, `contraction` and
 * `measure` may be several words; the others are one.
 */
type Kind = 'whole' | 'address' | 'letters' | 'contraction' | 'measure';

/** White space, and characters that are nothing to see (directional marks, zero-width blanks, controls), as a pattern. */
export const blankCharacter = String.raw`[\s\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]`;
const blank = new RegExp(`${blankCharacter}+`, 'uy');

const apostrophe = "['’]";
/** Letters, digits and marks; the joiners are part of words in Persian and the scripts of India. */
const letter = '[\\p{L}\\p{M}\\p{N}_\\u200c\\u200d]';
const fileEndings =
  'docx?|xlsx?|pptx?|pdf|txt|md|html?|jpe?g|png|gif|svg|zip|gz|exe|dll|csv|tsv|jsonl?|xml|ya?ml|toml|tsx?|jsx?|mjs|cjs|py|rs|go|java|cpp|sh|css|onnx|conllu';
const domains = 'com|org|net|edu|gov|mil|io|info|biz|co\\.uk|ac\\.uk|de|fr|eu|ca';

/**
 * Kinds of tokens in the order in which they are tried; the first that matches is taken. Repetitions are bounded where a
 * pattern can fail after them, so that no text takes more than linear time.
 */
const kinds: readonly (readonly [Kind, RegExp])[] = [
  // Addresses of pages and people, domains, file names.
  ['address', /(?:https?|ftp|file):\/\/[^\s<>"“”]+|www\.[^\s<>"“”]+/iuy],
  ['whole', /(?:mailto:)?[\p{L}\d_.+%-]{1,64}@[\p{L}\d_-]{1,64}(?:\.[\p{L}\d_-]+)*/uy],
  [
    'address',
    new RegExp(
      `[\\p{L}\\d][\\p{L}\\d-]{0,62}(?:\\.[\\p{L}\\d-]{1,63}){0,8}?\\.(?:${domains})(?:/[^\\s<>"“”]*|(?![\\p{L}\\d]))`,
      'iuy',
    ),
  ],
  [
    'whole',
    new RegExp(
      `[\\p{L}\\d_#~-]{1,99}(?:[./\\\\][\\p{L}\\d_#~-]{1,99}){0,20}?\\.(?:${fileEndings})(?![\\p{L}\\d])`,
      'iuy',
    ),
  ],
  // Faces made of punctuation.
  [
    'whole',
    /[:;=8xX][-o*^]?[)(\][DPp|/\\](?![\p{L}\d])|[:;=]['’]-?\(|(?<!\S)[)(]-?[:;=](?!\S)|<3+|\^_*\^|[oO]_[oO]|-_+-/uy,
  ],
  // Marks that are written several times, and arrows.
  [
    'whole',
    /\.{2,}|…+\.*|[!?]+[!?.]*[!?]|-{2,}>?|–+|—+|<-{1,2}|[-=]>|[<>]=|={2,}|\*{2,}|_{2,}|~{2,}|\+{2,}|#{2,}|\|{2,}|<{2,}|>{2,}|'{2,}|`{2,}|‘’|’’/uy,
  ],
  // Letters with dots between: U.S., e.g., Ph.D, a.m
  ['whole', /(?:\p{L}{1,2}\.){2,}(?:\p{L}(?!\p{L})(?!\.))?|\p{L}{1,2}(?:\.\p{L})+(?![\p{L}.])/uy],
  // Telephone numbers and dates.
  [
    'whole',
    /(?:\+?\d{1,3}[-.])?\d{3}[-./]\d{3}[-.]\d{4}(?!\d)|\d{3}-\d{4}(?!\d)|\d{4}-\d{2}-\d{2}(?!\d)|\d{1,2}([-/.])\d{1,2}\1\d{2,4}(?!\d)/uy,
  ],
  [
    'whole',
    /(?:(?<![\p{L}\d])[+-])?(?:\d+(?:[.,:]\d+)*|\.\d+)(?:\/\d+(?:[.,]\d+)*)*(?:st|nd|rd|th|s|['’]s)?(?![\p{L}\p{M}\d]|[.,:]\d)/uy,
  ],
  ['measure', /(?:(?<![\p{L}\d])[+-])?\d+(?:[.,:]\d+)*(?:\p{L}+(?:\.\p{L})?)(?![\p{L}\p{M}\d])/uy],
  // Clitics and short forms that stand alone: 's (in text that is already tokenised), 'em, '90s.
  [
    'whole',
    new RegExp(
      `${apostrophe}(?:s|m|d|re|ve|ll|em|cause|bout|til|till|round|n)(?![\\p{L}\\d])|${apostrophe}\\d0s|${apostrophe}\\d\\d(?!\\d|${apostrophe})`,
      'iuy',
    ),
  ],
  ['contraction', new RegExp(`${apostrophe}t(?:is|was|were|will)(?![\\p{L}\\d])`, 'iuy')],
  ['whole', /(?:US|A|C|NZ|HK)?\$|(?<![\p{L}\d])[@#](?=\p{L})[\p{L}\d_]+/uy],
  // Letters, with what joins them to one another.
  [
    'letters',
    new RegExp(
      `${letter}+(?:(?:${apostrophe}|[\`´](?=s))${letter}+|&(?=\\p{Lu})\\p{Lu}+|[-‐‑]${letter}+)*`,
      'uy',
    ),
  ],
];

/** The kind and length of the token that begins at a position. */
function tokenAt(text: string, at: number, to: number): [Kind, number] {
  for (const [kind, pattern] of kinds) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) continue;
    const length = Math.min(trimmed(kind, match[0]), to - at);
    if (length > 0) return [kind, length];
  }
  return ['whole', grapheme(text, at, to)];
}

/** Length without the punctuation that follows an address rather than belongs to it. */
function trimmed(kind: Kind, token: string): number {
  let length = token.length;
  if (kind !== 'address') return length;
  while (length > 0) {
    const last = token[length - 1];
    const opening = { ')': '(', ']': '[', '}': '{' }[last];
    const closes = opening !== undefined && !token.includes(opening);
    if (!closes && !'.,;:!?\'’"»”'.includes(last)) break;
    length--;
  }
  return length;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const dictionary = new Intl.Segmenter('en', { granularity: 'word' });
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Most units given to a segmenter at once: each segment that it makes carries a copy of all that it was given. */
const stretch = 256;

function grapheme(text: string, at: number, to: number): number {
  if (/^[\x21-\x7e](?:[\s\x21-\x7e]|$)/.test(text.slice(at, at + 2))) return 1;
  const [first] = graphemes.segment(text.slice(at, Math.min(to, at + stretch)));
  return first.segment.length;
}

/** The words of a token that is written without blanks. */
function dictionaryRanges(token: string): Range[] {
  const words: Range[] = [];
  for (let at = 0; at < token.length;) {
    const part = token.slice(at, at + stretch);
    const segments = [...dictionary.segment(part)];
    // The last word of a part may go on in the next one.
    const whole = at + part.length < token.length && segments.length > 1 ? segments.slice(0, -1) : segments;
    for (const { index, segment } of whole) words.push([at + index, at + index + segment.length]);
    at = words[words.length - 1][1];
  }
  return words;
}

/** The words that one token is. */
function divide(kind: Kind, token: string, at: number): Range[] {
  switch (kind) {
    case 'letters':
      return divideLetters(token, at);
    case 'contraction':
      return cut(token, at, contractionCuts(token));
    case 'measure': {
      const digits = /^[+-]?[\d.,:]*\d/.exec(token)?.[0].length ?? 0;
      return isUnit(token.slice(digits)) ? cut(token, at, [digits]) : [[at, at + token.length]];
    }
    default:
      return [[at, at + token.length]];
  }
}

function divideLetters(token: string, at: number): Range[] {
  if (unspaced.test(token)) {
    return dictionaryRanges(token).map(([start, end]) => [at + start, at + end]);
  }
  return hyphenParts(token).flatMap(([start, end]) => {
    const part = token.slice(start, end);
    return cut(part, at + start, contractionCuts(part));
  });
}

/** Parts of a hyphenated compound and the hyphens between them; one part where a prefix keeps it together. */
function hyphenParts(token: string): Range[] {
  const hyphen = /[-‐‑]/g;
  const parts: Range[] = [];
  let start = 0;
  for (let match = hyphen.exec(token); match; match = hyphen.exec(token)) {
    if (start < match.index && hyphenPrefixes.has(token.slice(start, match.index).toLowerCase())) continue;
    parts.push([start, match.index], [match.index, match.index + 1]);
    start = match.index + 1;
  }
  parts.push([start, token.length]);
  return parts;
}

function cut(word: string, at: number, cuts: readonly number[]): Range[] {
  const ends = [...cuts, word.length];
  return ends.map((end, index) => [at + (index > 0 ? ends[index - 1] : 0), at + end]);
}

/**
 * Whether the dot after a word belongs to it: after abbreviations, after some words where a number follows, and after an
 * initial before a name.
 */
function takesDot(text: string, [start, end]: Range): boolean {
  if (!/^\.(?![\p{L}.])/u.test(text.slice(end, end + 3))) return false;
  const word = text.slice(start, end);
  const lower = word.toLowerCase();
  if (titles.has(lower) || abbreviations.has(lower)) return true;
  if (beforeNumbers.has(lower)) return /^\.\s?\d/.test(text.slice(end, end + 3));
  return /^\p{Lu}$/u.test(word) && word !== 'I' && /^\.\s?\p{Lu}/u.test(text.slice(end, end + 4));
}

/** `5 kg`, `5 PM`, `5 M`; but not the G of `3G`. */
function isUnit(written: string): boolean {
  return units.has(written.length > 1 || 'KMB'.includes(written) ? written.toLowerCase() : written);
}
