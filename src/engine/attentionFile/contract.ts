import {
  headMeasureNames,
  saliencyNames,
  type BlockName,
  type HeadMeasureName,
  type Inspection,
} from '../../protocol/inspection';
import type { ModelSummary } from '../../protocol/model';
import { softmax } from '../measures/probability';
import type { SafetensorsFile } from '../safetensorsFile';
import type { TextParser } from '../session/textParser';
import { firstTextOnly, wordsOfTokens } from '../tokens/words';
import { classPrediction, type FileContent } from './content';
import { findLayers, tokenCounts, type FileBlocks } from './layers';
import { numbersOf, stringsOf } from './metadata';
import { readOutcome } from './outcome';
import { readRow } from './rows';
import { readWords } from './words';

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
    tokens: { ...main.row, words: wordsOfTokens(firstTextOnly(main.row), words.offsets) },
    ...(main.pairText === undefined ? {} : { pairText: main.pairText }),
    ...(second === undefined
      ? {}
      : {
          pairText: second.text,
          pair: { ...second.row, words: new Int32Array(second.row.ids.length).fill(-1) },
          pairSaliency: await readSaliency(file, counts.pair ?? 0, ['saliency.decoder']),
        }),
    words,
    ...(parse === undefined ? {} : { parse }),
    ...(readOutcome(file) ?? (await classesOf(file, labels))),
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
