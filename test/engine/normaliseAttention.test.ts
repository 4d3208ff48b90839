import { attribute, ElementType, type Attribute } from '../../src/engine/onnx/graph';
import { given, sameAsFused, weight, type Draw, type FusedCall, type Operand } from './fusedOperators';

/** Sizes of one call. */
interface Sizes {
  readonly batch: number;
  readonly heads: number;
  readonly size: number;
  readonly queries: number;
  readonly past: number;
}

function sizesOf(draw: Draw): Sizes {
  return {
    batch: draw.whole(1, 3),
    heads: draw.whole(1, 4),
    size: draw.pick([4, 8]),
    queries: draw.whole(1, 6),
    past: draw.chance() ? 0 : draw.whole(1, 5),
  };
}

/** Zeros and ones; the first key is always seen: sums with −10000 are rounded to 0.001, which rows that see nothing else would show. */
function maskOf(draw: Draw, dims: readonly number[]): Operand {
  const mask = draw.wholes(dims, 0, 1, { open: dims.map((_, axis) => axis) });
  const columns = dims[dims.length - 1];
  return { ...mask, values: mask.values.map((value, index) => (index % columns === 0 ? 1 : value)) };
}

/** One of the masks that Attention takes, by rank: none, [B], [2·B], [B, T], [B, S, T], and [B, 1] or [1, 1] for none. */
function anyMask(draw: Draw, { batch, queries, past }: Sizes, isCausal: boolean): Operand | undefined {
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
function common(draw: Draw, heads: number): Attribute[] {
  const attributes = [attribute.int('num_heads', heads)];
  if (draw.chance(0.4)) attributes.push(attribute.int('unidirectional', 1));
  if (draw.chance(0.3)) attributes.push(attribute.float('scale', 0.1 + draw.uniform()));
  if (draw.chance(0.3)) attributes.push(attribute.float('mask_filter_value', draw.pick([-1, -3.4028235e38])));
  return attributes;
}

function anyBias(draw: Draw, { batch, heads, queries, past }: Sizes): Operand | undefined {
  if (draw.chance(0.6)) return undefined;
  return draw.floats([draw.pick([1, batch]), draw.pick([1, heads]), queries, past + queries], {
    open: [0, 2, 3],
  });
}

sameAsFused(
  'Attention: packed projection, every rank of mask, past, one direction, scale, bias',
  (draw): FusedCall => {
    const sizes = sizesOf(draw);
    const { batch, heads, size, queries, past } = sizes;
    const width = draw.pick([5, 16]);
    const attributes = common(draw, heads);
    // Values may be of another size than queries and keys, where no past is kept.
    const isUneven = past === 0 && draw.chance(0.3);
    const parts = isUneven
      ? [heads * size, heads * size, heads * (size + 2)]
      : [1, 1, 1].map(() => heads * size);
    if (isUneven || draw.chance(0.2)) attributes.push(attribute.ints('qkv_hidden_sizes', parts));
    const sum = parts[0] + parts[1] + parts[2];
    return {
      op: 'Attention',
      domain: 'com.microsoft',
      attributes,
      inputs: [
        draw.floats([batch, queries, width]),
        weight(draw.floats([width, sum])),
        weight(draw.floats([sum])),
        anyMask(
          draw,
          sizes,
          attributes.some(({ name }) => name === 'unidirectional'),
        ),
        past === 0 ? undefined : draw.floats([2, batch, heads, past, size], { open: [1, 3] }),
        past === 0 ? anyBias(draw, sizes) : undefined,
      ],
      outputs: [true, past > 0 || (!isUneven && draw.chance())],
    };
  },
  { count: 120 },
);
