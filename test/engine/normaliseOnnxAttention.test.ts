import { attribute, ElementType } from '../../src/engine/onnx/graph';
import { maskOf, sizesOf } from './attentionOperands';
import { sameAsFused, type Draw, type FusedCall, type Operand } from './fusedOperators';

/** A mask [S, T], [1 or H, S, T] or [1 or B, 1 or H, S, T], boolean or added. */
function anyMask(
  draw: Draw,
  type: ElementType,
  [batch, heads, rows, columns]: readonly number[],
): Operand | undefined {
  const dims = draw.pick([
    [rows, columns],
    [draw.pick([1, heads]), rows, columns],
    [draw.pick([1, batch]), draw.pick([1, heads]), rows, columns],
  ]);
  switch (draw.whole(0, 3)) {
    case 1:
    case 2:
      return maskOf(draw, dims, ElementType.bool);
    case 3:
      return draw.floats(dims, { open: dims.map((_, axis) => axis), type });
    default:
      return undefined;
  }
}

function anyCall(draw: Draw, type: ElementType, opset: number): FusedCall {
  const { batch, heads: groups, size, queries, past } = sizesOf(draw);
  const heads = groups * draw.whole(1, 3);
  const keys = draw.chance(0.6) ? queries : draw.whole(1, 7);
  const valueSize = draw.chance(0.7) ? size : size + 4;
  const is3D = draw.chance();
  const attributes = is3D ? [attribute.int('q_num_heads', heads), attribute.int('kv_num_heads', groups)] : [];
  if (draw.chance(0.4)) attributes.push(attribute.int('is_causal', 1));
  if (draw.chance(0.3)) attributes.push(attribute.float('scale', 0.1 + draw.uniform()));
  if (draw.chance(0.4)) attributes.push(attribute.float('softcap', 0.5 + draw.uniform()));
  const stage = draw.chance(0.4) ? draw.whole(0, 3) : undefined;
  if (stage !== undefined) attributes.push(attribute.int('qk_matmul_output_mode', stage));
  const operand = (count: number, length: number, features: number): Operand =>
    is3D
      ? draw.floats([batch, length, count * features], { type })
      : draw.floats([batch, count, length, features], { open: [0, 2], type });
  const all = past + keys;
  // Every query stands somewhere in its text.
  const hasLengths = opset > 23 && past === 0 && queries <= keys && draw.chance(0.6);
  return {
    op: 'Attention',
    domain: '',
    opset,
    attributes,
    inputs: [
      operand(heads, queries, size),
      operand(groups, keys, size),
      operand(groups, keys, valueSize),
      anyMask(draw, type, [batch, heads, queries, all]),
      past === 0 ? undefined : draw.floats([batch, groups, past, size], { open: [0, 2], type }),
      past === 0 ? undefined : draw.floats([batch, groups, past, valueSize], { open: [0, 2], type }),
      hasLengths ? draw.wholes([batch], queries, keys, { type: ElementType.int64 }) : undefined,
    ],
    outputs: [true, past > 0, past > 0, stage !== undefined],
  };
}

sameAsFused(
  'Attention of operator set 23: masks, past, shared keys, causal, scale, soft-cap, scores at every stage',
  (draw) => anyCall(draw, ElementType.float, 23),
  { count: 150 },
);

sameAsFused(
  'Attention of operator set 24: also padded keys of stated lengths',
  (draw) => anyCall(draw, ElementType.float, 24),
  { count: 80 },
);

sameAsFused(
  'Attention of operator set 23 in half precision',
  (draw) => anyCall(draw, ElementType.float16, 23),
  { count: 50, bound: 4e-3 },
);

sameAsFused(
  'Attention of operator set 23 where some queries see nothing',
  (draw) => {
    const call = anyCall(draw, ElementType.float, 23);
    const [queries, keys, values, , ...past] = call.inputs;
    const is3D = queries?.dims.length === 3;
    const rows = queries?.dims[is3D ? 1 : 2] ?? 0;
    const columns = (keys?.dims[is3D ? 1 : 2] ?? 0) + (past[0]?.dims[2] ?? 0);
    const mask = draw.wholes([rows, columns], 0, 1, { type: ElementType.bool });
    const row = draw.whole(0, rows - 1);
    const hiding = mask.values.map((seen, index) => (Math.floor(index / columns) === row ? 0 : seen));
    const added = {
      ...mask,
      type: ElementType.float,
      values: hiding.map((seen) => (seen - 1) * 3.4028234663852886e38),
    };
    const chosen = draw.chance() ? added : { ...mask, values: hiding };
    return { ...call, inputs: [queries, keys, values, chosen, ...past] };
  },
  { count: 60 },
);
