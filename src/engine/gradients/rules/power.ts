import type { GradientRule } from '../rule';

/** y = x^p:  dx = dy·p·x^(p−1),  dp = dy·y·ln x */
const power: GradientRule = {
  operators: ['Pow'],
  broadcasts: true,
  gradient: ({ node, types, dy, x, y, ops }) => [
    () => {
      const [exponent] = types.constantValues(node.inputs[1]) ?? [];
      // The usual exponents without a second Pow: variances (2) and the cubic term of GELU (3).
      if (exponent === 2) return ops.mul(dy, ops.mul(x(0), 2));
      if (exponent === 3) return ops.mul(dy, ops.mul(ops.mul(x(0), x(0)), 3));
      const p = ops.asTypeOf(x(1), dy);
      return ops.mul(dy, ops.mul(p, ops.pow(x(0), ops.sub(p, 1))));
    },
    () => ops.mul(dy, ops.mul(y(), ops.unary('Log', x(0)))),
  ],
};

/** y = √x:  dx = dy / 2y */
const squareRoot: GradientRule = {
  operators: ['Sqrt'],
  gradient: ({ dy, y, ops }) => [() => ops.div(ops.mul(dy, 0.5), y())],
};

export const powerRules = [power, squareRoot];
