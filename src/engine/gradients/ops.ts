import type { NodeBuilder } from '../onnx/builder';
import { attribute, ElementType, type Attribute, type Graph } from '../onnx/graph';
import { int64Tensor, realTensor } from '../onnx/constants';
import { divided, multiplied, type Dim } from '../onnx/dims';
import type { TensorTypes } from '../onnx/types';

/** A tensor's name, or a number that takes the other operand's element type. */
export type Operand = string | number;

/** The element type in which gradients of a tensor are computed: half precision would overflow, integers stand for quantised numbers. */
export function gradientType(type: ElementType): ElementType {
  return type === ElementType.double ? ElementType.double : ElementType.float;
}

/**
 * Writes the operators that gradients are made of, and keeps track of their types and shapes. Every method gives the name of its result.
 */
export class GradientOps {
  private readonly shared = new Map<string, string>();

  constructor(
    readonly build: NodeBuilder,
    readonly types: TensorTypes,
  ) {}

  /** Any operator. Equal calls that are worth sharing should go through the methods below. */
  op(op: string, inputs: readonly string[], attributes: readonly Attribute[] = [], domain = ''): string {
    return this.ops(op, inputs, 1, attributes, domain)[0];
  }

  /** An operator with several outputs. */
  ops(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: readonly Attribute[] = [],
    domain = '',
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.build.fresh(op));
    this.types.add(this.build.node(op, inputs, outputs, attributes, domain));
    return outputs;
  }

  private once(key: string, make: () => string): string {
    const existing = this.shared.get(key);
    if (existing !== undefined) return existing;
    const name = make();
    this.shared.set(key, name);
    return name;
  }

  private operand(value: Operand, other: Operand): string {
    if (typeof value === 'string') return value;
    return this.build.scalar(
      value,
      typeof other === 'string' ? this.types.elementType(other) : ElementType.float,
    );
  }

  private binary(op: string, a: Operand, b: Operand): string {
    return this.op(op, [this.operand(a, b), this.operand(b, a)]);
  }

  add(a: Operand, b: Operand): string {
    return this.binary('Add', a, b);
  }

  sub(a: Operand, b: Operand): string {
    return this.binary('Sub', a, b);
  }

  mul(a: Operand, b: Operand): string {
    return this.binary('Mul', a, b);
  }

  div(a: Operand, b: Operand): string {
    return this.binary('Div', a, b);
  }

  pow(a: Operand, b: Operand): string {
    return this.binary('Pow', a, b);
  }

  /** Elementwise function of one tensor: `Exp`, `Neg`, `Erf` ... */
  unary(op: string, x: string): string {
    return this.op(op, [x]);
  }

  /** `Less`, `Equal` ...: a boolean tensor. */
  compare(op: string, a: Operand, b: Operand): string {
    return this.binary(op, a, b);
  }

  where(condition: string, a: Operand, b: Operand): string {
    return this.op('Where', [condition, this.operand(a, b), this.operand(b, a)]);
  }

  /** The tensor in another element type; itself where it has that type. */
  as(x: string, type: ElementType): string {
    if (this.types.elementType(x) === type) return x;
    return this.once(`cast:${type}:${x}`, () => this.op('Cast', [x], [attribute.int('to', type)]));
  }

  /** The tensor in the element type of `like`. */
  asTypeOf(x: string, like: string): string {
    return this.as(x, this.types.elementType(like));
  }

  /** Sum over axes, which stay with size 1 unless `keep` is false. */
  sum(x: string, axes: readonly number[], keep = true): string {
    return this.op('ReduceSum', [x, this.build.ints(axes)], [attribute.int('keepdims', keep ? 1 : 0)]);
  }

  /** Mean over axes, which stay with size 1. */
  mean(x: string, axes: readonly number[]): string {
    return this.op('ReduceMean', [x, this.build.ints(axes)]);
  }

  /** `alpha · a′ · b′` over the last two axes, a′ and b′ transposed where asked. Both have at least two dimensions. */
  matMul(a: string, b: string, { transA = false, transB = false, alpha = 1 } = {}): string {
    if (!transA && !transB && alpha === 1) return this.op('MatMul', [a, b]);
    if (this.types.elementType(a) === ElementType.float) {
      // onnxruntime's own operator hands the flags to the matrix product instead of moving the numbers.
      const flags = [
        attribute.int('transA', transA ? 1 : 0),
        attribute.int('transB', transB ? 1 : 0),
        attribute.float('alpha', alpha),
      ];
      return this.op('FusedMatMul', [a, b], flags, 'com.microsoft');
    }
    const product = this.op('MatMul', [transA ? this.swapLast(a) : a, transB ? this.swapLast(b) : b]);
    return alpha === 1 ? product : this.mul(product, alpha);
  }

  /** Exchanges the last two axes. */
  private swapLast(x: string): string {
    const rank = this.types.rank(x);
    const axes = Array.from({ length: rank ?? 2 }, (_, axis) => axis);
    return this.transpose(x, [...axes.slice(0, -2), axes[axes.length - 1], axes[axes.length - 2]]);
  }

  transpose(x: string, perm: readonly number[]): string {
    return this.op('Transpose', [x], [attribute.ints('perm', perm)]);
  }

  /** The shape as an int64 vector; a constant where every size is known. */
  shape(x: string): string {
    const dims = this.types.dims(x);
    if (dims?.every((dim) => typeof dim === 'number')) return this.build.ints(dims as readonly number[]);
    return this.once(`shape:${x}`, () => this.op('Shape', [x]));
  }

  /** Sizes of some axes as an int64 vector. */
  sizes(x: string, axes: readonly number[]): string {
    const dims = this.types.dims(x);
    const known = dims === undefined ? [] : axes.map((axis) => dims[axis < 0 ? axis + dims.length : axis]);
    if (known.length > 0 && known.every((dim) => typeof dim === 'number'))
      return this.build.ints(known as readonly number[]);
    return this.once(`sizes:${axes.join(',')}:${x}`, () =>
      this.op('Gather', [this.shape(x), this.build.ints(axes)]),
    );
  }

  /** How many elements of `x` go into one of `y`: a number, or a scalar of the element type of `y`. */
  ratio(x: string, y: string): Operand {
    const [all, left] = [x, y].map((tensor) => this.types.dims(tensor)?.reduce<Dim>(multiplied, 1));
    const known = all === undefined || left === undefined ? undefined : divided(all, left);
    if (typeof known === 'number') return known;
    const [countX, countY] = [x, y].map((tensor) =>
      this.once(`size:${tensor}`, () => this.op('Size', [tensor])),
    );
    return this.asTypeOf(this.op('Div', [countX, countY]), y);
  }

  reshape(x: string, shape: string): string {
    return this.op('Reshape', [x, shape], [attribute.int('allowzero', 1)]);
  }

  /** The same elements in the shape of `like`. */
  reshapeLike(x: string, like: string): string {
    return sameDims(this.types.dims(x), this.types.dims(like)) ? x : this.reshape(x, this.shape(like));
  }

  unsqueeze(x: string, axes: readonly number[]): string {
    return this.op('Unsqueeze', [x, this.build.ints(axes)]);
  }

  /** Repeats `x` along axes of size 1 (or new leading axes) to the shape of `like`. */
  expandLike(x: string, like: string): string {
    return sameDims(this.types.dims(x), this.types.dims(like)) ? x : this.op('Expand', [x, this.shape(like)]);
  }

  concat(parts: readonly string[], axis: number): string {
    return parts.length === 1 ? parts[0] : this.op('Concat', parts, [attribute.int('axis', axis)]);
  }

  /** Zeros in the shape of `like`, in the element type of its gradient. */
  zerosLike(like: string): string {
    return this.zeros(this.shape(like), gradientType(this.types.elementType(like)));
  }

  zeros(shape: string, type: ElementType): string {
    const value = type === ElementType.int64 ? int64Tensor('', [0]) : realTensor('', type, [0]);
    return this.op('ConstantOfShape', [shape], [attribute.tensor('value', value)]);
  }

  /** `0, 1, 2 ...` (int64) in the shape of `like`: where each of its elements stands. */
  positions(like: string): string {
    return this.once(`positions:${like}`, () => {
      const count = this.op('Size', [like]);
      return this.reshape(this.op('Range', [this.build.int(0), count, this.build.int(1)]), this.shape(like));
    });
  }

  /**
   * The gradient of any operator that picks elements of `x` (and repeats some): `select` is the same operator, and picks from the positions
   * instead of from the numbers; what arrives for each picked element is added up where it came from.
   */
  scatterBack(x: string, dy: string, select: (positions: string) => string): string {
    const flat = this.build.ints([-1]);
    const zeros = this.zeros(this.op('Reshape', [this.op('Size', [x]), flat]), this.types.elementType(dy));
    const from = this.op('Reshape', [select(this.positions(x)), flat]);
    const sums = this.op(
      'ScatterElements',
      [zeros, from, this.op('Reshape', [dy, flat])],
      [attribute.string('reduction', 'add')],
    );
    return this.reshape(sums, this.shape(x));
  }

  /**
   * Sums `value` over the axes along which `x` was repeated to give it: the gradient of broadcasting. Where shapes are known
   * well enough this is nothing at all or one ReduceSum, else the axes are found when the graph runs.
   */
  sumTo(value: string, x: string): string {
    const from = this.types.dims(value);
    const to = this.types.dims(x);
    if (from === undefined || to === undefined || from.length < to.length)
      return this.sumToAnyShape(value, x);
    const extra = from.length - to.length;
    const repeated: number[] = [];
    for (let axis = extra; axis < from.length; axis++) {
      const [wide, narrow] = [from[axis], to[axis - extra]];
      if (wide === narrow) continue;
      if (narrow === 1) repeated.push(axis);
      // A size other than 1 is never repeated, and nothing is repeated to size 1.
      else if (typeof narrow !== 'number' && wide !== 1) return this.sumToAnyShape(value, x);
    }
    const leading = Array.from({ length: extra }, (_, axis) => axis);
    if (repeated.length === 0) return extra === 0 ? value : this.sum(value, leading, false);
    const summed = this.sum(value, [...leading, ...repeated]);
    return extra === 0 ? summed : this.op('Squeeze', [summed, this.build.ints(leading)]);
  }

  private sumToAnyShape(value: string, x: string): string {
    const int = (number: number): string => this.build.ints([number]);
    const from = this.shape(value);
    const to = this.shape(x);
    const rank = (shape: string): string => this.op('Shape', [shape]);
    const one = attribute.tensor('value', int64Tensor('', [1]));
    const missing = this.op('Sub', [rank(from), rank(to)]);
    const padded = this.op(
      'Concat',
      [this.op('ConstantOfShape', [missing], [one]), to],
      [attribute.int('axis', 0)],
    );
    const axes = this.op('Reshape', [
      this.op('NonZero', [this.op('Not', [this.op('Equal', [from, padded])])]),
      int(-1),
    ]);
    const summed = this.op('ReduceSum', [value, axes], [attribute.int('noop_with_empty_axes', 1)]);
    return this.reshape(summed, to);
  }

  /**
   * Adds (or, where negative, takes away) elements at the borders of some axes.
   * @param amounts int64 vector: what comes in front on each of the axes, then what comes behind
   * @param axes int64 vector, counted from either end
   */
  pad(x: string, amounts: string, axes: string, rank: number): string {
    // Pad itself takes axes as well, but onnxruntime overlooks them when it moves a Transpose through it.
    const all = this.build.ints([rank]);
    const places = this.where(
      this.op('Less', [axes, this.build.ints([0])]),
      this.op('Add', [axes, all]),
      axes,
    );
    const slots = this.concat([places, this.op('Add', [places, all])], 0);
    const none = this.build.ints(Array.from({ length: 2 * rank }, () => 0));
    return this.op('Pad', [x, this.op('ScatterElements', [none, slots, amounts])]);
  }

  /** Adds gradients that arrive on several ways. */
  total(parts: readonly string[]): string {
    return parts.reduce((sum, part) => this.add(sum, part));
  }
}

function sameDims(a: readonly Dim[] | undefined, b: readonly Dim[] | undefined): boolean {
  return (
    a !== undefined && b !== undefined && a.length === b.length && a.every((dim, axis) => dim === b[axis])
  );
}

/** Adds the operator set of onnxruntime's own operators to a model that has none. */
export function importMicrosoft(opsets: Map<string, number>, graph: Graph): void {
  if (!opsets.has('com.microsoft') && graph.nodes.some((node) => node.domain === 'com.microsoft'))
    opsets.set('com.microsoft', 1);
}
