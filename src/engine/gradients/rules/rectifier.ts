import { floatOf } from '../../onnx/graph';
import type { GradientRule } from '../rule';

/** y = max(x, 0):  dx = dy where x > 0 */
const relu: GradientRule = {
  operators: ['Relu'],
  gradient: ({ dy, y, ops }) => [() => ops.where(ops.compare('Greater', y(), 0), dy, 0)],
};

/** y = x, or αx below 0:  dx = dy, or α·dy */
const leakyRelu: GradientRule = {
  operators: ['LeakyRelu'],
  gradient: ({ node, dy, x, ops }) => [
    () => ops.where(ops.compare('Less', x(0), 0), ops.mul(dy, floatOf(node, 'alpha', 0.01)), dy),
  ],
};

/** y = x, or slope·x below 0:  dx = dy, or slope·dy;  dslope = x·dy below 0 */
const parametricRelu: GradientRule = {
  operators: ['PRelu'],
  broadcasts: true,
  gradient: ({ dy, x, ops }) => {
    const below = (): string => ops.compare('Less', x(0), 0);
    return [() => ops.where(below(), ops.mul(dy, x(1)), dy), () => ops.where(below(), ops.mul(dy, x(0)), 0)];
  },
};

/** y = x, or α(eˣ − 1) below 0:  dx = dy, or dy·(y + α) */
const elu: GradientRule = {
  operators: ['Elu'],
  gradient: ({ node, dy, x, y, ops }) => [
    () => ops.where(ops.compare('Less', x(0), 0), ops.mul(dy, ops.add(y(), floatOf(node, 'alpha', 1))), dy),
  ],
};

/** y = clamp(αx + β, 0, 1):  dx = α·dy inside */
const hardSigmoid: GradientRule = {
  operators: ['HardSigmoid'],
  gradient: ({ node, dy, y, ops }) => [
    () => {
      const inside = ops.op('And', [ops.compare('Greater', y(), 0), ops.compare('Less', y(), 1)]);
      return ops.where(inside, ops.mul(dy, floatOf(node, 'alpha', 0.2)), 0);
    },
  ],
};

/** y = x·clamp(x/6 + ½, 0, 1):  dx = dy·(x/3 + ½) between −3 and 3, 0 below, dy above */
const hardSwish: GradientRule = {
  operators: ['HardSwish'],
  gradient: ({ dy, x, ops }) => [
    () => {
      const inside = ops.mul(dy, ops.add(ops.mul(x(0), 1 / 3), 0.5));
      const upTo3 = ops.where(ops.compare('Less', x(0), 3), inside, dy);
      return ops.where(ops.compare('Greater', x(0), -3), upTo3, 0);
    },
  ],
};

/** y = |x|:  dx = dy·sign x */
const absolute: GradientRule = {
  operators: ['Abs'],
  gradient: ({ dy, x, ops }) => [() => ops.mul(dy, ops.unary('Sign', x(0)))],
};

/** y = clamp(x, low, high):  dx = dy where low ≤ x ≤ high */
const clip: GradientRule = {
  operators: ['Clip'],
  gradient: ({ dy, x, has, ops }) => [
    () => {
      const above = has(1) ? ops.where(ops.compare('GreaterOrEqual', x(0), x(1)), dy, 0) : dy;
      return has(2) ? ops.where(ops.compare('LessOrEqual', x(0), x(2)), above, 0) : above;
    },
  ],
};

/** y = the largest (smallest) of n inputs:  dx = dy where x is it, shared evenly among equals */
const extremum: GradientRule = {
  operators: ['Max', 'Min'],
  broadcasts: true,
  gradient: ({ node, dy, x, y, ops }) => {
    const winners = node.inputs.map(
      (_, index) => () => ops.asTypeOf(ops.compare('Equal', x(index), y()), dy),
    );
    return winners.map(
      (winner) => () => ops.div(ops.mul(dy, winner()), ops.total(winners.map((each) => each()))),
    );
  },
};

export const rectifierRules = [
  relu,
  leakyRelu,
  parametricRelu,
  elu,
  hardSigmoid,
  hardSwish,
  absolute,
  clip,
  extremum,
];
