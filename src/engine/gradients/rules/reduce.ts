import { intOf } from '../../onnx/graph';
import type { GradientRule, GradientSite } from '../rule';

/** A tensor of the output's shape with the reduced axes put back (size 1), so that it broadcasts against the input. */
function kept({ node, has, ops }: GradientSite, reduced: string): string {
  // Without axes everything is reduced, and a scalar broadcasts as it is.
  if (intOf(node, 'keepdims', 1) !== 0 || !has(1)) return reduced;
  return ops.op('Unsqueeze', [reduced, node.inputs[1]]);
}

/** No axes and the flag that this means none: the operator does nothing. */
const doesNothing = ({ node, has }: GradientSite): boolean =>
  intOf(node, 'noop_with_empty_axes', 0) !== 0 && !has(1);

/** A reduction whose gradient is `dy` (put back in shape) times or into something of the input. */
function reduction(operator: string, through: (at: GradientSite, dy: string) => string): GradientRule {
  return {
    operators: [operator],
    gradient: (at) => [
      () => (doesNothing(at) ? at.dy : at.ops.expandLike(through(at, kept(at, at.dy)), at.node.inputs[0])),
    ],
  };
}

/** y = Σx:  dx = dy */
const sum = reduction('ReduceSum', (_, dy) => dy);

/** y = Σx / n:  dx = dy / n */
const mean = reduction('ReduceMean', ({ node, dy, ops }, wide) =>
  ops.div(wide, ops.ratio(node.inputs[0], dy)),
);

/** y = Σ|x|:  dx = dy·sign x */
const l1 = reduction('ReduceL1', ({ x, ops }, dy) => ops.mul(dy, ops.unary('Sign', x(0))));

/** y = √Σx²:  dx = dy·x/y */
const l2 = reduction('ReduceL2', (at, dy) => at.ops.mul(at.ops.div(dy, kept(at, at.y())), at.x(0)));

/** y = Σx²:  dx = 2x·dy */
const squares = reduction('ReduceSumSquare', ({ x, ops }, dy) => ops.mul(ops.mul(dy, 2), x(0)));

/** y = ln Σeˣ:  dx = dy·e^(x−y) */
const logSumExp = reduction('ReduceLogSumExp', (at, dy) =>
  at.ops.mul(dy, at.ops.unary('Exp', at.ops.sub(at.x(0), kept(at, at.y())))),
);

/** y = ln Σx:  dx = dy·e^(−y) */
const logSum = reduction('ReduceLogSum', (at, dy) =>
  at.ops.mul(dy, at.ops.unary('Exp', at.ops.unary('Neg', kept(at, at.y())))),
);

/** y = Πx:  dx = dy·y/x */
const product = reduction('ReduceProd', (at, dy) => at.ops.div(at.ops.mul(dy, kept(at, at.y())), at.x(0)));

/** y = the largest (smallest) x:  dx = dy where x is it, shared evenly among equals */
function extremum(operator: string): GradientRule {
  return {
    operators: [operator],
    gradient: (at) => [
      () => {
        const { node, dy, x, y, has, ops } = at;
        if (doesNothing(at)) return dy;
        const winners = ops.asTypeOf(ops.compare('Equal', x(0), kept(at, y())), dy);
        const count = ops.op('ReduceSum', has(1) ? [winners, node.inputs[1]] : [winners]);
        return ops.div(ops.mul(kept(at, dy), winners), count);
      },
    ],
  };
}

export const reduceRules = [
  sum,
  mean,
  l1,
  l2,
  squares,
  logSumExp,
  logSum,
  product,
  extremum('ReduceMax'),
  extremum('ReduceMin'),
];
