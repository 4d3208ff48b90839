import type { GradientRule } from '../rule';

/** y = a where the condition holds, else b:  da = dy there, else 0;  db the other way round */
const where: GradientRule = {
  operators: ['Where'],
  broadcasts: true,
  gradient: ({ node, dy, ops }) => [
    undefined,
    () => ops.where(node.inputs[0], dy, 0),
    () => ops.where(node.inputs[0], 0, dy),
  ],
};

export const whereRules = [where];
