import type { Parse, WordRow } from '../../protocol/inspection';
import { UserError } from '../errors';
import type { SafetensorsFile } from '../safetensorsFile';
import type { TextParser } from '../session/textParser';
import { integersOf, jsonOf, stringsOf, unitOf, wholeNumbersOf } from './metadata';
import { checkedParents } from './relations';
import { checkedOffsets, locate } from './tokenText';

/** The file's own words and parse, else those that any text gets here. */
export async function readWords(
  file: SafetensorsFile,
  text: string,
  parser: TextParser,
  notes: string[],
): Promise<{ words: WordRow; parse?: Parse }> {
  const own = stringsOf(file, 'words');
  const offsets = own && placeWords(file, text, own);
  if (own === undefined || offsets === undefined) {
    if (own !== undefined)
      notes.push(
        'The file’s words could not be found in its text one after another, so they are not used, nor is its parse.',
      );
    const found = await parser.parse(text, 'auto');
    notes.push(...found.notes);
    return { words: found.words, ...(found.parse === undefined ? {} : { parse: found.parse }) };
  }
  const sentences = wholeNumbersOf(file, 'sentences', own.length) ?? new Int32Array(own.length);
  const words: WordRow = { text: own, offsets, sentences };
  const parents = await integersOf(file, 'relations.heads', own.length);
  if (parents === undefined) return { words };
  const relations = stringsOf(file, 'relations', own.length, 'the text') ?? own.map(() => 'dep');
  const upos = stringsOf(file, 'upos', own.length, 'the text') ?? own.map(() => '');
  const heads = checkedParents(file, 'relations.heads', parents);
  return { words, parse: { heads, relations, upos, source: 'file' } };
}

/** Where the words stand: as `word_offsets` say, else found one after another; undefined where they cannot be. */
function placeWords(file: SafetensorsFile, text: string, words: readonly string[]): Int32Array | undefined {
  const said = jsonOf(file, 'word_offsets');
  if (said === undefined) return locate(text, words, (word) => word);
  const ranges = Array.isArray(said) ? said.flat() : [];
  const places = Int32Array.from(ranges, Number);
  const isInOrder = places.every((place, i) => ranges[i] === place && (i < 2 || place >= places[i - 2]));
  const offsets = isInOrder && checkedOffsets(text, places, unitOf(file));
  if (places.length !== 2 * words.length || !(offsets instanceof Int32Array) || offsets.includes(-1)) {
    throw new UserError(
      `${file.path}: its metadata “word_offsets” are not a JSON list of a range [from, to] in the text for each of ${words.length} words, in order.`,
    );
  }
  return offsets;
}
