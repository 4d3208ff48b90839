import type { NodeBuilder } from '../onnx/builder';
import { attribute, ElementType } from '../onnx/graph';

/** A row that has less left than the smallest normal float32 is empty: dividing by that would leave no number. */
const leastLeft = 1.1754943508222875e-38;

/**
 * P′ = P·s · Σ P / Σ P·s, the sums over each row: the weights times their factors, every row with the sum that it had (1, or less where a
 * learned sink takes the rest). A row that has nothing left stays empty. Computed in float32 at least, given back in the type of P.
 * @param probabilities P [B, H, Sq, Sk] of element type `type`
 * @param scale s, float32, that broadcasts against P
 * @returns P′ [B, H, Sq, Sk]
 */
export function scaledAttention(
  build: NodeBuilder,
  probabilities: string,
  scale: string,
  type: ElementType,
): string {
  const wide = type === ElementType.double ? ElementType.double : ElementType.float;
  const as = (tensor: string, from: ElementType, to: ElementType): string =>
    from === to || from === ElementType.undefined ? tensor : build.cast(tensor, to);
  const rowSum = (tensor: string): string =>
    build.op('ReduceSum', [tensor, build.ints([3])], [attribute.int('keepdims', 1)]);
  const before = as(probabilities, type, wide);
  const scaled = build.op('Mul', [before, as(scale, ElementType.float, wide)]);
  const left = rowSum(scaled);
  const isEmpty = build.op('Less', [left, build.scalar(leastLeft, wide)]);
  const divisor = build.op('Where', [isEmpty, build.scalar(1, wide), left]);
  const after = build.op('Mul', [build.op('Div', [scaled, divisor]), rowSum(before)]);
  return type === ElementType.undefined ? after : as(after, wide, type);
}
