import { attribute, ElementType, type Attribute } from '../../src/engine/onnx/graph';
import { maskOf } from './attentionOperands';
import { given, sameAsFused, weight, type Draw, type FusedCall, type Operand } from './fusedOperators';

function epsilonOf(draw: Draw): Attribute[] {
  return draw.chance() ? [attribute.float('epsilon', draw.pick([1e-12, 1e-5, 0.01]))] : [];
}

/** [B, S, D] as its batch, length and width. */
function shapeOf(draw: Draw): [number, number, number] {
  return [draw.whole(1, 3), draw.whole(1, 6), draw.pick([4, 8, 20])];
}

function embedLayerNormalization(draw: Draw): FusedCall {
  const [batch, length, width] = shapeOf(draw);
  const hasSegments = draw.chance(0.7);
  const hasPositions = draw.chance(0.4);
  const table = (rows: number) => weight(draw.floats([rows, width]));
  const ids = (most: number, rows = batch) => draw.wholes([rows, length], 0, most - 1);
  return {
    op: 'EmbedLayerNormalization',
    domain: 'com.microsoft',
    attributes: epsilonOf(draw),
    inputs: [
      ids(11),
      hasSegments ? ids(2) : undefined,
      table(11),
      table(9),
      hasSegments ? table(2) : undefined,
      weight(draw.floats([width])),
      weight(draw.floats([width])),
      draw.chance() ? maskOf(draw, [batch, length]) : undefined,
      hasPositions ? ids(9, draw.pick([1, batch])) : undefined,
    ],
    outputs: draw.pick([
      [true, true],
      [true, true, true],
    ]),
  };
}

sameAsFused(
  'EmbedLayerNormalization: with and without segments, mask and positions; valid lengths and the sum before the norm',
  embedLayerNormalization,
  { count: 60 },
);

function skipLayerNormalization(draw: Draw, type: ElementType): FusedCall {
  const [batch, length, width] = shapeOf(draw);
  const isSimplified = draw.chance();
  const dims = [batch, length, width];
  const vector = () => weight(draw.floats([width], { type }));
  // The skipped branch may be shared by all texts.
  const skip = draw.pick([dims, dims, [1, length, width], [length, width]]);
  const rest: (Operand | undefined)[] = [draw.chance() ? vector() : undefined];
  return {
    op: isSimplified ? 'SkipSimplifiedLayerNormalization' : 'SkipLayerNormalization',
    domain: 'com.microsoft',
    attributes: epsilonOf(draw),
    inputs: [
      draw.floats(dims, { type }),
      draw.floats(skip, { open: skip.length === 3 ? [1] : [0], type }),
      vector(),
      ...(isSimplified ? [] : [draw.chance(0.7) ? vector() : undefined]),
      ...rest,
    ],
    outputs: [true, false, false, draw.chance()],
    outputType: type,
  };
}

sameAsFused(
  'SkipLayerNormalization and SkipSimplifiedLayerNormalization: bias, shared branch, the sum as an output',
  (draw) => skipLayerNormalization(draw, ElementType.float),
  { count: 80 },
);

sameAsFused(
  'SkipLayerNormalization and SkipSimplifiedLayerNormalization in half precision',
  (draw) => skipLayerNormalization(draw, ElementType.float16),
  { count: 30, bound: 4e-3 },
);

function rmsNormalization(draw: Draw, op: string, opset: number): FusedCall {
  const dims = shapeOf(draw);
  const axis = draw.pick([-1, -1, 2, 1]);
  return {
    op,
    domain: '',
    opset,
    attributes: [...epsilonOf(draw), attribute.int('axis', axis)],
    inputs: [
      draw.floats(dims, { open: [0] }),
      weight(draw.floats(axis === 1 && draw.chance() ? dims.slice(1) : dims.slice(2))),
    ],
    outputs: [true],
  };
}

sameAsFused('RMSNormalization of operator set 23', (draw) => rmsNormalization(draw, 'RMSNormalization', 23), {
  count: 40,
});

sameAsFused(
  'SimplifiedLayerNormalization, as onnxruntime named it before',
  (draw) => rmsNormalization(draw, 'SimplifiedLayerNormalization', 18),
  { count: 40 },
);

function rotaryOperands(draw: Draw, type: ElementType) {
  const [batch, length] = shapeOf(draw);
  const heads = draw.whole(1, 4);
  const size = draw.pick([8, 16]);
  const half = draw.chance() ? size / 2 : draw.pick([2, 4]);
  const isPartial = 2 * half !== size;
  const is4D = draw.chance();
  const x = is4D
    ? draw.floats([batch, heads, length, size], { open: [0, 2], type })
    : draw.floats([batch, length, heads * size], { type });
  const attributes = draw.chance() ? [attribute.int('interleaved', 1)] : [];
  if ((isPartial || !is4D) && (isPartial || draw.chance()))
    attributes.push(attribute.int('num_heads', heads));
  const cache = (dims: readonly number[]) => draw.floats(dims, { open: dims.length > 2 ? [0, 1] : [], type });
  return { batch, length, half, isPartial, is4D, heads, x, attributes, cache };
}

function microsoftRotaryEmbedding(draw: Draw, type: ElementType): FusedCall {
  const { batch, length, half, isPartial, x, attributes, cache } = rotaryOperands(draw, type);
  if (isPartial) attributes.push(attribute.int('rotary_embedding_dim', 2 * half));
  return {
    op: 'RotaryEmbedding',
    domain: 'com.microsoft',
    attributes,
    inputs: [
      x,
      draw.chance()
        ? given(ElementType.int64, [1], [draw.whole(0, 4)])
        : draw.wholes([batch, length], 0, 9, { type: ElementType.int64 }),
      weight(cache([12, half])),
      weight(cache([12, half])),
    ],
    outputs: [true],
  };
}

sameAsFused(
  'RotaryEmbedding of onnxruntime: halves or neighbours, part of the features, first position or all positions',
  (draw) => microsoftRotaryEmbedding(draw, ElementType.float),
  { count: 80 },
);

sameAsFused(
  'RotaryEmbedding of onnxruntime in half precision',
  (draw) => microsoftRotaryEmbedding(draw, ElementType.float16),
  { count: 30, bound: 4e-3 },
);

sameAsFused(
  'RotaryEmbedding of operator set 23: caches by position, or for every token',
  (draw): FusedCall => {
    const { batch, length, half, isPartial, is4D, heads, x, attributes, cache } = rotaryOperands(
      draw,
      ElementType.float,
    );
    const all = attributes.filter(({ name }) => name !== 'num_heads');
    if (!is4D) all.push(attribute.int('num_heads', heads));
    if (isPartial) all.push(attribute.int('rotary_embedding_dim', 2 * half));
    const isByPosition = draw.chance();
    const dims = isByPosition ? [12, half] : [batch, length, half];
    return {
      op: 'RotaryEmbedding',
      domain: '',
      opset: 23,
      attributes: all,
      inputs: [
        x,
        cache(dims),
        cache(dims),
        isByPosition ? draw.wholes([batch, length], 0, 9, { type: ElementType.int64 }) : undefined,
      ],
      outputs: [true],
    };
  },
  { count: 80 },
);

sameAsFused(
  'BiasGelu, Gelu, FastGelu and QuickGelu',
  (draw): FusedCall => {
    const [batch, length, width] = shapeOf(draw);
    const op = draw.pick(['BiasGelu', 'Gelu', 'FastGelu', 'QuickGelu']);
    const hasBias = op === 'BiasGelu' || (op === 'FastGelu' && draw.chance());
    return {
      op,
      domain: 'com.microsoft',
      attributes: op === 'QuickGelu' && draw.chance() ? [attribute.float('alpha', 1 + draw.uniform())] : [],
      inputs: [
        draw.floats([batch, length, width], { size: 4 }),
        hasBias ? weight(draw.floats([width])) : undefined,
      ],
      outputs: [true],
    };
  },
  { count: 60 },
);
