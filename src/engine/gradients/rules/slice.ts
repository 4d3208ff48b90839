import { ElementType } from '../../onnx/graph';
import type { GradientRule } from '../rule';

/** y = x[start:end:step] on some axes:  dx = dy amid zeros */
const slice: GradientRule = {
  operators: ['Slice'],
  gradient: ({ node, types, dy, has, ops }) => [
    () => {
      const [x, starts, , axes, steps] = node.inputs;
      const stepsAreOne = !has(4) || types.constantValues(steps)?.every((step) => step === 1);
      const rank = types.rank(x) ?? 0;
      const from = types.of(starts)?.values ?? types.constantValues(starts);
      const along = has(3) ? types.constantValues(axes) : from?.map((_, axis) => axis);
      if (!stepsAreOne || along === undefined || rank === 0) {
        return ops.scatterBack(x, dy, (positions) => ops.op('Slice', [positions, ...node.inputs.slice(1)]));
      }
      // Zeros before: the start, counted from the end where it is negative, inside 0 .. size. Zeros behind: what is left.
      const sizes = ops.sizes(x, along);
      const nothing = ops.build.ints([0]);
      const start = ops.as(starts, ElementType.int64);
      const fromEnd = ops.where(ops.op('Less', [start, nothing]), ops.op('Add', [start, sizes]), start);
      const begin = from?.every((start) => start === 0)
        ? ops.build.ints(from.map(() => 0))
        : ops.op('Min', [ops.op('Max', [fromEnd, nothing]), sizes]);
      const behind = ops.op('Sub', [ops.op('Sub', [sizes, begin]), ops.sizes(dy, along)]);
      return ops.pad(dy, ops.concat([begin, behind], 0), ops.build.ints(along), rank);
    },
  ],
};

export const sliceRules = [slice];
