import { unsupported } from '../unsupported';
import type { GradientRule } from '../rule';

/** y repeats x by broadcasting:  dx = Σ dy over the repeats */
const expand: GradientRule = {
  operators: ['Expand'],
  gradient: ({ node, dy, ops }) => [() => ops.sumTo(dy, node.inputs[0])],
};

/** y repeats x side by side, [r₀·d₀, r₁·d₁ ...]:  dx = Σ over r of dy seen as [r₀, d₀, r₁, d₁ ...] */
const tile: GradientRule = {
  operators: ['Tile'],
  gradient: ({ node, types, dy, ops }) => [
    () => {
      const rank = types.rank(node.inputs[0]);
      if (rank === undefined) throw unsupported(node, 'the number of its dimensions is unknown');
      const pairs = ops.concat(
        [ops.unsqueeze(node.inputs[1], [1]), ops.unsqueeze(ops.shape(node.inputs[0]), [1])],
        1,
      );
      const apart = ops.reshape(dy, ops.reshape(pairs, ops.build.ints([-1])));
      return ops.reshapeLike(
        ops.sum(
          apart,
          Array.from({ length: rank }, (_, axis) => 2 * axis),
          false,
        ),
        node.inputs[0],
      );
    },
  ],
};

export const repeatRules = [expand, tile];
