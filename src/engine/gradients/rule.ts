import type { Node } from '../onnx/graph';
import type { TensorTypes } from '../onnx/types';
import type { GradientOps } from './ops';

/** What a rule sees of the node that it differentiates. All names are names of tensors. */
export interface GradientSite {
  readonly node: Node;
  readonly ops: GradientOps;
  readonly types: TensorTypes;
  /** Gradient of the target with respect to output 0, in the output's shape. */
  readonly dy: string;
  /** The same for every output; undefined where nothing depends on it. */
  readonly dys: readonly (string | undefined)[];
  /** Norms divide by what they divided by, as if it were a constant. */
  readonly holdsDeviations: boolean;
  /** Input number `index` in the element type of gradients (float16 becomes float32). */
  x(index: number): string;
  /** Output number `index` (0 unless said otherwise) in the element type of gradients. */
  y(index?: number): string;
  /** True where an input is there (optional inputs may be left out). */
  has(index: number): boolean;
  /** The nodes that read output 0. */
  readonly readers: readonly Node[];
  /** An optional output, asked for from the node where it is not used yet. */
  demand(index: number): string;
}

/** The gradient with respect to one input; called only where it is needed. Undefined where the operator does not depend on it smoothly. */
export type InputGradient = (() => string) | undefined;

/** How to differentiate one operator, or several that differ in a letter. */
export interface GradientRule {
  /** `Softmax`, or `com.microsoft::BiasGelu` for operators of other domains. */
  readonly operators: readonly string[];
  /** The inputs were broadcast against each other: what the rule gives is summed back to each input's shape. */
  readonly broadcasts?: true;
  /** The output holds quantised numbers: gradients pass straight through its rounding, in units of the integers. */
  readonly quantises?: true;
  /** One entry for each input, in the node's order; missing entries at the end stand for none. */
  readonly gradient: (at: GradientSite) => readonly InputGradient[];
}
