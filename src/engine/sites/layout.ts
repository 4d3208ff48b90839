import type { NodeBuilder } from '../onnx/builder';
import { attribute, ElementType } from '../onnx/graph';
import type { AttentionSite, HeadTensor } from './site';

/** The end of an axis, for Slice. */
const toTheEnd = Number.MAX_SAFE_INTEGER;

const isIdentity = (order: readonly number[]): boolean => order.every((axis, index) => axis === index);

/** Writes the operators that bring the tensors of one attention site into the layouts that are given out. */
export class SiteLayout {
  constructor(
    private readonly build: NodeBuilder,
    private readonly site: AttentionSite,
    /** A tensor whose first dimension is the batch. */
    private readonly batched: string,
  ) {}

  /** [B, H, Sq, Sk] of the probabilities tensor (or another one that lies as it does). */
  probabilities(tensor: string): string {
    return this.joined(this.ordered(tensor, this.site.order), this.site.order.length);
  }

  /** Brings [B, H, Sq, Sk] back to how `like` lies. */
  asProbabilities(tensor: string, like: string): string {
    const { order, layout } = this.site;
    const ordered =
      layout === 'BHSS' ? tensor : this.build.op('Reshape', [tensor, this.shape(this.ordered(like, order))]);
    if (isIdentity(order)) return ordered;
    const back = order.map((_, axis) => order.indexOf(axis));
    return this.build.transpose(ordered, back);
  }

  /** [B, H, S, d] of queries, keys, values or context: scale taken out, shared heads repeated, float32. */
  heads({ tensor, order, isShared, undo }: HeadTensor): string {
    let result = this.ordered(tensor, order);
    if (isShared && order.length > 3 && order.length === this.site.order.length) {
      const all = this.slice(this.shape(this.ordered(this.site.probabilities, this.site.order)), 0, -2);
      const own = this.slice(this.shape(result), -2, toTheEnd);
      result = this.build.op('Expand', [result, this.concat(all, own)]);
    }
    result = this.build.cast(this.joined(result, order.length), ElementType.float);
    if (undo === undefined) return result;
    const factor = this.build.op('Reshape', [
      this.build.cast(undo.factor, ElementType.float),
      this.build.ints([1]),
    ]);
    return this.build.op(undo.op === 'Mul' ? 'Div' : 'Mul', [result, factor]);
  }

  /** Reorders axes to (batch axes ..., rows, columns). */
  private ordered(tensor: string, order: readonly number[]): string {
    return isIdentity(order) ? tensor : this.build.transpose(tensor, order);
  }

  /** Joins or splits the batch axes of (batch axes ..., rows, columns) so that there are two: batch and heads. */
  private joined(tensor: string, rank: number): string {
    if (rank === 4) return tensor;
    const matrix = this.slice(this.shape(tensor), -2, toTheEnd);
    const leading =
      rank === 2
        ? this.build.ints([1, 1])
        : this.concat(
            this.slice(this.shape(rank === 3 ? this.batched : tensor), 0, 1),
            this.build.ints([-1]),
          );
    return this.build.op('Reshape', [tensor, this.concat(leading, matrix)]);
  }

  private shape(tensor: string): string {
    return this.build.op('Shape', [tensor]);
  }

  private slice(vector: string, from: number, to: number): string {
    return this.build.op('Slice', [
      vector,
      this.build.ints([from]),
      this.build.ints([to]),
      this.build.ints([0]),
    ]);
  }

  private concat(...vectors: string[]): string {
    return this.build.op('Concat', vectors, [attribute.int('axis', 0)]);
  }
}
