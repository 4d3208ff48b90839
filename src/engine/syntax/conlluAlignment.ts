import type { Parse, WordRow } from '../../protocol/inspection';
import { UserError } from '../errors';
import { type ConlluSentence, readConllu } from './conllu';
import { blankCharacter } from './words';

/** What {@link alignConllu} finds. */
export interface AlignedConllu {
  readonly words: WordRow;
  readonly parse: Parse;
  /** Sentences for the user: what of the CoNLL-U text could not be used. */
  readonly notes: readonly string[];
}

/**
 * Finds the words of a CoNLL-U text in a text: the text may be all of it or a part (a window), or have it as a part. White
 * space does not count, nor do the shapes of quotes and dashes, nor the treebanks' spellings of brackets and quotes.
 *
 * @returns words with ranges in `text`, those of sentences that stand in it whole. Words of one token that is not spelt as
 * they are together (French `du` = `de` `le`) divide its range in proportion to their lengths.
 * @throws UserError where the CoNLL-U text is not valid, or the two do not match
 */
export function alignConllu(text: string, conllu: string): AlignedConllu {
  const sentences = readConllu(conllu);
  for (const quotes of ['single', 'double'] as const) {
    const surface = visibleCharacters(text, quotes);
    const tokens = sentences.map((sentence) => tokensOf(sentence, quotes));
    const all = tokens.flat().map(({ characters }) => characters);
    const written = all.join('');
    // Where the CoNLL-U text begins in the text: before it (negative) where the text is a window of it.
    const inText = surface.characters.indexOf(written);
    const inConllu = inText < 0 && surface.characters !== '' ? written.indexOf(surface.characters) : -1;
    if (inText >= 0) return collect(sentences, tokens, surface, inText);
    if (inConllu >= 0) return collect(sentences, tokens, surface, -inConllu);
  }
  throw mismatch(text, sentences);
}

/** The visible characters of a text, folded so that spellings can be compared, and where each stands. */
export interface Surface {
  readonly characters: string;
  /** [n + 1] position of each character; the last entry is never a beginning. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const folded: Readonly<Record<string, string>> = {
  '’': "'",
  '‘': "'",
  '`': "'",
  '´': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '–': '-',
  '—': '-',
  '‑': '-',
  '‐': '-',
  '−': '-',
};
/** Penn Treebank's spellings of brackets. */
const brackets: Readonly<Record<string, string>> = {
  '-LRB-': '(',
  '-RRB-': ')',
  '-LSB-': '[',
  '-RSB-': ']',
  '-LCB-': '{',
  '-RCB-': '}',
};

const blank = new RegExp(blankCharacter, 'u');

/** @param quotes `double`: two single quotes are taken for a double one, as treebanks write them. */
export function visibleCharacters(text: string, quotes: 'single' | 'double'): Surface {
  const characters: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (blank.test(text[at])) continue;
    const character = folded[text[at]] ?? text[at];
    const double = quotes === 'double' && character === "'" && (folded[text[at + 1]] ?? text[at + 1]) === "'";
    characters.push(double ? '"' : character);
    starts.push(at);
    ends.push(double ? ++at + 1 : at + 1);
  }
  return { characters: characters.join(''), starts, ends };
}

/** What stands in the text as one piece: a word, or a range of words. */
export interface SurfaceToken {
  /** Folded, without white space. */
  readonly characters: string;
  /** Of the words that it is, each folded likewise. */
  readonly parts: readonly string[];
}

export function tokensOf(sentence: ConlluSentence, quotes: 'single' | 'double'): SurfaceToken[] {
  const fold = (form: string): string => visibleCharacters(brackets[form] ?? form, quotes).characters;
  const tokens: SurfaceToken[] = [];
  for (let word = 0; word < sentence.words.length;) {
    const range = sentence.ranges.find(({ first }) => first === word);
    const end = range?.end ?? word + 1;
    const parts = sentence.words.slice(word, end).map(({ form }) => fold(form));
    tokens.push({ characters: range ? fold(range.form) : parts[0], parts });
    word = end;
  }
  return tokens;
}

/** @param origin where the first character of the CoNLL-U text is among the visible characters of the text */
export function collect(
  sentences: readonly ConlluSentence[],
  tokens: readonly (readonly SurfaceToken[])[],
  surface: Surface,
  origin: number,
): AlignedConllu {
  const forms: string[] = [];
  const offsets: number[] = [];
  const numbers: number[] = [];
  const heads: number[] = [];
  const relations: string[] = [];
  const upos: string[] = [];
  let at = origin;
  let used = 0;
  sentences.forEach((sentence, index) => {
    const length = tokens[index].reduce((sum, { characters }) => sum + characters.length, 0);
    const begin = at;
    at += length;
    if (begin < 0 || at > surface.characters.length) return;
    const first = forms.length;
    for (const range of rangesOf(tokens[index], surface, begin)) offsets.push(...range);
    for (const word of sentence.words) {
      forms.push(word.form);
      numbers.push(used);
      heads.push(word.head < 0 ? -1 : first + word.head);
      relations.push(word.relation);
      upos.push(word.upos);
    }
    used++;
  });
  if (used === 0) {
    throw new UserError(
      'No sentence of the CoNLL-U text stands in the inspected text as a whole; inspect at least one whole sentence of it.',
    );
  }
  const left = sentences.length - used;
  return {
    words: { text: forms, offsets: Int32Array.from(offsets), sentences: Int32Array.from(numbers) },
    parse: { heads: Int32Array.from(heads), relations, upos, source: 'conllu' },
    notes:
      left === 0
        ? []
        : [`${used} of the ${sentences.length} sentences of the CoNLL-U text stand in the inspected text.`],
  };
}

/** Ranges in the text of the words of a sentence. */
function* rangesOf(
  tokens: readonly SurfaceToken[],
  { starts, ends }: Surface,
  begin: number,
): Generator<[number, number]> {
  let at = begin;
  for (const { characters, parts } of tokens) {
    const spelt = parts.join('');
    let done = 0;
    for (const part of parts) {
      // Spelt alike, the words are cut where they meet; else in proportion.
      const scale = spelt.length > 0 ? characters.length / spelt.length : 0;
      const from = at + Math.round(done * scale);
      const to = at + Math.round((done + part.length) * scale);
      done += part.length;
      const last = at + characters.length;
      if (to > from) yield [starts[from], ends[to - 1]];
      else {
        // A word that nothing is left for: an empty range where it would stand.
        const position = from < last ? starts[from] : (ends[last - 1] ?? starts[from] ?? 0);
        yield [position, position];
      }
    }
    at += characters.length;
  }
}

/** A sentence that says where text and CoNLL-U text part. */
function mismatch(text: string, sentences: readonly ConlluSentence[]): UserError {
  const surface = visibleCharacters(text, 'double');
  let at = 0;
  for (const sentence of sentences) {
    for (const { characters } of tokensOf(sentence, 'double')) {
      if (!surface.characters.startsWith(characters, at)) {
        const instead = text.slice(surface.starts[at] ?? text.length).trimStart();
        const found = instead === '' ? 'the text ends' : `the text has “${shorten(instead)}”`;
        return new UserError(
          `The CoNLL-U text is of another text: where it has “${characters}” (in the sentence from line ${sentence.line}), ${found}. Give the CoNLL-U of this text, or leave it out.`,
        );
      }
      at += characters.length;
    }
  }
  return new UserError(
    'The CoNLL-U text does not match the inspected text; give the CoNLL-U of this text, or leave it out.',
  );
}

function shorten(text: string): string {
  const line = text.split(/\s*[\n\r]/)[0];
  return line.length > 30 ? `${line.slice(0, 29).trimEnd()}…` : line;
}
