import { intsOf, type ConstantTensor, type Graph, type Node } from '../graph';
import { broadcast, type Dim } from '../dims';
import type { TensorType } from '../types';

/** What the rules below see of a node. */
export interface Inference {
  readonly node: Node;
  readonly inputs: readonly (TensorType | undefined)[];
  unknown(): Dim;
  constant(tensor: ConstantTensor): TensorType;
  /** Types of the outputs of a body of a control-flow node. */
  bodies(body: Graph): readonly (TensorType | undefined)[];
}

export type Types = readonly (TensorType | undefined)[];

/** Types of the outputs of a node; undefined where nothing follows from its inputs. */
export type InferenceRule = (at: Inference) => Types;

/** Rules by operator; several operators that behave alike stand in one key, parted by blanks. */
export type InferenceTable = Readonly<Record<string, InferenceRule>>;

/** Shape of the result of broadcasting (ONNX, “multidirectional”). */
export function broadcastDims(
  shapes: readonly (readonly Dim[] | undefined)[],
  unknown: () => Dim,
): Dim[] | undefined {
  let result: Dim[] = [];
  for (const shape of shapes) {
    if (shape === undefined) return undefined;
    const rank = Math.max(result.length, shape.length);
    const before = result;
    result = Array.from({ length: rank }, (_, index) => {
      const a = before[index - rank + before.length] ?? 1;
      const b = shape[index - rank + shape.length] ?? 1;
      return broadcast(a, b) ?? unknown();
    });
  }
  return result;
}

/** Element type and shape of input 0. */
export const first: InferenceRule = ({ inputs }) => [
  inputs[0] && { type: inputs[0].type, dims: inputs[0].dims },
];

export const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The numbers of an integer input, if all are known. */
export function numbers(input: TensorType | undefined): readonly number[] | undefined {
  return input?.values?.every((value) => typeof value === 'number')
    ? (input.values as readonly number[])
    : undefined;
}

export const axesOf = (node: Node, input: TensorType | undefined): readonly number[] | undefined =>
  intsOf(node, 'axes') ?? numbers(input);

/** As many unknown sizes as a shape of `rank` elements says; undefined where that is no number of dimensions a tensor can have. */
export function unknownDims(rank: Dim | undefined, unknown: () => Dim): Dim[] | undefined {
  return typeof rank === 'number' && rank >= 0 && rank <= 64
    ? Array.from({ length: rank }, unknown)
    : undefined;
}
