import { attribute, ElementType } from '../../src/engine/onnx/graph';
import { anyBias, commonAttributes, maskOf, sizesOf } from './attentionOperands';
import { given, sameAsFused, weight, type FusedCall } from './fusedOperators';

sameAsFused(
  'MultiHeadAttention: self and cross, finished keys, biases, masks, past, one direction, scale',
  (draw): FusedCall => {
    const sizes = sizesOf(draw);
    const { batch, heads, size, queries } = sizes;
    const width = heads * size;
    // Keys of the same text, of another text, or finished ones [B, H, L, d] of another text.
    const kind = draw.pick(['self', 'self', 'cross', 'finished'] as const);
    const past = kind === 'self' ? sizes.past : 0;
    const keys = kind === 'self' ? queries : draw.whole(1, 7);
    const valueSize = kind === 'finished' || past > 0 || draw.chance(0.7) ? size : size + 2;
    const attributes = commonAttributes(draw, heads).filter(
      ({ name }) => kind === 'self' || name !== 'unidirectional',
    );
    const hasBias = kind !== 'finished' && draw.chance(0.4);
    const all = past + keys;
    return {
      op: 'MultiHeadAttention',
      domain: 'com.microsoft',
      attributes,
      inputs: [
        draw.floats([batch, queries, width]),
        kind === 'finished'
          ? draw.floats([batch, heads, keys, size], { open: [0, 2] })
          : draw.floats([batch, keys, width]),
        kind === 'finished'
          ? draw.floats([batch, heads, keys, size], { open: [0, 2] })
          : draw.floats([batch, keys, heads * valueSize]),
        hasBias ? weight(draw.floats([2 * width + heads * valueSize])) : undefined,
        draw.chance(0.6)
          ? maskOf(
              draw,
              draw.pick([
                [batch, all],
                [batch, queries, all],
              ]),
            )
          : undefined,
        anyBias(draw, sizes, all),
        past === 0 ? undefined : draw.floats([batch, heads, past, size], { open: [0, 2] }),
        past === 0 ? undefined : draw.floats([batch, heads, past, size], { open: [0, 2] }),
      ],
      outputs: past > 0 ? [true, true, true] : [true],
    };
  },
  { count: 120 },
);

sameAsFused(
  'DecoderMaskedMultiHeadAttention: one new token against a cache that it writes into, or across to another text',
  (draw): FusedCall => {
    const { batch, heads, size } = sizesOf(draw);
    const width = heads * size;
    const isCross = draw.chance(0.3);
    const past = draw.whole(1, 5);
    const most = past + draw.whole(1, 4);
    const attributes = commonAttributes(draw, heads).filter(({ name }) => name !== 'unidirectional');
    if (!isCross) attributes.push(attribute.int('past_present_share_buffer', 1));
    const finished = (length: number) => draw.floats([batch, heads, length, size], { open: [0, 2] });
    const now = () => draw.floats([batch, 1, width]);
    const keys = isCross ? past : past + 1;
    const hasBias = draw.chance(0.4);
    const hasScores = draw.chance(0.4);
    if (hasScores) attributes.push(attribute.int('output_qk', 1));
    return {
      op: 'DecoderMaskedMultiHeadAttention',
      domain: 'com.microsoft',
      attributes,
      inputs: [
        now(),
        isCross ? finished(past) : now(),
        isCross ? finished(past) : now(),
        draw.chance() ? maskOf(draw, [batch, keys]) : undefined,
        isCross || draw.chance() ? undefined : draw.floats([1, heads, 1, keys], { open: [3] }),
        isCross ? undefined : finished(most),
        isCross ? undefined : finished(most),
        isCross ? undefined : given(ElementType.int32, [1], [past]),
        undefined,
        undefined,
        hasBias && !isCross ? weight(draw.floats([3 * width])) : undefined,
      ],
      outputs: [true, !isCross, !isCross, hasScores],
      outputType: ElementType.float,
    };
  },
  { count: 80 },
);
