import { resolve } from 'node:path';
import { readSafetensorsFile } from '../../src/engine/safetensors';
import type {
  HeadRef,
  Inspection,
  Parse,
  SyntaxScores,
  Thumbnails,
  TokenRow,
  WordRow,
} from '../../src/protocol/inspection';
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
const edgesPerHead = 64;

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
  const tokenAttention = ({ layer, head }: HeadRef): Tensor => {
    const start = (layer * heads + head) * size * size;
    return {
      data: Float32Array.from(scaled.subarray(start, start + size * size), (x) => x / 1e4),
      dims: [size, size],
    };
  };
  const wordAttention = (ref: HeadRef): Tensor =>
    mergeToWords(tokenAttention(ref), tokens.words, words.text.length);
  const parse: Parse = {
    heads: int('parent'),
    relations: instance.relations,
    upos: instance.words.map(() => ''),
    source: 'conllu',
  };
  const directions = [float('syntactic_dependent_to_head'), float('syntactic_head_to_dependent')] as const;
  const syntax = syntaxScores(parse, directions, wordAttention);
  const candidates = Object.entries(instance.softmax)
    .map(([label, probability]) => ({
      id: label === 'positive' ? 1 : 0,
      label,
      probability,
      logit: Math.log(probability),
    }))
    .sort((a, b) => b.probability - a.probability);
  const [predicted] = candidates;

  const inspection: Inspection = {
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
      })),
      missing: [],
      quantisation: 'none',
      contextLength: 512,
      bytes: 437_000_000,
      file: 'model.onnx',
    },
    text: instance.words.join(' '),
    start: 0,
    notes: [],
    tokens,
    words,
    parse,
    blocks: [
      {
        name: 'self',
        layers,
        heads,
        queries: 'tokens',
        keys: 'tokens',
        measures: {
          confidence: float('confidence'),
          semantic: float('published_semantic'),
          syntactic: directions[0].map((score, i) => Math.max(score, directions[1][i])),
        },
        thumbnails: thumbnails(tokenAttention),
        syntax,
      },
    ],
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
    saliency: { 'gradient-l1': float(`saliency_${instance.predicted}`) },
    timings: { load: 0, tokenize: 0, forward: 0, backward: 0, parse: 0, measures: 0, total: 0 },
  };
  return {
    inspection,
    attention: (head, level) => (level === 'word' ? wordAttention(head) : tokenAttention(head)),
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

/** Word-level attention (measures.md): to a word the sum over its pieces, from a word the mean; special tokens dropped. */
function mergeToWords({ data, dims }: Tensor, words: Int32Array, count: number): Tensor {
  const [size] = dims;
  const merged = new Float32Array(count * count);
  const pieces = new Float32Array(count);
  for (const word of words) if (word >= 0) pieces[word]++;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (words[i] >= 0 && words[j] >= 0) {
        merged[words[i] * count + words[j]] += data[i * size + j] / pieces[words[i]];
      }
    }
  }
  return { data: merged, dims: [count, count] };
}

function thumbnails(attention: (head: HeadRef) => Tensor): Thumbnails {
  const edges = new Uint16Array(layers * heads * edgesPerHead * 2);
  const weights = new Uint8Array(layers * heads * edgesPerHead);
  for (let i = 0; i < layers * heads; i++) {
    const { data, dims } = attention({ block: 'self', layer: Math.floor(i / heads), head: i % heads });
    const strongest = Array.from(data.keys())
      .sort((a, b) => data[b] - data[a])
      .slice(0, edgesPerHead);
    strongest.forEach((cell, k) => {
      const at = i * edgesPerHead + k;
      edges.set([Math.floor(cell / dims[1]), cell % dims[1]], at * 2);
      weights[at] = Math.round(data[cell] * 255);
    });
  }
  return { edges, weights, perHead: edgesPerHead };
}

/** Accuracy per relation by the definition in measures.md; the overall ones come from the fixture. */
function syntaxScores(
  parse: Parse,
  overall: readonly [Float32Array, Float32Array],
  attention: (head: HeadRef) => Tensor,
): SyntaxScores {
  const counted = parse.relations.filter((name) => name !== 'root' && name !== 'punct');
  const relations = [...new Set(counted)]
    .map((name) => ({ name, count: counted.filter((other) => other === name).length }))
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
  const byRelation = new Float32Array(relations.length * 2 * layers * heads);
  for (let i = 0; i < layers * heads; i++) {
    const { data, dims } = attention({ block: 'self', layer: Math.floor(i / heads), head: i % heads });
    const [size] = dims;
    const weight = [
      (from: number, to: number) => data[from * size + to],
      (from: number, to: number) => data[to * size + from],
    ];
    weight.forEach((of, direction) => {
      for (let word = 0; word < size; word++) {
        const relation = relations.findIndex(({ name }) => name === parse.relations[word]);
        if (relation < 0) continue;
        let best = -1;
        for (let other = 0; other < size; other++) {
          if (other !== word && (best < 0 || of(word, other) > of(word, best))) best = other;
        }
        const at = (relation * 2 + direction) * layers * heads + i;
        if (best === parse.heads[word]) byRelation[at] += 1 / relations[relation].count;
      }
    });
  }
  const both = new Float32Array(2 * layers * heads);
  both.set(overall[0]);
  both.set(overall[1], layers * heads);
  return { relations, byRelation, overall: both, baselines: baselines(parse) };
}

/** Offsets −3 to 2, as Clark 2019 has them. */
function baselines(parse: Parse): SyntaxScores['baselines'] {
  const words = parse.relations.flatMap((name, word) => (name === 'root' || name === 'punct' ? [] : [word]));
  const offsets = [-3, -2, -1, 1, 2];
  return [1, -1].map((sign) =>
    offsets
      .map((offset) => ({
        offset: offset * sign,
        accuracy: words.filter((word) => parse.heads[word] === word + offset).length / words.length,
      }))
      .reduce((best, other) => (other.accuracy > best.accuracy ? other : best)),
  );
}
