import { intsOf } from '../../onnx/graph';
import type { GradientRule } from '../rule';

/** The same elements in another shape:  dx = dy in the shape of x */
const reshape: GradientRule = {
  operators: ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'],
  gradient: ({ dy, node, ops }) => [() => ops.reshapeLike(dy, node.inputs[0])],
};

/** Axes in another order:  dx = dy with the axes put back */
const transpose: GradientRule = {
  operators: ['Transpose'],
  gradient: ({ node, dy, ops }) => [
    () => {
      const perm = intsOf(node, 'perm');
      // Without a permutation the axes are reversed; reversing once more puts them back.
      if (perm === undefined) return ops.op('Transpose', [dy]);
      return ops.transpose(
        dy,
        perm.map((_, axis) => perm.indexOf(axis)),
      );
    },
  ],
};

export const reshapeRules = [reshape, transpose];
