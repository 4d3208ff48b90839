import { attribute, ElementType } from '../../src/engine/onnx/graph';
import { given, sameAsFused, weight, type Draw, type FusedCall } from './fusedOperators';

interface Wishes {
  readonly rotary?: boolean;
  readonly type?: ElementType;
}

/** A call as exporters for generation write it: packed or not, with or without past, window, soft-cap, bias and sinks. */
function anyCall(draw: Draw, { rotary = false, type = ElementType.float }: Wishes): FusedCall {
  const groups = draw.whole(1, 2);
  const heads = groups * draw.whole(1, 3);
  const size = rotary ? draw.pick([16, 32]) : draw.pick([8, 16]);
  const past = draw.chance() ? 0 : draw.whole(1, 6);
  // Several new tokens behind a past are for one text only.
  const isOneText = past > 0 && draw.chance();
  const batch = isOneText ? 1 : draw.whole(1, 3);
  const now = past > 0 && !isOneText ? 1 : draw.whole(1, 6);
  const total = past + now;
  const isPacked = draw.chance(0.3);
  const floats = (...dims: number[]) => draw.floats(dims, { type });
  const attributes = [attribute.int('num_heads', heads), attribute.int('kv_num_heads', groups)];
  if (draw.chance(0.3)) attributes.push(attribute.float('scale', 0.1 + draw.uniform()));
  if (draw.chance(0.3)) attributes.push(attribute.float('softcap', 0.5 + draw.uniform()));
  if (draw.chance(0.4)) attributes.push(attribute.int('local_window_size', draw.whole(1, 4)));
  const sink = draw.whole(0, 3);
  if (sink === 1) attributes.push(attribute.int('smooth_softmax', 1));
  if (rotary) attributes.push(attribute.int('do_rotary', 1));
  if (rotary && draw.chance()) attributes.push(attribute.int('rotary_interleaved', 1));
  const half = draw.chance() ? size / 2 : 8;
  const seen = draw.chance(0.2) ? draw.whole(1, 2) : 0;
  if (seen > 0) attributes.push(attribute.int('qk_output', seen));
  const angles = draw.floats([2 * total + 4, half], { size: 3 }).values;
  const cache = (turn: (angle: number) => number) =>
    rotary ? weight(given(type, [2 * total + 4, half], angles.map(turn))) : undefined;
  const room = past > 0 && draw.chance(0.3) ? draw.whole(1, 4) : 0;
  const buffer = () =>
    past + room === 0 && draw.chance()
      ? undefined
      : draw.floats([batch, groups, past + room, size], { open: [0, 2], type });
  const pastKey = buffer();
  const pastValue = pastKey === undefined ? undefined : draw.floats(pastKey.dims, { open: [0, 2], type });
  const positions =
    rotary && draw.chance(0.3) && total > 0
      ? draw.wholes([batch, now], 0, total + 3, { type: ElementType.int64 })
      : undefined;
  return {
    op: 'GroupQueryAttention',
    domain: 'com.microsoft',
    attributes,
    inputs: [
      floats(batch, now, (isPacked ? heads + 2 * groups : heads) * size),
      isPacked ? undefined : floats(batch, now, groups * size),
      isPacked ? undefined : floats(batch, now, groups * size),
      pastKey,
      pastValue,
      given(ElementType.int32, [batch], new Array<number>(batch).fill(total - 1)),
      given(ElementType.int32, draw.pick([[], [1]]), [total]),
      cache(Math.cos),
      cache(Math.sin),
      positions,
      draw.chance(0.3)
        ? draw.floats([draw.pick([1, batch]), draw.pick([1, heads]), now, total], { open: [0, 2, 3], type })
        : undefined,
      sink === 2 ? weight(draw.floats([heads], { type })) : undefined,
    ],
    outputs: seen > 0 ? [true, true, true, true] : [true, true, true],
  };
}

sameAsFused(
  'GroupQueryAttention: packed or not, past in a buffer, window, soft-cap, bias, sinks',
  (draw) => anyCall(draw, {}),
  { count: 100 },
);

sameAsFused(
  'GroupQueryAttention with rotary embedding: halves or neighbours, part of the features, stated positions',
  (draw) => anyCall(draw, { rotary: true }),
  { count: 100 },
);

sameAsFused(
  'GroupQueryAttention in half precision',
  (draw) => anyCall(draw, { rotary: draw.chance(), type: ElementType.float16 }),
  { count: 60, bound: 4e-3 },
);
