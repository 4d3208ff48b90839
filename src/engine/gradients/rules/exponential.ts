import type { GradientRule } from '../rule';

/** y = eˣ:  dx = dy·y */
const exponential: GradientRule = {
  operators: ['Exp'],
  gradient: ({ dy, y, ops }) => [() => ops.mul(dy, y())],
};

/** y = ln x:  dx = dy/x */
const logarithm: GradientRule = {
  operators: ['Log'],
  gradient: ({ dy, x, ops }) => [() => ops.div(dy, x(0))],
};

/** y = ln(1 + eˣ):  dx = dy·σ(x) */
const softplus: GradientRule = {
  operators: ['Softplus'],
  gradient: ({ dy, x, ops }) => [() => ops.mul(dy, ops.unary('Sigmoid', x(0)))],
};

export const exponentialRules = [exponential, logarithm, softplus];
