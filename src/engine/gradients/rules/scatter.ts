import { attribute, intOf, stringOf, type Node } from '../../onnx/graph';
import { unsupported } from '../unsupported';
import type { GradientRule } from '../rule';

/** True where updates are added, false where they replace. */
function adds(node: Node): boolean {
  const reduction = stringOf(node, 'reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add') throw unsupported(node, `it combines by “${reduction}”`);
  return reduction === 'add';
}

/** y = x with slices replaced by updates (or these added):  dx = dy without them (or dy),  dupdates = dy there */
const scatterND: GradientRule = {
  operators: ['ScatterND'],
  gradient: ({ node, dy, ops }) => {
    const [, indices, updates] = node.inputs;
    return [
      () => (adds(node) ? dy : ops.op('ScatterND', [dy, indices, ops.zerosLike(updates)])),
      undefined,
      () => ops.op('GatherND', [dy, indices]),
    ];
  },
};

/** The same for single elements along one axis */
const scatterElements: GradientRule = {
  operators: ['ScatterElements', 'Scatter'],
  gradient: ({ node, dy, ops }) => {
    const [, indices, updates] = node.inputs;
    const axis = attribute.int('axis', intOf(node, 'axis', 0));
    return [
      () => (adds(node) ? dy : ops.op('ScatterElements', [dy, indices, ops.zerosLike(updates)], [axis])),
      undefined,
      () => ops.op('GatherElements', [dy, indices], [axis]),
    ];
  },
};

export const scatterRules = [scatterND, scatterElements];
