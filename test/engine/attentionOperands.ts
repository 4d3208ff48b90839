import { attribute, ElementType, type Attribute } from '../../src/engine/onnx/graph';
import { given, type Draw, type Operand } from './fusedOperators';

/** Sizes of one call of an attention operator. */
export interface AttentionSizes {
  readonly batch: number;
  readonly heads: number;
  /** Features per head. */
  readonly size: number;
  readonly queries: number;
  readonly past: number;
}

export function sizesOf(draw: Draw): AttentionSizes {
  return {
    batch: draw.whole(1, 3),
    heads: draw.whole(1, 4),
    size: draw.pick([4, 8]),
    queries: draw.whole(1, 6),
    past: draw.chance() ? 0 : draw.whole(1, 5),
  };
}

/** Zeros and ones; the first key is always seen: sums with −10000 are rounded to 0.001, which rows that see nothing else would show. */
export function maskOf(draw: Draw, dims: readonly number[], type: ElementType = ElementType.int32): Operand {
  const mask = draw.wholes(dims, 0, 1, { open: dims.map((_, axis) => axis), type });
  const columns = dims[dims.length - 1];
  return { ...mask, values: mask.values.map((value, index) => (index % columns === 0 ? 1 : value)) };
}

/** One of the masks that Attention takes, by rank: none, [B], [2·B], [B, T], [B, S, T], and [B, 1] for none. */
export function anyMask(
  draw: Draw,
  { batch, queries, past }: AttentionSizes,
  isCausal: boolean,
): Operand | undefined {
  const keys = past + queries;
  switch (draw.whole(0, 5)) {
    case 1:
      return draw.wholes([batch], past === 0 ? 1 : past, keys);
    case 2: {
      const ends = Array.from({ length: batch }, () => draw.whole(1, keys));
      const starts = ends.map((end) => (isCausal ? 0 : draw.whole(0, end - 1)));
      return given(ElementType.int32, [2 * batch], [...ends, ...starts]);
    }
    case 3:
      return maskOf(draw, [batch, keys]);
    case 4:
      return maskOf(draw, [batch, queries, keys]);
    case 5:
      return given(ElementType.int32, [batch, 1], new Array<number>(batch).fill(0), []);
    default:
      return undefined;
  }
}

/** Attributes that every attention operator of onnxruntime has. */
export function commonAttributes(draw: Draw, heads: number): Attribute[] {
  const attributes = [attribute.int('num_heads', heads)];
  if (draw.chance(0.4)) attributes.push(attribute.int('unidirectional', 1));
  if (draw.chance(0.3)) attributes.push(attribute.float('scale', 0.1 + draw.uniform()));
  if (draw.chance(0.3)) attributes.push(attribute.float('mask_filter_value', draw.pick([-1, -3.4028235e38])));
  return attributes;
}

export function isCausal(attributes: readonly Attribute[]): boolean {
  return attributes.some(({ name }) => name === 'unidirectional');
}

/** Something to add to the scores, of every shape that is stretched to [B, H, S, T]; often nothing. */
export function anyBias(
  draw: Draw,
  { batch, heads, queries }: AttentionSizes,
  keys: number,
): Operand | undefined {
  if (draw.chance(0.6)) return undefined;
  return draw.floats([draw.pick([1, batch]), draw.pick([1, heads]), queries, keys], { open: [0, 2, 3] });
}
