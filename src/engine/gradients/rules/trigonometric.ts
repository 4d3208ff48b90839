import type { GradientRule } from '../rule';

/** y = sin x:  dx = dy·cos x */
const sine: GradientRule = {
  operators: ['Sin'],
  gradient: ({ dy, x, ops }) => [() => ops.mul(dy, ops.unary('Cos', x(0)))],
};

/** y = cos x:  dx = −dy·sin x */
const cosine: GradientRule = {
  operators: ['Cos'],
  gradient: ({ dy, x, ops }) => [() => ops.unary('Neg', ops.mul(dy, ops.unary('Sin', x(0))))],
};

export const trigonometricRules = [sine, cosine];
