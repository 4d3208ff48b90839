import type { Encoding, Tokenizer } from 'tokenizers';
import type { TokenRow } from '../../protocol/inspection';
import { UserError } from '../errors';
import { codePointStarts, toUtf16 } from './offsets';
import type { SpecialTokens } from './specials';

/** A text (or a pair of texts) as a model's tokenizer splits it; `S` tokens. The words come later, from the parse. */
export interface EncodedText extends Omit<TokenRow, 'words'> {
  /** [S] 0, or 1 in the second text, where the model tells the two apart. */
  readonly typeIds: Int32Array;
  /** [S] all 1: nothing is padded. */
  readonly attentionMask: Int32Array;
  /** [S] which text a token belongs to: 0 the first, 1 the pair, −1 added by the tokenizer. `offsets` are in that text. */
  readonly sequences: Int8Array;
}

export interface EncodeOptions {
  /** Default true: [CLS], [SEP], begin of text ... as the model was trained with. */
  readonly addSpecialTokens?: boolean;
}

/** A model's tokenizer: the Rust library's, with positions in UTF-16 units of the JavaScript string. */
export class ModelTokenizer {
  constructor(
    private readonly tokenizer: Tokenizer,
    readonly specials: SpecialTokens,
    /** The largest id plus one: what the model's embedding must at least have. */
    readonly vocabularySize: number,
    /** For messages: where the tokenizer came from. */
    readonly folder: string,
    /** How a chat is written for this model, in Jinja; undefined for models that do not chat. */
    readonly chatTemplate?: string,
  ) {
    // A tokenizer.json often carries the length that its author trained or served with. Here nothing is cut or
    // padded behind the user's back: texts that are too long get a window (window.ts), and the user is told.
    tokenizer.disableTruncation();
    tokenizer.disablePadding();
  }

  /**
   * Splits a text into the model's tokens.
   *
   * @param pair a second text, for models that take two (sentence pairs)
   * @returns offsets half-open in UTF-16 units, in order, inside the text; several tokens may share a range (the
   * bytes of one emoji) and a range may be empty (a word mark that stands for no character)
   * @throws UserError where the library cannot encode the text
   */
  async encode(
    text: string,
    pair?: string,
    { addSpecialTokens = true }: EncodeOptions = {},
  ): Promise<EncodedText> {
    const texts = [text, ...(pair === undefined ? [] : [pair])];
    const dropped = texts.map((part) => this.droppedAtStart(part));
    const given = texts.map((part, index) => part.slice(dropped[index]));
    let encoding: Encoding;
    try {
      encoding = await this.tokenizer.encode(given[0], given[1] ?? null, { addSpecialTokens });
    } catch (cause) {
      throw new UserError(
        `The tokenizer in ${this.folder} cannot encode this text (${reason(cause)}); try another text or model.`,
        'model',
        { cause },
      );
    }
    const special = Uint8Array.from(encoding.getSpecialTokensMask());
    return {
      ids: Int32Array.from(encoding.getIds()),
      pieces: encoding.getTokens(),
      offsets: utf16Offsets(encoding, special, given, dropped),
      special,
      typeIds: Int32Array.from(encoding.getTypeIds()),
      attentionMask: Int32Array.from(encoding.getAttentionMask()),
      sequences: sequencesOf(encoding, special),
    };
  }

  /**
   * How many control characters at the beginning of a text the normaliser drops. The library (0.23) does not count them
   * where the normaliser is a character map (T5, XLM-R), and all ranges would stand that much too early; so they are kept
   * from it. Everywhere else in a text it counts them.
   */
  private droppedAtStart(text: string): number {
    const [controls] = /^\p{Cc}*/u.exec(text) ?? [''];
    if (controls === '') return 0;
    const normalizer = this.tokenizer.getNormalizer();
    let count = 0;
    while (normalizer && count < controls.length && normalizer.normalizeString(controls[count]) === '')
      count++;
    return count;
  }

  /** As {@link encode}, of many texts at once on all cores, without what only views need. @throws UserError where one cannot be encoded */
  async encodeMany(
    texts: readonly { readonly text: string; readonly pair?: string }[],
  ): Promise<{ readonly ids: Int32Array; readonly typeIds: Int32Array }[]> {
    let encodings: Encoding[];
    try {
      encodings = await this.tokenizer.encodeBatch(
        texts.map(({ text, pair }): string | [string, string] => (pair === undefined ? text : [text, pair])),
      );
    } catch (cause) {
      throw new UserError(
        `The tokenizer in ${this.folder} cannot encode one of these texts (${reason(cause)}); try other texts or another model.`,
        'model',
        { cause },
      );
    }
    return encodings.map((encoding) => ({
      ids: Int32Array.from(encoding.getIds()),
      typeIds: Int32Array.from(encoding.getTypeIds()),
    }));
  }

  /**
   * The ids of words that are each split on their own, as parsers and taggers are trained, without special tokens.
   * A word of which nothing is left (a control character) is the unknown token, where there is one.
   */
  async encodeWords(words: readonly string[]): Promise<number[][]> {
    const encodings = await this.tokenizer.encodeBatch([...words], { addSpecialTokens: false });
    const split = encodings.map((encoding) => encoding.getIds());
    const { unk } = this.specials;
    return unk ? split.map((ids) => (ids.length > 0 ? ids : [unk.id])) : split;
  }

  /** How many tokens the tokenizer adds around one text, or around a pair. */
  async addedTokens(pair = false): Promise<number> {
    return (await this.encode('', pair ? '' : undefined)).ids.length;
  }

  /** The text that tokens stand for; of a piece in the middle of a character, U+FFFD. */
  decode(ids: ArrayLike<number>, { skipSpecialTokens = false } = {}): Promise<string> {
    return this.tokenizer.decode(Array.from(ids), skipSpecialTokens);
  }

  /** How the vocabulary writes a token; undefined for an id that it does not have. */
  pieceOf(id: number): string | undefined {
    return this.tokenizer.idToToken(id) ?? undefined;
  }

  /** The id of a piece as the vocabulary writes it (`##ing`, `Ġthe`). */
  idOf(piece: string): number | undefined {
    return this.tokenizer.tokenToId(piece) ?? undefined;
  }

  /**
   * The id of a token as a user would write it: as the vocabulary does (`Ġthe`), as it stands in a text (` the`),
   * or without its blank (`the`; then the piece that begins a word, if the vocabulary has it).
   */
  async idOfText(text: string): Promise<number | undefined> {
    const verbatim = this.idOf(text);
    if (verbatim !== undefined && text !== text.trim()) return verbatim;
    const candidates = text.startsWith(' ') ? [text] : [` ${text}`, text];
    for (const candidate of candidates) {
      const { ids } = await this.encode(candidate, undefined, { addSpecialTokens: false });
      if (ids.length === 1 && ids[0] !== this.specials.unk?.id) return ids[0];
    }
    return verbatim;
  }
}

/** The first line of an error that the library threw. */
export function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}

/** @param shifts where each text begins in the one that was asked for */
function utf16Offsets(
  encoding: Encoding,
  special: Uint8Array,
  texts: readonly string[],
  shifts: readonly number[],
): Int32Array {
  const starts = texts.map(codePointStarts);
  const sequences = encoding.getSequenceIds();
  const codePoints = encoding.getOffsets();
  const offsets = new Int32Array(codePoints.length * 2).fill(-1);
  // The library keeps ranges in order with all normalisers that we know; since everybody downstream relies on it, a
  // range that stepped back (a normaliser that moves characters) would begin where the one before it began.
  const reached = [0, 0];
  codePoints.forEach(([from, to], token) => {
    if (special[token]) return;
    const sequence = sequences[token] === 1 ? 1 : 0;
    const start = Math.max(toUtf16(from, starts[sequence], texts[sequence]), reached[sequence]);
    const end = Math.max(toUtf16(to, starts[sequence], texts[sequence]), start);
    offsets[2 * token] = shifts[sequence] + start;
    offsets[2 * token + 1] = shifts[sequence] + end;
    reached[sequence] = start;
  });
  return offsets;
}

function sequencesOf(encoding: Encoding, special: Uint8Array): Int8Array {
  return Int8Array.from(encoding.getSequenceIds(), (sequence, token) =>
    special[token] ? -1 : (sequence ?? 0),
  );
}
