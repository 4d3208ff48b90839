import { stringOf } from '../../onnx/graph';
import type { GradientOps } from '../ops';
import type { GradientRule } from '../rule';

/** y = erf x:  dx = dy·2/√π·exp(−x²) */
const erf: GradientRule = {
  operators: ['Erf'],
  gradient: ({ dy, x, ops }) => [
    () =>
      ops.mul(dy, ops.mul(ops.unary('Exp', ops.unary('Neg', ops.mul(x(0), x(0)))), 2 / Math.sqrt(Math.PI))),
  ],
};

/** GELU′(x) = Φ(x) + x·φ(x), with the normal distribution's Φ and φ (Hendrycks & Gimpel 2016). */
function slope(ops: GradientOps, x: string): string {
  const phi = ops.mul(ops.unary('Exp', ops.mul(ops.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  const cumulative = ops.mul(ops.add(ops.unary('Erf', ops.mul(x, Math.SQRT1_2)), 1), 0.5);
  return ops.add(cumulative, ops.mul(x, phi));
}

/** The slope of ½x(1 + tanh u), u = √(2/π)(x + 0.044715x³):  ½(1 + t) + ½x(1 − t²)·u′ */
function tanhSlope(ops: GradientOps, x: string): string {
  const square = ops.mul(x, x);
  const scale = Math.sqrt(2 / Math.PI);
  const t = ops.unary('Tanh', ops.mul(x, ops.add(ops.mul(square, 0.044715 * scale), scale)));
  const inner = ops.add(ops.mul(square, 3 * 0.044715 * scale), scale);
  const rise = ops.mul(ops.mul(x, inner), ops.sub(1, ops.mul(t, t)));
  return ops.mul(ops.add(ops.add(t, 1), rise), 0.5);
}

/** y = GELU(x), exact or by tanh */
const gelu: GradientRule = {
  operators: ['Gelu', 'com.microsoft::Gelu'],
  gradient: ({ node, dy, x, ops }) => [
    () =>
      ops.mul(dy, stringOf(node, 'approximate', 'none') === 'tanh' ? tanhSlope(ops, x(0)) : slope(ops, x(0))),
  ],
};

/** y = GELU(x + bias), exact (BiasGelu) or by tanh (FastGelu, whose bias may be left out) */
const biasGelu: GradientRule = {
  operators: ['com.microsoft::BiasGelu', 'com.microsoft::FastGelu'],
  broadcasts: true,
  gradient: ({ node, dy, x, has, ops }) => {
    const input = (): string => (has(1) ? ops.add(x(0), x(1)) : x(0));
    const each = (): string =>
      ops.mul(dy, node.op === 'FastGelu' ? tanhSlope(ops, input()) : slope(ops, input()));
    return [each, each];
  },
};

export const geluRules = [erf, gelu, biasGelu];
