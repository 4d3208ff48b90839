import { attendProjected, projectionSizes } from './attention';
import type { Rewrite } from './rewrite';

/**
 * onnxruntime's QAttention: as Attention, with an integer projection. Inputs: input (int8), weights (int8), bias, input scale, weight
 * scale, mask, input zero point, weight zero point, past.
 */
export const qAttention: Rewrite = {
  operators: ['com.microsoft::QAttention'],
  rewrite(at) {
    const zeroPoints = [at.input(6), at.input(7)];
    const points = zeroPoints.map((point) => point ?? '');
    while (points.at(-1) === '') points.pop();
    const integers = at.op('MatMulInteger', [at.need(0), at.need(1), ...points]);
    const scale = at.op('Mul', [at.need(3), at.need(4)]);
    const projected = at.op('Mul', [at.build.cast(integers, at.type), scale]);
    attendProjected(at, at.op('Add', [projected, at.need(2)]), projectionSizes(at, at.need(1)), {
      mask: at.input(5),
      past: at.input(8),
    });
  },
};
