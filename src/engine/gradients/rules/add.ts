import type { GradientRule } from '../rule';

/** y = a + b:  da = dy,  db = dy */
const add: GradientRule = {
  operators: ['Add', 'Sum'],
  broadcasts: true,
  gradient: ({ node, dy }) => node.inputs.map(() => () => dy),
};

/** y = a − b:  da = dy,  db = −dy */
const subtract: GradientRule = {
  operators: ['Sub'],
  broadcasts: true,
  gradient: ({ dy, ops }) => [() => dy, () => ops.unary('Neg', dy)],
};

/** y = mean of n inputs:  dx = dy / n */
const mean: GradientRule = {
  operators: ['Mean'],
  broadcasts: true,
  gradient: ({ node, dy, ops }) => node.inputs.map(() => () => ops.div(dy, node.inputs.length)),
};

/** y = −x:  dx = −dy */
const negate: GradientRule = { operators: ['Neg'], gradient: ({ dy, ops }) => [() => ops.unary('Neg', dy)] };

export const addRules = [add, subtract, mean, negate];
