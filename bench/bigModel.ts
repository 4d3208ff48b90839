import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { NodeBuilder } from '../src/engine/onnx/builder';
import { attribute, ElementType, type Graph } from '../src/engine/onnx/graph';
import { encodeModel } from '../src/engine/onnx/write';

/** How large a generated encoder is. */
export interface BigSize {
  readonly name: string;
  readonly title: string;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** About the size of the weights. */
  readonly bytes: number;
  /** Weights in `model.onnx_data` instead of inside the file, as all models over 2 GB must have them. */
  readonly isExternal: boolean;
  /** Classes that a head on the first token decides between; none: the model ends at its last hidden state. */
  readonly labels?: number;
}

export const bigSizes: readonly BigSize[] = [
  {
    name: 'base',
    title: 'BERT base, one file',
    layers: 12,
    width: 768,
    heads: 12,
    bytes: 0.44e9,
    isExternal: false,
  },
  {
    name: 'large',
    title: '28 layers of 1024, external data',
    layers: 28,
    width: 1024,
    heads: 16,
    bytes: 1.5e9,
    isExternal: true,
  },
  {
    name: 'over-2-gb',
    title: '26 layers of 1280, external data',
    layers: 26,
    width: 1280,
    heads: 20,
    bytes: 2.2e9,
    isExternal: true,
  },
];

const vocabulary = 30_522;
const positions = 512;

/** A weight that is written after the graph. */
export interface Weight {
  readonly name: string;
  readonly dims: readonly number[];
  /** What every number of it is; absent: small random numbers. */
  readonly value?: number;
}

/**
 * Writes an encoder with plain attention and pseudo-random weights; no more than one weight is in memory at a time.
 * @returns the path of model.onnx, and its weights in the order in which they lie in model.onnx_data
 */
export function writeBigModel(
  size: BigSize,
  folder: string,
): { readonly file: string; readonly weights: readonly Weight[] } {
  const { graph, weights } = encoder(size);
  const file = join(folder, 'model.onnx');
  const model = {
    file: '',
    irVersion: 8,
    producer: 'headlight-bench',
    opsets: new Map([['', 17]]),
    graph,
    rest: [],
  };
  if (size.isExternal) {
    let offset = 0;
    for (const { name, dims } of weights) {
      const length = 4 * product(dims);
      const content = { kind: 'external', location: 'model.onnx_data', offset, length } as const;
      graph.initializers.set(name, { name, type: ElementType.float, dims, content });
      offset += length;
    }
    writeParts(`${file}_data`, function* () {
      for (const weight of weights) yield* numbersOf(weight);
    });
    writeParts(file, () => [encodeModel(model)]);
    return { file, weights };
  }
  writeParts(file, function* () {
    const encoded = encodeModel(model);
    const reader = new BinaryReader(encoded);
    let graphBytes: Uint8Array = new Uint8Array();
    const others: Uint8Array[] = [];
    while (reader.pos < reader.len) {
      const start = reader.pos;
      const [field, wire] = reader.tag();
      if (field === graphField) graphBytes = Uint8Array.from(reader.bytes());
      else {
        reader.skip(wire, field);
        others.push(encoded.subarray(start, reader.pos));
      }
    }
    yield* others;
    // The weights follow the operators inside the same message, whose length must be known before.
    const heads = weights.map(headOf);
    const length = weights.reduce((sum, { dims }, index) => sum + heads[index].length + 4 * product(dims), 0);
    yield new BinaryWriter()
      .tag(graphField, WireType.LengthDelimited)
      .uint32(graphBytes.length + length)
      .finish();
    yield graphBytes;
    for (const [index, weight] of weights.entries()) {
      yield heads[index];
      yield* numbersOf(weight);
    }
  });
  return { file, weights };
}

/** ModelProto.graph */
const graphField = 7;

/** Everything of GraphProto.initializer but the numbers, which stand last in it. */
function headOf({ name, dims }: Weight): Uint8Array {
  const tensor = new BinaryWriter();
  for (const dim of dims) tensor.tag(1, WireType.Varint).int64(dim);
  tensor.tag(2, WireType.Varint).int32(ElementType.float);
  tensor.tag(8, WireType.LengthDelimited).string(name);
  tensor.tag(9, WireType.LengthDelimited).uint32(4 * product(dims));
  const head = tensor.finish();
  return new BinaryWriter()
    .tag(5, WireType.LengthDelimited)
    .uint32(head.length + 4 * product(dims))
    .raw(head)
    .finish();
}

const product = (dims: readonly number[]): number => dims.reduce((count, dim) => count * dim, 1);

function writeParts(path: string, parts: () => Iterable<Uint8Array>): void {
  const handle = openSync(path, 'w');
  try {
    for (const part of parts())
      for (let done = 0; done < part.length;) done += writeSync(handle, part, done, part.length - done);
  } finally {
    closeSync(handle);
  }
}

/** In pieces of a megabyte. What random weights are does not matter for loading, only that no page is like another. */
function* numbersOf({ dims, value }: Weight): Generator<Uint8Array> {
  const count = product(dims);
  const piece = new Float32Array(Math.min(count, 1 << 18));
  for (let done = 0; done < count; done += piece.length) {
    for (let i = 0; i < piece.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      piece[i] = value ?? (state / 2 ** 32 - 0.5) * 0.07;
    }
    const bytes = new Uint8Array(piece.buffer);
    yield bytes.subarray(0, 4 * Math.min(piece.length, count - done));
  }
}

let state = 1;

/** The operators of an encoder as exporters write it, attention in plain operators, and the weights that they read. */
function encoder({ layers, width, heads, labels }: BigSize): { graph: Graph; weights: Weight[] } {
  const graph: Graph = {
    name: 'encoder',
    nodes: [],
    initializers: new Map(),
    inputs: ['input_ids', 'attention_mask'].map((name) => ({
      name,
      type: ElementType.int64,
      dims: ['batch', 'sequence'],
    })),
    outputs: [
      labels === undefined
        ? { name: 'last_hidden_state', type: ElementType.float, dims: ['batch', 'sequence', width] }
        : { name: 'logits', type: ElementType.float, dims: ['batch', labels] },
    ],
    valueTypes: new Map(),
    rest: [],
  };
  const build = new NodeBuilder(graph, 'encoder');
  const weights: Weight[] = [];
  const weight = (name: string, dims: readonly number[], value?: number): string => {
    weights.push({ name, dims, value });
    return name;
  };
  const linear = (name: string, x: string, from: number, to: number): string =>
    build.op('Add', [
      build.op('MatMul', [x, weight(`${name}.weight`, [from, to])]),
      weight(`${name}.bias`, [to]),
    ]);
  const norm = (name: string, x: string): string =>
    build.op(
      'LayerNormalization',
      [x, weight(`${name}.weight`, [width], 1), weight(`${name}.bias`, [width], 0)],
      [attribute.int('axis', -1)],
    );
  const split = (x: string): string =>
    build.transpose(build.op('Reshape', [x, build.ints([0, 0, heads, width / heads])]), [0, 2, 1, 3]);

  const length = build.op('Gather', [build.op('Shape', ['input_ids']), build.ints([1])]);
  const places = build.op('Slice', [
    weight('positions', [positions, width]),
    build.ints([0]),
    length,
    build.ints([0]),
  ]);
  let x = norm(
    'embeddings.norm',
    build.op('Add', [build.op('Gather', [weight('tokens', [vocabulary, width]), 'input_ids']), places]),
  );
  const seen = build.cast(build.op('Unsqueeze', ['attention_mask', build.ints([1, 2])]), ElementType.float);
  const hidden = build.op('Mul', [build.op('Sub', [build.scalar(1), seen]), build.scalar(-1e9)]);
  for (let layer = 0; layer < layers; layer++) {
    const [q, k, v] = ['query', 'key', 'value'].map((name) =>
      split(linear(`${layer}.${name}`, x, width, width)),
    );
    const product = build.op('MatMul', [q, build.transpose(k, [0, 1, 3, 2])]);
    const scores = build.op('Add', [
      build.op('Div', [product, build.scalar(Math.sqrt(width / heads))]),
      hidden,
    ]);
    const probabilities = build.op('Softmax', [scores], [attribute.int('axis', -1)]);
    const context = build.transpose(build.op('MatMul', [probabilities, v]), [0, 2, 1, 3]);
    const joined = build.op('Reshape', [context, build.ints([0, 0, width])]);
    x = norm(
      `${layer}.attention.norm`,
      build.op('Add', [linear(`${layer}.output`, joined, width, width), x]),
    );
    const inner = linear(`${layer}.inner`, x, width, 4 * width);
    const gate = build.op('Erf', [build.op('Div', [inner, build.scalar(Math.SQRT2)])]);
    const gelu = build.op('Mul', [
      build.op('Mul', [inner, build.op('Add', [gate, build.scalar(1)])]),
      build.scalar(0.5),
    ]);
    x = norm(`${layer}.norm`, build.op('Add', [linear(`${layer}.outer`, gelu, 4 * width, width), x]));
  }
  if (labels === undefined) build.node('Identity', [x], ['last_hidden_state']);
  else {
    const first = build.op('Gather', [x, build.ints([0])], [attribute.int('axis', 1)]);
    const pooled = build.op('Tanh', [
      linear('pooler', build.op('Reshape', [first, build.ints([0, width])]), width, width),
    ]);
    build.node('Identity', [linear('classifier', pooled, width, labels)], ['logits']);
  }
  build.appendTo(graph);
  return { graph, weights };
}
