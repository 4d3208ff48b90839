import { attribute, ElementType, stringOf } from '../../onnx/graph';
import { unsupported } from '../unsupported';
import type { GradientRule } from '../rule';

/** y = x with a border:  dx = dy without it; borders that repeat x (edge, reflect) add up where they came from */
const pad: GradientRule = {
  operators: ['Pad'],
  gradient: ({ node, types, dy, has, ops }) => [
    () => {
      const [x, pads, , axes] = node.inputs;
      const mode = stringOf(node, 'mode', 'constant');
      if (mode !== 'constant') {
        const rest = has(3) ? ['', axes] : [];
        return ops.scatterBack(x, dy, (positions) =>
          ops.op('Pad', [positions, pads, ...rest], [attribute.string('mode', mode)]),
        );
      }
      const opposite = ops.unary('Neg', pads);
      if (!has(3)) return ops.op('Pad', [dy, opposite]);
      const rank = types.rank(x);
      if (rank === undefined) throw unsupported(node, 'the number of its dimensions is unknown');
      return ops.pad(dy, opposite, ops.as(axes, ElementType.int64), rank);
    },
  ],
};

export const padRules = [pad];
