import { attribute, floatOf, intOf, type Attribute } from '../onnx/graph';
import type { Rewrite, RewriteSite } from './rewrite';

/** onnxruntime has LayerNormalization in ONNX's domain for every operator set; it stays one operator, whose gradient is known. */
export function layerNorm(at: RewriteSite, x: string, gamma: string, beta: string | undefined): string {
  const epsilon = attribute.float('epsilon', floatOf(at.node, 'epsilon', 1e-12));
  return at.op(
    'LayerNormalization',
    beta === undefined ? [x, gamma] : [x, gamma, beta],
    attribute.int('axis', -1),
    epsilon,
  );
}

/** Root-mean-square normalisation (Zhang & Sennrich 2019): x / √(mean(x²) + ε) · γ over the axes from `axis` on. */
export function rmsNorm(at: RewriteSite, x: string, gamma: string, epsilon: number, axis: number): string {
  const rank = axis < 0 ? 0 : at.rank(x);
  const axes = axis < 0 ? range(axis, 0) : range(axis, rank);
  const keep: Attribute = attribute.int('keepdims', 1);
  const mean = at.op('ReduceMean', [at.op('Mul', [x, x]), at.ints(...axes)], keep);
  const root = at.op('Sqrt', [at.op('Add', [mean, at.number(epsilon)])]);
  return at.op('Mul', [at.op('Div', [x, root]), gamma]);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** ONNX's RMSNormalization (operator set 23) and onnxruntime's older name for it. */
export const rmsNormalization: Rewrite = {
  operators: ['RMSNormalization', 'SimplifiedLayerNormalization'],
  rewrite(at) {
    const [x, gamma] = [at.need(0), at.need(1)];
    at.give(0, rmsNorm(at, x, gamma, floatOf(at.node, 'epsilon', 1e-5), intOf(at.node, 'axis', -1)));
  },
};
