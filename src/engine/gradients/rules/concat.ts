import { attribute, intOf } from '../../onnx/graph';
import type { GradientRule } from '../rule';

/** y = parts side by side:  each part's gradient is its piece of dy */
const concat: GradientRule = {
  operators: ['Concat'],
  gradient: ({ node, dy, ops }) => {
    const axis = intOf(node, 'axis', 0);
    let pieces: string[] | undefined;
    const cut = (): string[] => {
      const sizes = ops.concat(
        node.inputs.map((input) => ops.sizes(input, [axis])),
        0,
      );
      return (pieces ??= ops.ops('Split', [dy, sizes], node.inputs.length, [attribute.int('axis', axis)]));
    };
    return node.inputs.map((_, index) => () => cut()[index]);
  },
};

/** y₀, y₁ ... = pieces of x:  dx = their gradients side by side, zeros for pieces that nothing depends on */
const split: GradientRule = {
  operators: ['Split'],
  gradient: ({ node, dys, ops }) => [
    () =>
      ops.concat(
        node.outputs.map((output, index) => dys[index] ?? ops.zerosLike(output)),
        intOf(node, 'axis', 0),
      ),
  ],
};

export const concatRules = [concat, split];
