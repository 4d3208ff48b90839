import type { Parse, TokenRow, WordRow } from '../../protocol/inspection';
import { UserError } from '../errors';
import type { SafetensorsFile } from '../safetensorsFile';
import { classPrediction, type FileContent } from './content';
import { checkSize, type FileLayer } from './layers';
import { checkedStrings, integersOf, jsonOf, numbersOf } from './metadata';
import { checkedParents } from './relations';

/** Published weights are multiplied by 10⁴ and rounded. */
const unit = 1e-4;
const attention = 'attention_e4';

/** Whether a file is laid out as Dodrio's published sentences are, repacked. */
export function isDodrio(file: SafetensorsFile): boolean {
  return file.dimsOf(attention) !== undefined;
}

/**
 * One sentence as Dodrio published it: `attention_e4` [L, H, S, S] in parts of 10⁻⁴, `saliency_CLASS` [S], `piece_to_word` [S]
 * with the special tokens as first and last word, `parent` [W], and the metadata `instance` with tokens, words, relations and
 * probabilities.
 * @throws UserError where something of it is missing or does not fit
 */
export async function readDodrio(file: SafetensorsFile): Promise<FileContent> {
  const [layers, heads, size, keys] = shapeOf(file);
  const instance = jsonOf(file, 'instance');
  if (typeof instance !== 'object' || instance === null)
    throw new UserError(`${file.path} has no metadata “instance” with the tokens of the sentence.`);
  const said = instance as Readonly<Record<string, unknown>>;
  const pieces = checkedStrings(file, 'instance.tokens', said['tokens'], size, `“${attention}”`);
  const wordTexts = checkedStrings(file, 'instance.words', said['words']);
  const pieceToWord = await integersOf(file, 'piece_to_word', size);
  if (pieceToWord === undefined) throw new UserError(`${file.path} has no tensor “piece_to_word”.`);
  const words = wordRow(wordTexts);
  const tokens = tokenRow(pieces, pieceToWord, words);
  const outcome = outcomeOf(said);
  const predicted = typeof said['predicted'] === 'string' ? said['predicted'] : undefined;
  const scores = predicted === undefined ? undefined : await numbersOf(file, `saliency_${predicted}`, size);
  return {
    blocks: new Map([['self', layersOf(file, layers, heads, size, keys)]]),
    text: wordTexts.join(' '),
    tokens,
    words,
    ...(await parseOf(file, said, wordTexts.length)),
    ...outcome,
    saliency: scores === undefined ? {} : { 'gradient-l1': scores },
    measures: new Map(),
    model: {
      name: 'bert-base (Dodrio)',
      architecture: 'bert',
      task: 'classification',
      labels: (outcome?.prediction.candidates ?? []).map(({ label }) => label).sort(),
    },
    notes: ['Attention as Dodrio published it, rounded to four decimals, without padding.'],
  };
}

function shapeOf(file: SafetensorsFile): readonly number[] {
  const dims = file.dimsOf(attention) ?? [];
  if (file.typeOf(attention) !== 'U16' || dims.length !== 4 || dims.includes(0) || dims[2] !== dims[3]) {
    throw new UserError(
      `${file.path}: “${attention}” is ${file.typeOf(attention)} of shape [${dims.join(', ')}], not U16 of [layers, heads, tokens, tokens].`,
    );
  }
  checkSize(file, attention, dims[2] * dims[3], dims[0] * dims[1]);
  return dims;
}

function layersOf(
  file: SafetensorsFile,
  layers: number,
  heads: number,
  queries: number,
  keys: number,
): FileLayer[] {
  const size = queries * keys;
  return Array.from({ length: layers }, (_, layer) => ({
    heads,
    queries,
    keys,
    unit,
    read: async (head) =>
      Float32Array.from((await file.elements(attention, (layer * heads + head) * size, size)) as Uint16Array),
  }));
}

/** The words with one blank between them. */
function wordRow(text: readonly string[]): WordRow {
  const offsets = new Int32Array(2 * text.length);
  let at = 0;
  text.forEach((word, i) => {
    offsets.set([at, at + word.length], 2 * i);
    at += word.length + 1;
  });
  return { text, offsets, sentences: new Int32Array(text.length) };
}

/** @param pieceToWord [S] 0 for [CLS], words from 1, then [SEP] */
function tokenRow(pieces: readonly string[], pieceToWord: Int32Array, words: WordRow): TokenRow {
  const size = pieces.length;
  const offsets = new Int32Array(2 * size).fill(-1);
  const special = new Uint8Array(size);
  const wordOf = new Int32Array(size).fill(-1);
  let at = 0;
  pieces.forEach((piece, i) => {
    const word = pieceToWord[i] - 1;
    if (word < 0 || word >= words.text.length) {
      special[i] = 1;
      return;
    }
    if (i === 0 || word !== wordOf[i - 1]) at = words.offsets[2 * word];
    const end = Math.min(at + piece.replace(/^##(?=.)/u, '').length, words.offsets[2 * word + 1]);
    wordOf[i] = word;
    offsets.set([at, end], 2 * i);
    at = end;
  });
  return { ids: new Int32Array(size).fill(-1), pieces, offsets, special, words: wordOf };
}

async function parseOf(
  file: SafetensorsFile,
  said: Readonly<Record<string, unknown>>,
  words: number,
): Promise<{ parse?: Parse }> {
  const parents = await integersOf(file, 'parent', words);
  if (parents === undefined) return {};
  const relations = checkedStrings(file, 'instance.relations', said['relations'], words, 'the sentence');
  const heads = checkedParents(file, 'parent', parents);
  return { parse: { heads, relations, upos: relations.map(() => ''), source: 'file' } };
}

/** Dodrio published no logits; logarithms of the probabilities differ from them by a constant. */
function outcomeOf(said: Readonly<Record<string, unknown>>): ReturnType<typeof classPrediction> | undefined {
  const softmax = said['softmax'];
  if (typeof softmax !== 'object' || softmax === null) return undefined;
  const classes = Object.entries(softmax).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] >= 0 && entry[1] <= 1,
  );
  if (classes.length === 0) return undefined;
  const names = classes.map(([label]) => label).sort();
  const candidates = classes.map(([label, probability]) => ({
    id: names.indexOf(label),
    label,
    probability,
    logit: Math.log(probability),
  }));
  const predicted = said['predicted'];
  return classPrediction(candidates, typeof predicted === 'string' ? names.indexOf(predicted) : undefined);
}
