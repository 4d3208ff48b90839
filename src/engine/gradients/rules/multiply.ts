import type { GradientRule } from '../rule';

/** y = a·b:  da = dy·b,  db = dy·a */
const multiply: GradientRule = {
  operators: ['Mul'],
  broadcasts: true,
  gradient: ({ dy, x, ops }) => [() => ops.mul(dy, x(1)), () => ops.mul(dy, x(0))],
};

/** y = a/b:  da = dy/b,  db = −dy·y/b */
const divide: GradientRule = {
  operators: ['Div'],
  broadcasts: true,
  gradient: ({ dy, x, y, ops }) => [
    () => ops.div(dy, x(1)),
    () => ops.unary('Neg', ops.div(ops.mul(dy, y()), x(1))),
  ],
};

/** y = 1/x:  dx = −dy·y² */
const reciprocal: GradientRule = {
  operators: ['Reciprocal'],
  gradient: ({ dy, y, ops }) => [() => ops.unary('Neg', ops.mul(dy, ops.mul(y(), y())))],
};

export const multiplyRules = [multiply, divide, reciprocal];
