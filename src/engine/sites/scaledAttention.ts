import type { NodeBuilder } from '../onnx/builder';
import { attribute, ElementType } from '../onnx/graph';

/** A row that has less left than the smallest normal float32 is empty: dividing by that would leave no number. */
const leastLeft = 1.1754943508222875e-38;

/** Tensors, float32, that broadcast against the probabilities. */
export interface ScaleInputs {
  /** s: factors on the weights. */
  readonly scale: string;
  /** x: 1 where a weight becomes exactly its factor's share, 0 where it is brought back with its row. */
  readonly exact: string;
}

/**
 * The weights times their factors, every row with the sum that it had (1, or less where a learned sink takes the rest):
 *
 *     P′ = K + F · (Σ P − Σ K) / Σ F,   K = P·s·x,   F = P·s·(1 − x)
 *
 * the sums over each row. A row of which nothing but exact weights is left has nobody to give the rest to, and is brought back as a whole
 * (K = 0, F = P·s); one that has nothing left at all stays empty. Computed in float32 at least, given back in the type of P.
 * @param probabilities P [B, H, Sq, Sk] of element type `type`
 * @returns P′ [B, H, Sq, Sk]
 */
export function scaledAttention(
  build: NodeBuilder,
  probabilities: string,
  { scale, exact }: ScaleInputs,
  type: ElementType,
): string {
  const wide = type === ElementType.double ? ElementType.double : ElementType.float;
  const as = (tensor: string, from: ElementType, to: ElementType): string =>
    from === to || from === ElementType.undefined ? tensor : build.cast(tensor, to);
  const rowSum = (tensor: string): string =>
    build.op('ReduceSum', [tensor, build.ints([3])], [attribute.int('keepdims', 1)]);
  const isNothing = (sum: string): string => build.op('Less', [sum, build.scalar(leastLeft, wide)]);
  const before = as(probabilities, type, wide);
  const scaled = build.op('Mul', [before, as(scale, ElementType.float, wide)]);
  const exactly = build.op('Mul', [scaled, as(exact, ElementType.float, wide)]);
  const others = build.op('Sub', [scaled, exactly]);
  const isAlone = isNothing(rowSum(others));
  const kept = build.op('Where', [isAlone, build.scalar(0, wide), exactly]);
  const free = build.op('Where', [isAlone, scaled, others]);
  const left = rowSum(free);
  const divisor = build.op('Where', [isNothing(left), build.scalar(1, wide), left]);
  const rest = build.op('Sub', [rowSum(before), rowSum(kept)]);
  const after = build.op('Add', [kept, build.op('Mul', [build.op('Div', [free, divisor]), rest])]);
  return type === ElementType.undefined ? after : as(after, wide, type);
}
