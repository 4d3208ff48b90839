import {
  headMeasureNames,
  saliencyNames,
  type BlockName,
  type HeadMeasureName,
  type Inspection,
  type ModelSummary,
  type TokenRow,
  type WordRow,
  type Parse,
} from '../../protocol/inspection';
import { UserError } from '../errors';
import { softmax } from '../measures/probability';
import type { SafetensorsFile } from '../safetensorsFile';
import type { TextParser } from '../session/textParser';
import { wordsOfTokens } from '../tokens/words';
import { classPrediction, type FileContent } from './content';
import { findLayers, tokenCounts, type FileBlocks } from './layers';
import { integersOf, numbersOf, stringsOf } from './metadata';
import { readOutcome } from './outcome';
import { checkedParents } from './relations';
import { checkedOffsets, composeText, locate } from './tokenText';

/** More outcomes are those of a vocabulary, whose words a file does not have. */
const mostClasses = 1000;

const tasks: readonly ModelSummary['task'][] = [
  'classification',
  'causal-lm',
  'masked-lm',
  'seq2seq',
  'embedding',
  'image',
  'unknown',
];

/**
 * A file with the names of the headless contract and texts in its metadata (docs/attention-file.md).
 * @param parser parses English prose where the file has no parse of its own
 * @throws UserError where something in it does not fit together
 */
export async function readContract(file: SafetensorsFile, parser: TextParser): Promise<FileContent> {
  const blocks = findLayers(file);
  const counts = tokenCounts(file, blocks);
  const notes: string[] = [];
  const main = await readRow(file, counts.tokens, { prefix: '', of: 'the attention' }, notes);
  const second =
    counts.pair === undefined
      ? undefined
      : await readRow(file, counts.pair, { prefix: 'decoder_', of: 'the attention of the decoder' }, notes);
  const { words, parse } = await readWords(file, main.text, parser, notes);
  const hasTwo = counts.pair !== undefined;
  const task = tasks.find((known) => known === file.metadata.get('task')) ?? 'unknown';
  const labels = stringsOf(file, 'labels') ?? [];
  const saliency = await readSaliency(file, counts.tokens, hasTwo ? ['saliency.encoder'] : ['saliency']);
  noteUnknownSaliency(file, notes);
  return {
    blocks,
    text: main.text,
    tokens: { ...main.row, words: wordsOfTokens(main.row.offsets, words.offsets) },
    ...(second === undefined
      ? {}
      : {
          pairText: second.text,
          pair: { ...second.row, words: new Int32Array(second.row.ids.length).fill(-1) },
          pairSaliency: await readSaliency(file, counts.pair ?? 0, ['saliency.decoder']),
        }),
    words,
    ...(parse === undefined ? {} : { parse }),
    ...((await readOutcome(file)) ?? (await classesOf(file, labels))),
    saliency,
    measures: await readMeasures(file, blocks),
    model: {
      name: file.metadata.get('model') ?? '',
      architecture: file.metadata.get('architecture') ?? '',
      task,
      labels,
    },
    notes,
  };
}

/** One token row with its text. */
async function readRow(
  file: SafetensorsFile,
  count: number,
  { prefix, of }: { readonly prefix: string; readonly of: string },
  notes: string[],
): Promise<{ text: string; row: Omit<TokenRow, 'words'> }> {
  const ids = await integersOf(file, `${prefix}input_ids`, count);
  const spelt = stringsOf(file, `${prefix}tokens`, count, of);
  if (spelt === undefined)
    notes.push(
      `The file does not say how its tokens are spelt; their ${ids ? 'numbers' : 'positions'} are shown. Add the metadata “${prefix}tokens”.`,
    );
  const pieces = spelt ?? Array.from({ length: count }, (_, i) => (ids ? `#${ids[i]}` : String(i)));
  const { text, offsets } = await placeTokens(file, pieces, prefix, notes);
  const special = Uint8Array.from(pieces, (_, i) => (offsets[2 * i] < 0 ? 1 : 0));
  return { text, row: { ids: ids ?? new Int32Array(count).fill(-1), pieces, offsets, special } };
}

async function placeTokens(
  file: SafetensorsFile,
  pieces: readonly string[],
  prefix: string,
  notes: string[],
): Promise<{ text: string; offsets: Int32Array }> {
  const text = file.metadata.get(`${prefix}text`);
  if (text === undefined) return composeText(pieces);
  const ranges = await integersOf(file, `${prefix}offsets`, pieces.length, 2);
  if (ranges !== undefined) {
    const unit = file.metadata.get('offsets_unit') === 'code points' ? 'code points' : 'utf-16';
    const offsets = checkedOffsets(text, ranges, unit);
    if (typeof offsets !== 'number') return { text, offsets };
    throw new UserError(
      `${file.path}: “${prefix}offsets” places token ${offsets} outside the text, which has ${text.length} characters.`,
    );
  }
  const found = locate(text, pieces);
  if (found !== undefined) return { text, offsets: found };
  notes.push(
    `The tokens could not be found in the file’s text, so the text is shown as its tokens spell it. Add the tensor “${prefix}offsets”.`,
  );
  return composeText(pieces);
}

/** The file's own words and parse, else those that any text gets here. */
async function readWords(
  file: SafetensorsFile,
  text: string,
  parser: TextParser,
  notes: string[],
): Promise<{ words: WordRow; parse?: Parse }> {
  const own = stringsOf(file, 'words');
  const offsets = own && locate(text, own);
  if (own === undefined || offsets === undefined) {
    if (own !== undefined)
      notes.push(
        'The file’s words could not be found in its text one after another, so they are not used, nor is its parse.',
      );
    const found = await parser.parse(text, 'auto');
    notes.push(...found.notes);
    return { words: found.words, ...(found.parse === undefined ? {} : { parse: found.parse }) };
  }
  const sentences = (await integersOf(file, 'words.sentences', own.length)) ?? new Int32Array(own.length);
  const words: WordRow = { text: own, offsets, sentences };
  const parents = await integersOf(file, 'relations.heads', own.length);
  if (parents === undefined) return { words };
  const relations = stringsOf(file, 'relations', own.length, 'the text') ?? own.map(() => 'dep');
  const upos = stringsOf(file, 'upos', own.length, 'the text') ?? own.map(() => '');
  const heads = checkedParents(file, 'relations.heads', parents);
  return { words, parse: { heads, relations, upos, source: 'file' } };
}

async function readSaliency(
  file: SafetensorsFile,
  count: number,
  prefixes: readonly string[],
): Promise<Inspection['saliency']> {
  const saliency: Record<string, Float32Array> = {};
  for (const prefix of prefixes) {
    for (const name of saliencyNames) {
      const scores = await numbersOf(file, `${prefix}.${name}`, count);
      if (scores !== undefined) saliency[name] = scores;
    }
  }
  return saliency;
}

function noteUnknownSaliency(file: SafetensorsFile, notes: string[]): void {
  const known = new Set<string>(saliencyNames);
  const others = file.names
    .map((name) => /^saliency\.(?:encoder\.|decoder\.)?([^.]+)$/.exec(name)?.[1])
    .filter((name) => name !== undefined && !known.has(name));
  if (others.length > 0)
    notes.push(`Not shown: saliency by ${others.join(', ')}. Known are ${saliencyNames.join(', ')}.`);
}

/** Measures that attention alone does not give; the others are computed from it. */
async function readMeasures(file: SafetensorsFile, blocks: FileBlocks): Promise<FileContent['measures']> {
  const measures = new Map<BlockName, Partial<Record<HeadMeasureName, Float32Array>>>();
  for (const [block, layers] of blocks) {
    const prefix = blocks.size === 1 ? 'heads' : `heads.${block}`;
    const heads = Math.max(...layers.map((layer) => layer.heads));
    const found: Partial<Record<HeadMeasureName, Float32Array>> = {};
    for (const name of headMeasureNames) {
      const values = await numbersOf(file, `${prefix}.${name}`, layers.length, heads);
      if (values !== undefined) found[name] = values;
    }
    measures.set(block, found);
  }
  return measures;
}

/** Logits of classes, [C] or [1, C], as a prediction. */
async function classesOf(
  file: SafetensorsFile,
  labels: readonly string[],
): Promise<ReturnType<typeof classPrediction> | undefined> {
  const dims = (file.dimsOf('logits') ?? []).filter((size, axis) => axis > 0 || size !== 1);
  if (dims.length !== 1 || dims[0] < 1 || dims[0] > mostClasses) return undefined;
  const logits = await numbersOf(file, 'logits', ...(file.dimsOf('logits') ?? []));
  if (logits === undefined || !logits.every(Number.isFinite)) return undefined;
  const probabilities = softmax(logits);
  const candidates = Array.from(logits, (logit, id) => ({
    id,
    label: labels[id] ?? `class ${id}`,
    logit,
    probability: probabilities[id],
  }));
  const named = file.metadata.get('target');
  const explained = candidates.find(({ id, label }) => label === named || String(id) === named)?.id;
  return classPrediction(candidates, explained);
}
