import { floatOf } from '../onnx/graph';
import type { Rewrite, RewriteSite } from './rewrite';

/** x · Φ(x) (Hendrycks & Gimpel 2016), Φ by the error function. */
function gelu(at: RewriteSite, x: string): string {
  const inner = at.op('Erf', [at.op('Mul', [x, at.number(Math.SQRT1_2)])]);
  return at.op('Mul', [at.op('Mul', [x, at.number(0.5)]), at.op('Add', [inner, at.number(1)])]);
}

/** onnxruntime's BiasGelu (input + bias) and its Gelu. */
export const biasGelu: Rewrite = {
  operators: ['com.microsoft::BiasGelu', 'com.microsoft::Gelu'],
  rewrite(at) {
    const bias = at.input(1);
    at.give(0, gelu(at, bias === undefined ? at.need(0) : at.op('Add', [at.need(0), bias])));
  },
};

/** onnxruntime's FastGelu: the approximation by tanh, `½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))`. */
export const fastGelu: Rewrite = {
  operators: ['com.microsoft::FastGelu'],
  rewrite(at) {
    const bias = at.input(1);
    const x = bias === undefined ? at.need(0) : at.op('Add', [at.need(0), bias]);
    const cube = at.op('Mul', [at.op('Mul', [x, x]), x]);
    const inner = at.op('Mul', [
      at.op('Add', [x, at.op('Mul', [cube, at.number(0.044715)])]),
      at.number(Math.sqrt(2 / Math.PI)),
    ]);
    at.give(
      0,
      at.op('Mul', [at.op('Mul', [x, at.number(0.5)]), at.op('Add', [at.op('Tanh', [inner]), at.number(1)])]),
    );
  },
};

/** onnxruntime's QuickGelu: x · σ(α x). */
export const quickGelu: Rewrite = {
  operators: ['com.microsoft::QuickGelu'],
  rewrite(at) {
    const x = at.need(0);
    at.give(
      0,
      at.op('Mul', [x, at.op('Sigmoid', [at.op('Mul', [x, at.number(floatOf(at.node, 'alpha', 1.702))])])]),
    );
  },
};
