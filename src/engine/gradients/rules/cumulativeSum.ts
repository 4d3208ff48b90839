import { attribute, intOf } from '../../onnx/graph';
import type { GradientRule } from '../rule';

/** y = running sums along an axis:  dx = running sums of dy from the other end */
const cumulativeSum: GradientRule = {
  operators: ['CumSum'],
  gradient: ({ node, dy, ops }) => [
    () => {
      const exclusive = attribute.int('exclusive', intOf(node, 'exclusive', 0));
      return ops.op(
        'CumSum',
        [dy, node.inputs[1]],
        [exclusive, attribute.int('reverse', 1 - intOf(node, 'reverse', 0))],
      );
    },
  ],
};

/** y = upper or lower triangle of x:  dx = that triangle of dy */
const triangle: GradientRule = {
  operators: ['Trilu'],
  gradient: ({ node, dy, ops }) => [
    () => ops.op('Trilu', [dy, ...node.inputs.slice(1)], [attribute.int('upper', intOf(node, 'upper', 1))]),
  ],
};

export const cumulativeSumRules = [cumulativeSum, triangle];
