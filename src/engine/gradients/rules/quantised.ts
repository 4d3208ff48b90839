import { ElementType, intOf } from '../../onnx/graph';
import { unsupported } from '../unsupported';
import type { GradientRule, GradientSite } from '../rule';

/*
 * Quantised numbers q stand for s·(q − z). Rounding has slope 0 almost everywhere; as in training with quantisation, gradients pass it as if
 * it were not there (the straight-through estimator, Bengio 2013), and scales count as constants. Gradients of q itself are in units of q.
 */

/** The integers of a constant or computed tensor without their zero point, as real numbers. */
function centred({ x, has, ops, node, types }: GradientSite, tensor: number, zeroPoint: number): string {
  const integers = x(tensor);
  if (!has(zeroPoint)) return integers;
  const zero = x(zeroPoint);
  // One zero point per row of the left operand would have to be turned into a column; nobody writes that.
  if (types.rank(node.inputs[zeroPoint]) === 1 && tensor === 0)
    throw unsupported(node, 'it has one zero point per row');
  return ops.sub(integers, zero);
}

/** q, s, z = quantised x, its scale and zero point:  dx = dq / s */
const dynamicQuantize: GradientRule = {
  operators: ['DynamicQuantizeLinear'],
  quantises: true,
  gradient: ({ dys: [dq], y, ops }) => [dq === undefined ? undefined : () => ops.div(dq, y(1))],
};

/** Scales and zero points of one axis, shaped to broadcast along it. */
function alongAxis({ node, types, ops }: GradientSite, scale: string): string {
  const [rank, own] = [types.rank(node.inputs[0]), types.rank(scale)];
  if (own === 0) return scale;
  if (rank === undefined || own !== 1 || intOf(node, 'block_size', 0) !== 0)
    throw unsupported(node, 'its scales are given block by block');
  const axis = intOf(node, 'axis', 1);
  const shape = Array.from({ length: rank }, (_, each) =>
    each === (axis < 0 ? axis + rank : axis) ? -1 : 1,
  );
  return ops.op('Reshape', [scale, ops.build.ints(shape)]);
}

/** q = x/s + z, rounded:  dx = dq / s */
const quantize: GradientRule = {
  operators: ['QuantizeLinear'],
  quantises: true,
  gradient: (at) => [() => at.ops.div(at.dy, alongAxis(at, at.x(1)))],
};

/** y = s·(q − z):  dq = s·dy */
const dequantize: GradientRule = {
  operators: ['DequantizeLinear'],
  gradient: (at) => [() => at.ops.mul(at.dy, alongAxis(at, at.x(1)))],
};

/** y = (a − zₐ)·(b − z_b) in integers:  da = dy·(b − z_b)ᵀ,  db = (a − zₐ)ᵀ·dy */
const matMulInteger: GradientRule = {
  operators: ['MatMulInteger'],
  broadcasts: true,
  quantises: true,
  gradient: (at) => [
    () => at.ops.matMul(at.dy, centred(at, 1, 3), { transB: true }),
    () => at.ops.matMul(centred(at, 0, 2), at.dy, { transA: true }),
  ],
};

/**
 * y = a·W with W in blocks of a few bits. The operator itself gives W as real numbers when it multiplies the unit matrix, once, while the
 * session is made:  da = dy·Wᵀ
 */
const matMulBits: GradientRule = {
  operators: ['com.microsoft::MatMulNBits'],
  gradient: ({ node, dy, ops }) => [
    () => {
      const rows = intOf(node, 'K', 0);
      const unit = ops.op('EyeLike', [ops.zeros(ops.build.ints([rows, rows]), ElementType.float)]);
      const attributes = [...node.attributes.values()].filter(({ name }) => name !== 'accuracy_level');
      const quantised = node.inputs
        .slice(1, 5)
        .map((input, index) => (index === 1 ? ops.as(input, ElementType.float) : input));
      const weights = ops.op(node.op, [unit, ...quantised], attributes, node.domain);
      return ops.matMul(dy, weights, { transB: true });
    },
  ],
};

export const quantisedRules = [dynamicQuantize, quantize, dequantize, matMulInteger, matMulBits];
