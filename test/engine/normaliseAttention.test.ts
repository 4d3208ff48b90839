import { attribute } from '../../src/engine/onnx/graph';
import { anyBias, anyMask, commonAttributes, isCausal, sizesOf } from './attentionOperands';
import { sameAsFused, weight, type FusedCall } from './fusedOperators';

sameAsFused(
  'Attention: packed projection, every rank of mask, past, one direction, scale, bias',
  (draw): FusedCall => {
    const sizes = sizesOf(draw);
    const { batch, heads, size, queries, past } = sizes;
    const width = draw.pick([5, 16]);
    const attributes = commonAttributes(draw, heads);
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
        anyMask(draw, sizes, isCausal(attributes)),
        past === 0 ? undefined : draw.floats([2, batch, heads, past, size], { open: [1, 3] }),
        past === 0 ? anyBias(draw, sizes, queries) : undefined,
      ],
      outputs: [true, past > 0 || (!isUneven && draw.chance())],
    };
  },
  { count: 120 },
);

sameAsFused(
  'Attention where some queries see nothing',
  (draw): FusedCall => {
    const { batch, heads, size, queries } = sizesOf(draw);
    const width = heads * size;
    const attributes = [
      attribute.int('num_heads', heads),
      attribute.float('mask_filter_value', -3.4028235e38),
      attribute.int('unidirectional', draw.whole(0, 1)),
    ];
    return {
      op: 'Attention',
      domain: 'com.microsoft',
      attributes,
      inputs: [
        draw.floats([batch, queries, width]),
        weight(draw.floats([width, 3 * width])),
        weight(draw.floats([3 * width])),
        draw.wholes(
          draw.pick([
            [batch, queries],
            [batch, queries, queries],
          ]),
          0,
          1,
        ),
      ],
      outputs: [true],
    };
  },
  { count: 60 },
);
