import { resolve } from 'node:path';
import { readSafetensorsFile } from '../../src/engine/safetensors';
import { HeadAttention } from '../../src/engine/measures/headAttention';
import { wordAttention } from '../../src/engine/measures/wordAttention';
import { summariseBlocks, wordIndex } from '../../src/engine/session/summary';
import type { ModelInspection, Parse, TokenRow, WordRow } from '../../src/protocol/inspection';
import type { Numbers, Tensor } from '../../src/protocol/tensor';
import type { RecordedInspection } from './harness';

/** What the metadata of such a file say (test/fixtures/dodrio/README.md). */
interface Instance {
  readonly tokens: readonly string[];
  readonly words: readonly string[];
  readonly relations: readonly string[];
  readonly predicted: string;
  readonly softmax: Readonly<Record<string, number>>;
}

const layers = 12;
const heads = 12;

/**
 * Dodrio's published values of one sentence as an inspection: a real BERT-base of 12 × 12 heads, which is too large to
 * be a model in this repository. Dodrio published no logits; those of its two candidates are logarithms of their
 * probabilities, which differ from them by a constant.
 */
export async function readDodrio(name = 'sst2-0528'): Promise<RecordedInspection> {
  const path = resolve(__dirname, `../fixtures/dodrio/${name}.safetensors`);
  const { tensors, metadata } = await readSafetensorsFile(path);
  const instance = JSON.parse(metadata.get('instance') ?? '') as Instance;
  const float = (key: string): Float32Array => expect(tensors.get(key)?.data, Float32Array, key);
  const int = (key: string): Int32Array => expect(tensors.get(key)?.data, Int32Array, key);
  const scaled = expect(tensors.get('attention_e4')?.data, Uint16Array, 'attention_e4');

  const words = wordRow(instance.words);
  const tokens = tokenRow(instance.tokens, int('piece_to_word'), words);
  const size = instance.tokens.length;
  const perLayer = heads * size * size;
  const attentions: Tensor[] = Array.from({ length: layers }, (_, layer) => ({
    data: Float32Array.from(scaled.subarray(layer * perLayer, (layer + 1) * perLayer), (x) => x / 1e4),
    dims: [heads, size, size],
  }));
  const parse: Parse = {
    heads: int('parent'),
    relations: instance.relations,
    upos: instance.words.map(() => ''),
    source: 'conllu',
  };
  const text = instance.words.join(' ');
  const saliency = { 'gradient-l1': float(`saliency_${instance.predicted}`) };
  const blocks = summariseBlocks({
    attentions: new Map([['self', attentions]]),
    rows: { tokens },
    text,
    pairText: '',
    separatorIds: new Set(),
    words,
    parse,
    gradients: undefined,
    saliency,
    pairSaliency: undefined,
    names: undefined,
  });
  const candidates = Object.entries(instance.softmax)
    .map(([label, probability]) => ({
      id: label === 'positive' ? 1 : 0,
      label,
      probability,
      logit: Math.log(probability),
    }))
    .sort((a, b) => b.probability - a.probability);
  const [predicted] = candidates;

  const inspection: ModelInspection = {
    id: name,
    model: {
      reference: 'bert-base-sst2',
      name: 'bert-base-sst2',
      architecture: 'bert',
      task: 'classification',
      labels: ['negative', 'positive'],
      inputs: [],
      outputs: [],
      sites: Array.from({ length: layers }, (_, layer) => ({
        block: 'self',
        layer,
        heads,
        form: 'eager, mask added',
        scale: 0.125,
      })),
      missing: [],
      quantisation: 'none',
      contextLength: 512,
      bytes: 437_000_000,
      file: 'model.onnx',
    },
    text,
    start: 0,
    notes: [],
    tokens,
    words,
    parse,
    blocks,
    prediction: {
      kind: 'class',
      position: -1,
      candidates,
      entropy: -candidates.reduce((sum, { probability: p }) => sum + p * Math.log2(p), 0),
    },
    target: {
      kind: 'class',
      id: predicted.id,
      label: predicted.label,
      position: -1,
      value: predicted.logit,
      probability: predicted.probability,
    },
    saliency,
    timings: { load: 0, tokenize: 0, forward: 0, backward: 0, parse: 0, measures: 0, total: 0 },
  };
  return {
    inspection,
    attention: ({ layer, head }, level) => {
      const weights = attentions[layer].data.slice(head * size * size, (head + 1) * size * size);
      if (level === 'token') return { data: weights, dims: [size, size] };
      return wordAttention(new HeadAttention(weights, size, size), wordIndex(tokens, words.text.length));
    },
  };
}

function expect<T extends Numbers>(array: Numbers | undefined, type: new () => T, name: string): T {
  if (array instanceof type) return array;
  throw new Error(`The fixture has no tensor ${name} of the type ${type.name}.`);
}

/** The words with one blank between them. */
function wordRow(text: readonly string[]): WordRow {
  const offsets = new Int32Array(text.length * 2);
  let at = 0;
  text.forEach((word, i) => {
    offsets.set([at, at + word.length], i * 2);
    at += word.length + 1;
  });
  return { text, offsets, sentences: new Int32Array(text.length) };
}

/** @param pieceToWord [S] 0 for [CLS], words from 1, then [SEP] */
function tokenRow(pieces: readonly string[], pieceToWord: Int32Array, words: WordRow): TokenRow {
  const size = pieces.length;
  const offsets = new Int32Array(size * 2).fill(-1);
  const special = new Uint8Array(size);
  const wordOf = new Int32Array(size).fill(-1);
  let at = 0;
  pieces.forEach((piece, i) => {
    const word = pieceToWord[i] - 1;
    if (word < 0 || word >= words.text.length) {
      special[i] = 1;
      return;
    }
    if (word !== wordOf[i - 1]) at = words.offsets[word * 2];
    const length = piece.replace(/^##/, '').length;
    wordOf[i] = word;
    offsets.set([at, at + length], i * 2);
    at += length;
  });
  return { ids: new Int32Array(size), pieces, offsets, special, words: wordOf };
}
