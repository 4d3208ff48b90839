import { NodeBuilder } from '../../src/engine/onnx/builder';
import { floatTensor } from '../../src/engine/onnx/constants';
import { attribute, ElementType, type Graph, type Model, type ValueType } from '../../src/engine/onnx/graph';

export const width = 8;
export const heads = 2;
export const headSize = width / heads;
const vocabulary = 20;

/** How an attention call is written down. */
export type Spelling =
  | 'plain'
  | 'einsum'
  | 'einsum-rows-first'
  | 'batch-and-heads-in-one-axis'
  | 'grouped'
  | 'shared-keys'
  | 'keys-times-queries'
  | 'fused-product'
  | 'scaled-operands'
  | 'soft-capped'
  | 'sink'
  | 'masked-twice';

/** Draws small transformers as graphs, with the same pseudo-random weights for the same seed. */
export class Sketch {
  readonly graph: Graph = {
    name: 'sketch',
    nodes: [],
    initializers: new Map(),
    inputs: [],
    outputs: [],
    valueTypes: new Map(),
    rest: [],
  };
  readonly build = new NodeBuilder(this.graph, 't');
  private state: number;

  constructor(seed = 1) {
    this.state = seed;
  }

  private random(): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return this.state / 2 ** 32 - 0.5;
  }

  weight(...dims: number[]): string {
    const count = dims.reduce((product, dim) => product * dim, 1);
    return this.build.constant(
      floatTensor(
        '',
        Array.from({ length: count }, () => 2 * this.random()),
        dims,
      ),
    );
  }

  input(name: string, type: number, dims: readonly (number | string)[]): string {
    const value: ValueType = { name, type, dims };
    this.graph.inputs.push(value);
    return name;
  }

  /** [B, S, D]: rows of a table. */
  embed(ids: string): string {
    return this.build.op('Gather', [
      this.weight(vocabulary, width),
      this.input(ids, ElementType.int64, ['batch', ids]),
    ]);
  }

  linear(x: string, columns = width): string {
    return this.build.op('MatMul', [x, this.weight(width, columns)]);
  }

  norm(x: string): string {
    return this.build.op('LayerNormalization', [x, this.weight(width), this.weight(width)]);
  }

  feedForward(x: string): string {
    const inner = this.build.op('Relu', [this.linear(x, 2 * width)]);
    return this.build.op('MatMul', [inner, this.weight(2 * width, width)]);
  }

  add(a: string, b: string): string {
    return this.build.op('Add', [a, b]);
  }

  /** [B, S, D] → [B, S, heads, headSize]. */
  private split(x: string, count = heads): string {
    return this.build.op('Reshape', [x, this.build.ints([0, 0, count, headSize])]);
  }

  private reshape(x: string, dims: readonly number[]): string {
    return this.build.op('Reshape', [x, this.build.ints(dims)]);
  }

  private softmax(x: string): string {
    return this.build.op('Softmax', [x], [attribute.int('axis', -1)]);
  }

  private einsum(equation: string, a: string, b: string): string {
    return this.build.op('Einsum', [a, b], [attribute.string('equation', equation)]);
  }

  /** Multi-head attention from x to memory, before the residual connection. [B, S, D] */
  attention(x: string, memory: string, spelling: Spelling = 'plain'): string {
    const { build } = this;
    const isShared = spelling === 'shared-keys';
    const projected = [
      this.linear(x),
      this.linear(memory, isShared ? headSize : width),
      this.linear(memory, isShared ? headSize : width),
    ];
    const scale = build.scalar(1 / Math.sqrt(headSize));
    if (spelling === 'einsum' || spelling === 'einsum-rows-first') {
      const [q, k, v] = projected.map((part) => this.split(part));
      const order = spelling === 'einsum' ? 'bhqk' : 'bqhk';
      const p = this.softmax(build.op('Mul', [this.einsum(`bqhd,bkhd->${order}`, q, k), scale]));
      return this.linear(this.reshape(this.einsum(`${order},bkhd->bqhd`, p, v), [0, 0, width]));
    }
    const [q, k, v] = projected.map((part, index) =>
      build.transpose(this.split(part, isShared && index > 0 ? 1 : heads), [0, 2, 1, 3]),
    );
    if (spelling === 'batch-and-heads-in-one-axis') {
      const flat = [q, k, v].map((part) =>
        build.op('Reshape', [
          part,
          build.op(
            'Concat',
            [
              build.ints([-1]),
              build.op('Slice', [build.op('Shape', [part]), build.ints([2]), build.ints([4])]),
            ],
            [attribute.int('axis', 0)],
          ),
        ]),
      );
      const p = this.softmax(
        build.op('Div', [
          build.op('MatMul', [flat[0], build.transpose(flat[1], [0, 2, 1])]),
          build.scalar(Math.sqrt(headSize)),
        ]),
      );
      const context = build.op('MatMul', [p, flat[2]]);
      return this.merge(build.op('Reshape', [context, build.op('Shape', [q])]));
    }
    if (spelling === 'grouped') {
      // One key-value head per group of one query head: the layout of grouped queries, the numbers of plain attention.
      const [queries, keys, values] = [q, k, v].map((part) => build.op('Unsqueeze', [part, build.ints([2])]));
      const p = this.softmax(
        build.op('Mul', [build.op('MatMul', [queries, build.transpose(keys, [0, 1, 2, 4, 3])]), scale]),
      );
      return this.merge(build.op('Squeeze', [build.op('MatMul', [p, values]), build.ints([2])]));
    }
    if (spelling === 'keys-times-queries') {
      const turned = build.op('MatMul', [k, build.transpose(q, [0, 1, 3, 2])]);
      const p = this.softmax(build.op('Mul', [build.transpose(turned, [0, 1, 3, 2]), scale]));
      return this.merge(build.op('MatMul', [p, v]));
    }
    if (spelling === 'fused-product') {
      const scores = build.op(
        'FusedMatMul',
        [q, k],
        [attribute.float('alpha', 1 / Math.sqrt(headSize)), attribute.int('transB', 1)],
        'com.microsoft',
      );
      return this.merge(build.op('MatMul', [this.softmax(scores), v]));
    }
    if (spelling === 'scaled-operands') {
      const root = build.scalar(headSize ** -0.25);
      const keys = build.op('Mul', [build.transpose(k, [0, 1, 3, 2]), root]);
      const p = this.softmax(build.op('MatMul', [build.op('Mul', [q, root]), keys]));
      const guarded = build.op('Where', [build.op('IsNaN', [p]), build.scalar(0), p]);
      return this.merge(build.op('MatMul', [guarded, v]));
    }
    const scores = build.op('Mul', [build.op('MatMul', [q, build.transpose(k, [0, 1, 3, 2])]), scale]);
    if (spelling === 'soft-capped') {
      const bounded = build.op('Tanh', [build.op('Div', [scores, build.scalar(5)])]);
      return this.merge(build.op('MatMul', [this.softmax(build.op('Mul', [bounded, build.scalar(5)])), v]));
    }
    if (spelling === 'sink') {
      const rows = build.op('Shape', [scores], [attribute.int('end', 3)]);
      const column = build.op('Expand', [
        this.weight(1, heads, 1, 1),
        build.op('Concat', [rows, build.ints([1])], [attribute.int('axis', 0)]),
      ]);
      const all = this.softmax(build.op('Concat', [scores, column], [attribute.int('axis', -1)]));
      const p = build.op('Slice', [all, build.ints([0]), build.ints([-1]), build.ints([-1])]);
      return this.merge(build.op('MatMul', [p, v]));
    }
    const p = this.softmax(scores);
    if (spelling !== 'masked-twice') return this.merge(build.op('MatMul', [p, v]));
    const copied = build.cast(build.op('Dropout', [p]), ElementType.float);
    const shown = build.op('Where', [build.op('Less', [copied, build.scalar(0)]), build.scalar(0), copied]);
    return this.merge(build.op('MatMul', [shown, v]));
  }

  /** [B, H, S, d] → [B, S, D], through the output projection. */
  private merge(context: string): string {
    return this.linear(this.reshape(this.build.transpose(context, [0, 2, 1, 3]), [0, 0, width]));
  }

  /** A layer with pre-norm attention and feed-forward branches; with `memory` also cross attention between them. */
  layer(x: string, { memory, spelling }: { memory?: string; spelling?: Spelling } = {}): string {
    const normed = this.norm(x);
    const attended = this.add(x, this.attention(normed, normed, spelling));
    const crossed =
      memory === undefined ? attended : this.add(attended, this.attention(this.norm(attended), memory));
    return this.add(crossed, this.feedForward(this.norm(crossed)));
  }

  model(...outputs: string[]): Model {
    this.build.appendTo();
    this.graph.outputs.push(...outputs.map((name) => ({ name, type: ElementType.float })));
    return {
      file: '',
      irVersion: 8,
      producer: '',
      opsets: new Map([
        ['', 17],
        ['com.microsoft', 1],
      ]),
      graph: this.graph,
      rest: [],
    };
  }
}
