import { isOnnx, type Node } from '../onnx/graph';
import type { TensorTypes } from '../onnx/types';
import { operatorName } from './unsupported';

/** Operators after which every number is a sum of multiples of the numbers before, whatever the inputs are. */
const linear = new Set([
  ...[
    'Identity',
    'Cast',
    'CastLike',
    'Dropout',
    'Neg',
    'Reshape',
    'Flatten',
    'Squeeze',
    'Unsqueeze',
    'Transpose',
  ],
  ...['Slice', 'Split', 'Concat', 'Expand', 'Tile', 'Pad', 'Gather', 'GatherND', 'Where', 'Trilu'],
  ...['Add', 'Sub', 'Sum', 'ReduceSum', 'ReduceMean', 'Mean'],
  // Rounding to integers is passed straight through.
  ...['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear'],
]);

/** The same where only the first input depends on what is asked about: the deviation of norms is held. */
const linearInFirst = new Set([
  ...[
    'Div',
    'LayerNormalization',
    'RMSNormalization',
    'SimplifiedLayerNormalization',
    'com.microsoft::MatMulNBits',
  ],
  ...['com.microsoft::SkipLayerNormalization', 'com.microsoft::SkipSimplifiedLayerNormalization'],
]);

/** The same where only one of the inputs does. */
const linearInOne = new Set([
  ...['Mul', 'MatMul', 'Gemm', 'Einsum', 'Conv', 'MatMulInteger', 'com.microsoft::FusedMatMul'],
]);

/**
 * Whether an operator hands on a change of its inputs in proportion.
 * @param slots numbers of the inputs that change
 */
export function isLinear(node: Node, slots: readonly number[]): boolean {
  const name = operatorName(node);
  if (linear.has(name)) return true;
  if (linearInFirst.has(name)) return slots.every((slot) => slot === 0);
  return linearInOne.has(name) && slots.length === 1;
}

/** Operators that make the deviation of a norm: roots of mean squares. Held fixed, a norm is linear. */
export function isDeviation(node: Node, types: TensorTypes): boolean {
  if (isOnnx(node, 'Sqrt', 'ReduceL2')) return true;
  const [exponent] = isOnnx(node, 'Pow') ? (types.constantValues(node.inputs[1]) ?? []) : [];
  return typeof exponent === 'number' && !Number.isInteger(exponent);
}
