import { attribute, intOf } from '../../onnx/graph';
import type { GradientRule } from '../rule';

/** y = x at indices along one axis:  dx adds dy up where it was taken from */
const gather: GradientRule = {
  operators: ['Gather'],
  gradient: ({ node, types, dy, ops }) => [
    () => {
      const [x, indices] = node.inputs;
      const axis = intOf(node, 'axis', 0);
      const rank = types.rank(x);
      if (types.rank(indices) !== 0 || rank === undefined) {
        return ops.scatterBack(x, dy, (positions) =>
          ops.op('Gather', [positions, indices], [attribute.int('axis', axis)]),
        );
      }
      // One index: dy times the indicator of its place, which broadcasts along the axis.
      const place = axis < 0 ? axis + rank : axis;
      const size = ops.reshape(ops.sizes(x, [place]), ops.build.ints([]));
      const one = ops.reshape(indices, ops.build.ints([1]));
      const indicator = ops.asTypeOf(ops.op('OneHot', [one, size, ops.build.ints([0, 1])]), dy);
      const shape = Array.from({ length: rank }, (_, each) => (each === place ? -1 : 1));
      return ops.mul(ops.unsqueeze(dy, [place]), ops.op('Reshape', [indicator, ops.build.ints(shape)]));
    },
  ],
};

/** y = x at indices of the same rank along one axis */
const gatherElements: GradientRule = {
  operators: ['GatherElements'],
  gradient: ({ node, dy, ops }) => [
    () => {
      const axis = attribute.int('axis', intOf(node, 'axis', 0));
      const zeros = ops.zerosLike(node.inputs[0]);
      return ops.op(
        'ScatterElements',
        [zeros, node.inputs[1], dy],
        [axis, attribute.string('reduction', 'add')],
      );
    },
  ],
};

/** y = slices of x at index tuples */
const gatherND: GradientRule = {
  operators: ['GatherND'],
  gradient: ({ node, dy, ops }) => [
    () => {
      const batch = attribute.int('batch_dims', intOf(node, 'batch_dims', 0));
      return ops.scatterBack(node.inputs[0], dy, (positions) =>
        ops.op('GatherND', [positions, node.inputs[1]], [batch]),
      );
    },
  ],
};

/** y = the k largest along one axis, and where they stood (output 1):  dx puts dy back there */
const topK: GradientRule = {
  operators: ['TopK'],
  gradient: ({ node, dy, demand, ops }) => [
    () => {
      const axis = attribute.int('axis', intOf(node, 'axis', -1));
      return ops.op('ScatterElements', [ops.zerosLike(node.inputs[0]), demand(1), dy], [axis]);
    },
  ],
};

export const gatherRules = [gather, gatherElements, gatherND, topK];
