import { attribute, ElementType } from '../../src/engine/onnx/graph';
import { anyMask, commonAttributes, isCausal, sizesOf } from './attentionOperands';
import { given, sameAsFused, weight, type Draw, type FusedCall } from './fusedOperators';

sameAsFused(
  'FusedMatMul: either side turned, factor, vectors, shared matrices',
  (draw): FusedCall => {
    const [rows, inner, columns] = [draw.whole(1, 5), draw.whole(1, 5), draw.whole(1, 5)];
    const batch = draw.pick([[], [2], [3, 2]]);
    const [transA, transB] = [draw.whole(0, 1), draw.whole(0, 1)];
    const right = draw.chance(0.3) ? [] : batch;
    const attributes = [attribute.int('transA', transA), attribute.int('transB', transB)];
    if (draw.chance()) attributes.push(attribute.float('alpha', draw.uniform() - 0.5));
    const isVector = draw.chance(0.2);
    const turned = (outer: readonly number[], a: number, b: number, isTurned: number) =>
      draw.floats([...outer, ...(isTurned === 1 ? [b, a] : [a, b])], { open: [0] });
    return {
      op: 'FusedMatMul',
      domain: 'com.microsoft',
      attributes,
      inputs: [
        isVector ? draw.floats([inner], { open: [] }) : turned(batch, rows, inner, transA),
        turned(right, inner, columns, transB),
      ],
      outputs: [true],
    };
  },
  { count: 80 },
);

/** Weights in blocks, with zero points left out, packed or as numbers. */
function matMulNBits(draw: Draw, bits: number, type: ElementType = ElementType.float): FusedCall {
  const size = draw.pick([16, 32, 64]);
  const inner = draw.pick([size, 2 * size, 3 * size + (draw.chance() ? 0 : 8)]);
  const columns = draw.pick([1, 3, 8]);
  const blocks = Math.ceil(inner / size);
  const bytes = (count: number) => Math.ceil((count * bits) / 8);
  const uint8 = (...dims: number[]) => weight(draw.wholes(dims, 0, 255, { type: ElementType.uint8 }));
  // The kernel takes numbers for zero points with 2 and 4 bits only.
  const kind = draw.pick(
    bits === 8 ? (['none', 'packed'] as const) : (['none', 'packed', 'numbers'] as const),
  );
  const attributes = [
    attribute.int('K', inner),
    attribute.int('N', columns),
    attribute.int('bits', bits),
    attribute.int('block_size', size),
  ];
  const isFlat = draw.chance();
  const points = {
    none: undefined,
    packed: isFlat ? uint8(columns * bytes(blocks)) : uint8(columns, bytes(blocks)),
    numbers: weight(draw.floats([columns, blocks], { size: 8, type })),
  };
  return {
    op: 'MatMulNBits',
    domain: 'com.microsoft',
    attributes,
    inputs: [
      draw.floats([draw.whole(1, 2), draw.whole(1, 4), inner], { type }),
      uint8(columns, blocks, bytes(size)),
      weight(draw.floats(isFlat ? [columns * blocks] : [columns, blocks], { type })),
      points[kind],
      undefined,
      draw.chance(0.4) ? weight(draw.floats([columns], { type })) : undefined,
    ],
    outputs: [true],
  };
}

for (const bits of [2, 4, 8])
  sameAsFused(
    `MatMulNBits of ${bits} bits: block sizes, zero points left out, packed or as numbers, bias`,
    (draw) => matMulNBits(draw, bits),
    { count: 50 },
  );

sameAsFused('MatMulNBits of 4 bits in half precision', (draw) => matMulNBits(draw, 4, ElementType.float16), {
  count: 30,
  bound: 4e-3,
});

sameAsFused(
  'QAttention: integers of either sign, zero points, masks, past, one direction',
  (draw): FusedCall => {
    const sizes = sizesOf(draw);
    const { batch, heads, size, queries, past } = sizes;
    const width = draw.pick([5, 16]);
    const part = heads * size;
    const attributes = commonAttributes(draw, heads);
    const integers = (type: ElementType, dims: readonly number[]) =>
      type === ElementType.int8 ? draw.wholes(dims, -64, 64, { type }) : draw.wholes(dims, 0, 255, { type });
    const point = (type: ElementType) => weight({ ...integers(type, [1]), dims: [] });
    const weightType = draw.pick([ElementType.int8, ElementType.uint8]);
    const hasPoints = draw.chance(0.7);
    const perColumn = draw.chance(0.3);
    return {
      op: 'QAttention',
      domain: 'com.microsoft',
      attributes,
      inputs: [
        integers(ElementType.uint8, [batch, queries, width]),
        weight(integers(weightType, [width, 3 * part])),
        weight(draw.floats([3 * part])),
        given(ElementType.float, [], [0.01 + 0.01 * draw.uniform()]),
        perColumn
          ? weight(draw.operand(ElementType.float, [3 * part], [], () => 0.002 + 0.01 * draw.uniform()))
          : weight(given(ElementType.float, [], [0.01])),
        anyMask(draw, sizes, isCausal(attributes)),
        hasPoints ? point(ElementType.uint8) : undefined,
        hasPoints ? point(weightType) : undefined,
        past === 0 ? undefined : draw.floats([2, batch, heads, past, size], { open: [1, 3] }),
      ],
      outputs: [true, past > 0],
    };
  },
  { count: 80 },
);
