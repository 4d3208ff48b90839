import { floatOf, intOf, isMicrosoft } from '../../onnx/graph';
import type { Operand } from '../site';
import { trailing, type ProductForm } from './form';

/**
 * onnxruntime's `FusedMatMul`: alpha · op(a) · op(b), where op exchanges the last two axes (`transA`) after moving the first axis
 * behind the batch axes (`transBatchA`).
 * Source: ContribOperators.md of onnxruntime, com.microsoft.FusedMatMul.
 */
export const fusedMatMul: ProductForm = (node, context) => {
  if (!isMicrosoft(node, 'FusedMatMul', 'TransposeMatMul')) return undefined;
  const [a, b] = node.inputs;
  const operand = (tensor: string, rank: number, side: 'A' | 'B'): Operand => {
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    const [first, ...rest] = axes.slice(0, -1);
    const ordered = intOf(node, `transBatch${side}`, 0) === 1 ? [...rest, first, rank - 1] : axes;
    const [row, column] = ordered.slice(-2);
    const [rows, columns] = intOf(node, `trans${side}`, 0) === 1 ? [column, row] : [row, column];
    const batch = ordered.slice(0, -2);
    return side === 'A'
      ? { tensor, batch, free: rows, inner: columns }
      : { tensor, batch, free: columns, inner: rows };
  };
  const [rankA, rankB] = [context.rankOf(a), context.rankOf(b)];
  if (rankA < 2 || rankB < 2) return undefined;
  return {
    form: 'FusedMatMul',
    a: operand(a, rankA, 'A'),
    b: operand(b, rankB, 'B'),
    alpha: floatOf(node, 'alpha', 1),
    output: node.outputs[0],
    result: trailing(Math.max(rankA, rankB)),
  };
};
