import { codePointStarts, toUtf16 } from '../tokens/offsets';

/** A text and where each token stands in it. */
export interface PlacedTokens {
  readonly text: string;
  /** [S, 2] half-open UTF-16 ranges; −1, −1 for special tokens. */
  readonly offsets: Int32Array;
}

/** How tokenizers spell the tokens that they add: `[CLS]`, `<s>`, `<|endoftext|>`, `<start_of_turn>`. */
const specialSpelling = /^(?:\[[A-Z_]+\d*\]|<\/?[a-z_]+\d*>|<\|.*\|>)$/u;

/** A piece without the signs of its vocabulary, and whether a blank stands before it. */
interface Written {
  readonly text: string;
  readonly isAfterBlank: boolean;
}

/**
 * A text made of tokens, for files that have none: there is nothing but the vocabulary's spelling to go by, so this is for
 * display. WordPiece (`##ing`), byte-level BPE (`Ġthe`), SentencePiece (`▁the`), `</w>` and `@@` are known; other tokens are
 * words.
 */
export function composeText(pieces: readonly string[]): PlacedTokens {
  const write = writingOf(pieces);
  const offsets = new Int32Array(2 * pieces.length).fill(-1);
  let text = '';
  pieces.forEach((piece, i) => {
    if (specialSpelling.test(piece)) return;
    const written = write(piece);
    if (written.isAfterBlank && text !== '') text += ' ';
    offsets.set([text.length, text.length + written.text.length], 2 * i);
    text += written.text;
  });
  return { text, offsets };
}

function writingOf(pieces: readonly string[]): (piece: string) => Written {
  const has = (pattern: RegExp): boolean => pieces.some((piece) => pattern.test(piece));
  if (has(/^[Ġ▁]/u)) {
    return (piece) => ({
      text: piece.replace(/^[Ġ▁]/u, '').replaceAll('Ċ', '\n').replaceAll(/[Ġ▁]/gu, ' '),
      isAfterBlank: /^[Ġ▁]/u.test(piece),
    });
  }
  let isContinued = false;
  const follow = (piece: string, text: string, continues: boolean): Written => {
    const isAfterBlank = !isContinued && !piece.startsWith('##');
    isContinued = continues;
    return { text, isAfterBlank };
  };
  if (has(/<\/w>$/u)) {
    return (piece) => follow(piece, piece.replace(/<\/w>$/u, ''), !piece.endsWith('</w>'));
  }
  if (has(/.@@$/u)) return (piece) => follow(piece, piece.replace(/@@$/u, ''), piece.endsWith('@@'));
  return (piece) => follow(piece, piece.replace(/^##(?=.)/u, ''), false);
}

/**
 * Where tokens or words stand in their text, found by going through both: nothing but white space may stand between them.
 * @param written a piece as the text has it; undefined for special tokens. Default: by the spelling of the vocabulary
 * @returns [S, 2]; undefined where they cannot be found so, because the tokenizer has changed the text
 */
export function locate(
  text: string,
  pieces: readonly string[],
  written: (piece: string) => string | undefined = writtenPiece(pieces),
): Int32Array | undefined {
  const folded = text.toLowerCase();
  // Where folding changes lengths, positions would not be those of the text.
  const canFold = folded.length === text.length;
  const searched = canFold ? folded : text;
  const offsets = new Int32Array(2 * pieces.length).fill(-1);
  let at = 0;
  for (const [i, piece] of pieces.entries()) {
    const exact = written(piece);
    if (exact === undefined || exact === '') continue;
    const wanted = canFold ? exact.toLowerCase() : exact;
    while (!searched.startsWith(wanted, at) && /\s/u.test(searched.charAt(at))) at++;
    if (!searched.startsWith(wanted, at)) return undefined;
    offsets.set([at, at + wanted.length], 2 * i);
    at += wanted.length;
  }
  return /\S/u.test(text.slice(at)) ? undefined : offsets;
}

function writtenPiece(pieces: readonly string[]): (piece: string) => string | undefined {
  const write = writingOf(pieces);
  return (piece) => (specialSpelling.test(piece) ? undefined : write(piece).text);
}

/**
 * Ranges as a file has them, checked. Empty ones are those of special tokens: tokenizers give these (0, 0).
 * @param ranges [S, 2]
 * @param unit what they count: `code points`, as Python does, or UTF-16 units
 * @returns [S, 2] in UTF-16 units; the index of the first token whose range is not in the text
 */
export function checkedOffsets(
  text: string,
  ranges: Int32Array,
  unit: 'code points' | 'utf-16',
): Int32Array | number {
  const starts = unit === 'code points' ? codePointStarts(text) : undefined;
  const length = starts ? starts.length - 1 : text.length;
  const offsets = new Int32Array(ranges.length).fill(-1);
  for (let token = 0; token < ranges.length / 2; token++) {
    const [from, to] = ranges.subarray(2 * token, 2 * token + 2);
    if (from === to || (from === -1 && to === -1)) continue;
    if (from < 0 || to < from || to > length) return token;
    offsets.set([toUtf16(from, starts, text), toUtf16(to, starts, text)], 2 * token);
  }
  return offsets;
}
