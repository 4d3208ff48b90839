import type { Inspection, ModelInspection, Parse } from '../../src/protocol/inspection';
import type { Tensor } from '../../src/protocol/tensor';
import type { RecordedInspection } from './harness';

/** Weight that every word gives to the same word of the next text, in {@link joined}. */
export const bridge = 0.2;

/**
 * Several recorded texts as the sentences of one: attention inside a sentence is the recorded one times 1 − bridge; what
 * is left goes to the same place in the next sentence (from the last to the first), so that sentences have to do with
 * each other. Special tokens stay with their sentence.
 */
export function joined(texts: readonly RecordedInspection[]): RecordedInspection {
  const parts = texts.map(({ inspection }) => inspection);
  const tokens = startsOf(parts.map((part) => part.tokens.pieces.length));
  const words = startsOf(parts.map((part) => part.words.text.length));
  const characters = startsOf(parts.map((part) => part.text.length + 1));
  const [first] = parts;
  const shift = (array: Int32Array, by: number) => array.map((value) => (value < 0 ? value : value + by));
  const inspection: ModelInspection = {
    ...first,
    id: `${first.id} × ${parts.length}`,
    text: parts.map((part) => part.text).join(' '),
    tokens: {
      ids: joinInts(parts.map((part) => part.tokens.ids)),
      pieces: parts.flatMap((part) => part.tokens.pieces),
      offsets: joinInts(parts.map((part, i) => shift(part.tokens.offsets, characters[i]))),
      special: Uint8Array.from(parts.flatMap((part) => [...part.tokens.special])),
      words: joinInts(parts.map((part, i) => shift(part.tokens.words, words[i]))),
    },
    words: {
      text: parts.flatMap((part) => part.words.text),
      offsets: joinInts(parts.map((part, i) => shift(part.words.offsets, characters[i]))),
      sentences: joinInts(parts.map((part, i) => new Int32Array(part.words.text.length).fill(i))),
    },
    parse: joinParses(parts, words),
    // The recorded scores are of one part.
    blocks: first.blocks.map((block) => ({ ...block, syntax: undefined })),
    saliency: {
      'gradient-l1': Float32Array.from(parts.flatMap((part) => [...(part.saliency['gradient-l1'] ?? [])])),
    },
  };
  return {
    inspection,
    attention: (head, level) =>
      joinAttention(
        texts.map((text) => text.attention(head, level)),
        level === 'word' ? words : tokens,
      ),
  };
}

/** Where each part begins, and where the last one ends. */
function startsOf(lengths: readonly number[]): number[] {
  const starts = [0];
  for (const length of lengths) starts.push(starts[starts.length - 1] + length);
  return starts;
}

function joinInts(arrays: readonly Int32Array[]): Int32Array {
  return Int32Array.from(arrays.flatMap((array) => [...array]));
}

function joinParses(parts: readonly Inspection[], words: readonly number[]): Parse | undefined {
  const parses = parts.flatMap(({ parse }) => (parse ? [parse] : []));
  if (parses.length < parts.length) return undefined;
  return {
    heads: joinInts(parses.map((parse, i) => parse.heads.map((head) => (head < 0 ? head : head + words[i])))),
    relations: parses.flatMap((parse) => parse.relations),
    upos: parses.flatMap((parse) => parse.upos),
    source: 'conllu',
  };
}

function joinAttention(parts: readonly Tensor[], starts: readonly number[]): Tensor {
  const size = starts[parts.length];
  const data = new Float32Array(size * size);
  parts.forEach((part, p) => {
    const next = (p + 1) % parts.length;
    const [length] = part.dims;
    for (let i = 0; i < length; i++) {
      const row = (starts[p] + i) * size;
      for (let j = 0; j < length; j++) data[row + starts[p] + j] = part.data[i * length + j] * (1 - bridge);
      data[row + starts[next] + Math.min(i, parts[next].dims[0] - 1)] += bridge;
    }
  });
  return { data, dims: [size, size] };
}
