import { UserError } from '../errors';
import type { NodeBuilder } from '../onnx/builder';
import { attribute, ElementType, type Attribute, type Node } from '../onnx/graph';
import type { TensorTypes } from '../onnx/types';

/** How to write one fused operator in plain ones (operator set 18). */
export interface Rewrite {
  /** `com.microsoft::Attention`, or `Attention` for ONNX's own. */
  readonly operators: readonly string[];
  /** Makes every output of the node that is used, from its inputs. */
  readonly rewrite: (at: RewriteSite) => void;
}

const fractional: readonly ElementType[] = [ElementType.float, ElementType.float16, ElementType.double];

/** The node that is being rewritten, and what its parts are made with. */
export class RewriteSite {
  constructor(
    readonly node: Node,
    readonly build: NodeBuilder,
    readonly types: TensorTypes,
  ) {}

  /** Name of input number `slot`; undefined where it is left out. */
  input(slot: number): string | undefined {
    const name = this.node.inputs[slot];
    return name === undefined || name === '' ? undefined : name;
  }

  /** @throws UserError where the node lacks an input that it cannot do without */
  need(slot: number): string {
    return this.input(slot) ?? this.fail(`its input ${slot} is missing`);
  }

  wants(slot: number): boolean {
    return (this.node.outputs[slot] ?? '') !== '';
  }

  /**
   * Gives output number `slot` its value; without effect where nobody reads it. What was made here takes the output's name, so that a
   * residual sum stays the sum of two tensors for whoever looks for it.
   */
  give(slot: number, tensor: string): void {
    if (!this.wants(slot)) return;
    const output = this.node.outputs[slot];
    const isMadeHere =
      this.build.nodes.some((made) => made.outputs.includes(tensor)) && !this.node.outputs.includes(tensor);
    if (!isMadeHere) {
      this.build.node('Identity', [tensor], [output]);
      return;
    }
    for (const made of this.build.nodes) {
      made.outputs = made.outputs.map((name) => (name === tensor ? output : name));
      made.inputs = made.inputs.map((name) => (name === tensor ? output : name));
    }
  }

  /** @throws UserError where the number of dimensions is not known before a run */
  rank(tensor: string): number {
    return this.types.rank(tensor) ?? this.fail(`the shape of “${tensor}” is not stated`);
  }

  /** The size of an axis where it is known before a run. */
  size(tensor: string, axis: number): number | undefined {
    const dim = this.types.dims(tensor)?.at(axis);
    return typeof dim === 'number' ? dim : undefined;
  }

  /** What everything is computed in: the type of the first input with a fraction (integers are ids, quantised or masks); else float32. */
  get type(): ElementType {
    const types = this.node.inputs.map((input) => this.types.elementType(input));
    return types.find((type) => fractional.includes(type)) ?? ElementType.float;
  }

  fail(why: string): never {
    throw new UserError(`The operator ${this.node.op} of this model cannot be opened: ${why}.`, 'model');
  }

  // The plain operators that rewrites are made of.

  op(op: string, inputs: readonly string[], ...attributes: Attribute[]): string {
    return this.build.op(op, inputs, attributes);
  }

  number(value: number): string {
    return this.build.scalar(value, this.type);
  }

  ints(...values: number[]): string {
    return this.build.ints(values);
  }

  reshape(x: string, ...shape: number[]): string {
    return this.op('Reshape', [x, this.ints(...shape)]);
  }

  transpose(x: string, ...perm: number[]): string {
    return this.build.transpose(x, perm);
  }

  unsqueeze(x: string, ...axes: number[]): string {
    return this.op('Unsqueeze', [x, this.ints(...axes)]);
  }

  concat(axis: number, ...parts: string[]): string {
    return this.op('Concat', parts, attribute.int('axis', axis));
  }

  /** `from` and `to` (exclusive) along an axis: numbers, or names of int64 vectors of one element. */
  slice(x: string, axis: number, from: number | string, to: number | string, step = 1): string {
    const vector = (end: number | string): string => (typeof end === 'number' ? this.ints(end) : end);
    return this.op('Slice', [x, vector(from), vector(to), this.ints(axis), this.ints(step)]);
  }

  /** The size of an axis at run time: an int64 vector of one element. */
  length(x: string, axis: number): string {
    return this.op('Gather', [this.op('Shape', [x]), this.ints(axis)], attribute.int('axis', 0));
  }

  scalarOf(vector: string): string {
    return this.op('Squeeze', [vector, this.ints(0)]);
  }

  /** `from, from + 1, … to − 1` as an int64 vector; the ends are int64 vectors of one element. */
  range(from: string, to: string): string {
    return this.op('Range', [this.scalarOf(from), this.scalarOf(to), this.build.int(1)]);
  }

  split(x: string, axis: number, sizes: readonly number[]): string[] {
    return this.build.ops('Split', [x, this.ints(...sizes)], sizes.length, [attribute.int('axis', axis)]);
  }

  /** [B, S, H·d] → [B, H, S, d]. */
  splitHeads(x: string, heads: number): string {
    const width = this.size(x, 2);
    return this.transpose(this.reshape(x, 0, 0, heads, width === undefined ? -1 : width / heads), 0, 2, 1, 3);
  }

  /** [B, H, S, d] → [B, S, H·d]. */
  mergeHeads(x: string): string {
    return this.reshape(this.transpose(x, 0, 2, 1, 3), 0, 0, -1);
  }
}

/** The largest finite negative number of a floating-point type: what onnxruntime masks with where nothing else is said. */
export function lowest(type: ElementType): number {
  return type === ElementType.float16 ? -65504 : -3.4028234663852886e38;
}
