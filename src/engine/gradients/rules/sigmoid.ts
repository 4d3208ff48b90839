import { floatOf } from '../../onnx/graph';
import type { GradientRule } from '../rule';

/** y = σ(x):  dx = dy·y·(1 − y) */
const sigmoid: GradientRule = {
  operators: ['Sigmoid'],
  gradient: ({ dy, y, ops }) => [() => ops.mul(dy, ops.mul(y(), ops.sub(1, y())))],
};

/** y = tanh x:  dx = dy·(1 − y²) */
const tanh: GradientRule = {
  operators: ['Tanh'],
  gradient: ({ dy, y, ops }) => [() => ops.mul(dy, ops.sub(1, ops.mul(y(), y())))],
};

/** y = x·σ(αx) (SiLU for α = 1):  dx = dy·s·(1 + αx·(1 − s)),  s = σ(αx) */
const swish: GradientRule = {
  operators: ['Swish', 'com.microsoft::QuickGelu'],
  gradient: ({ node, dy, x, ops }) => [
    () => {
      const scaled = ops.mul(x(0), floatOf(node, 'alpha', node.op === 'Swish' ? 1 : 1.702));
      const s = ops.unary('Sigmoid', scaled);
      return ops.mul(dy, ops.mul(s, ops.add(ops.mul(scaled, ops.sub(1, s)), 1)));
    },
  ],
};

/** y = x / (1 + |x|):  dx = dy / (1 + |x|)² */
const softsign: GradientRule = {
  operators: ['Softsign'],
  gradient: ({ dy, x, ops }) => [
    () => {
      const size = ops.add(ops.unary('Abs', x(0)), 1);
      return ops.div(dy, ops.mul(size, size));
    },
  ],
};

/** y = x·tanh(softplus x):  dx = dy·(t + x·(1 − t²)·σ(x)),  t = tanh(softplus x) */
const mish: GradientRule = {
  operators: ['Mish'],
  gradient: ({ dy, x, ops }) => [
    () => {
      const t = ops.unary('Tanh', ops.unary('Softplus', x(0)));
      const slope = ops.mul(ops.mul(x(0), ops.unary('Sigmoid', x(0))), ops.sub(1, ops.mul(t, t)));
      return ops.mul(dy, ops.add(t, slope));
    },
  ],
};

export const sigmoidRules = [sigmoid, tanh, swish, softsign, mish];
