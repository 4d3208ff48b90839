import { integersOf, stringsOf, unitOf, wholeNumbersOf } from './metadata';
import type { TokenRow } from '../../protocol/inspection';
import { UserError } from '../errors';
import type { SafetensorsFile } from '../safetensorsFile';
import { checkedOffsets, composeText, locate } from './tokenText';

/** One token row with its text. */
export interface TextRow {
  readonly text: string;
  /** Where two texts make one row. */
  readonly pairText?: string;
  readonly row: Omit<TokenRow, 'words'>;
}

/**
 * Tokens and the text that they are of.
 * @param count number of tokens, as the attention has it
 * @param of what has so many, for sentences
 */
export async function readRow(
  file: SafetensorsFile,
  count: number,
  { prefix, of }: { readonly prefix: string; readonly of: string },
  notes: string[],
): Promise<TextRow> {
  const ids = await integersOf(file, `${prefix}input_ids`, count);
  const spelt = stringsOf(file, `${prefix}tokens`, count, of);
  if (spelt === undefined)
    notes.push(
      `The file does not say how its tokens are spelt; their ${ids ? 'numbers' : 'positions'} are shown. Add the metadata “${prefix}tokens”.`,
    );
  const pieces = spelt ?? Array.from({ length: count }, (_, i) => (ids ? `#${ids[i]}` : String(i)));
  const { offsets, ...texts } = await placeTokens(file, pieces, prefix, notes);
  const special = Uint8Array.from(pieces, (_, i) => (offsets[2 * i] < 0 ? 1 : 0));
  const { sequences, text, pairText } = texts;
  return {
    text,
    ...(pairText === undefined ? {} : { pairText }),
    row: {
      ids: ids ?? new Int32Array(count).fill(-1),
      pieces,
      offsets,
      special,
      ...(sequences === undefined ? {} : { sequences }),
    },
  };
}

interface Placed extends Pick<TextRow, 'text' | 'pairText'> {
  readonly offsets: Int32Array;
  readonly sequences?: Int8Array;
}

async function placeTokens(
  file: SafetensorsFile,
  pieces: readonly string[],
  prefix: string,
  notes: string[],
): Promise<Placed> {
  const text = file.metadata.get(`${prefix}text`);
  if (text === undefined) return composeText(pieces);
  const ranges = await integersOf(file, `${prefix}offsets`, pieces.length, 2);
  if (ranges !== undefined) return placeByRanges(file, { text, ranges, prefix });
  const found = locate(text, pieces);
  if (found !== undefined) return { text, offsets: found };
  notes.push(
    `The tokens could not be found in the file’s text, so the text is shown as its tokens spell it. Add the tensor “${prefix}offsets”.`,
  );
  return composeText(pieces);
}

/** @param ranges [S, 2] in the text, or in the second text for tokens whose sequence is 1 */
function placeByRanges(
  file: SafetensorsFile,
  { text, ranges, prefix }: { readonly text: string; readonly ranges: Int32Array; readonly prefix: string },
): Placed {
  const pairText = prefix === '' ? file.metadata.get('pair_text') : undefined;
  const sequences = pairText === undefined ? undefined : wholeNumbersOf(file, 'sequences', ranges.length / 2);
  const placed = (whose: (sequence: number) => boolean, within: string): Int32Array => {
    const own = ranges.map((at, i) => (whose(sequences?.[i >> 1] ?? 0) ? at : -1));
    const offsets = checkedOffsets(within, own, unitOf(file));
    if (typeof offsets !== 'number') return offsets;
    throw new UserError(
      `${file.path}: “${prefix}offsets” places token ${offsets} outside its text, which has ${within.length} characters.`,
    );
  };
  const first = placed((sequence) => sequence !== 1, text);
  if (pairText === undefined || sequences === undefined) return { text, offsets: first };
  const second = placed((sequence) => sequence === 1, pairText);
  return {
    text,
    pairText,
    offsets: first.map((at, i) => (at < 0 ? second[i] : at)),
    sequences: Int8Array.from(sequences),
  };
}
