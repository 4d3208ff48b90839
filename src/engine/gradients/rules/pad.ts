import { attribute, stringOf } from '../../onnx/graph';
import type { GradientRule } from '../rule';

/** y = x with a border:  dx = dy without it; borders that repeat x (edge, reflect) add up where they came from */
const pad: GradientRule = {
  operators: ['Pad'],
  gradient: ({ node, dy, has, ops }) => [
    () => {
      const [x, pads] = node.inputs;
      const axes = has(3) ? ['', node.inputs[3]] : [];
      const mode = stringOf(node, 'mode', 'constant');
      if (mode === 'constant') return ops.op('Pad', [dy, ops.unary('Neg', pads), ...axes]);
      return ops.scatterBack(x, dy, (positions) =>
        ops.op('Pad', [positions, pads, ...axes], [attribute.string('mode', mode)]),
      );
    },
  ],
};

export const padRules = [pad];
