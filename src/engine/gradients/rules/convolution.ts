import { attribute, intOf, intsOf, stringOf, type Attribute } from '../../onnx/graph';
import { unsupported } from '../unsupported';
import type { GradientRule, GradientSite } from '../rule';

/** The convolution turned round: every element of dy, times the kernel, goes back to the patch that it came from. */
function backToPatches({ node, types, dy, ops }: GradientSite, weight: string): string {
  const automatic = stringOf(node, 'auto_pad', 'NOTSET');
  if (automatic !== 'NOTSET' && automatic !== 'VALID') throw unsupported(node, `it pads by “${automatic}”`);
  const [x] = node.inputs;
  const rank = types.rank(weight) ?? types.rank(x);
  if (rank === undefined) throw unsupported(node, 'the number of its dimensions is unknown');
  const spatial = Array.from({ length: rank - 2 }, (_, axis) => axis + 2);
  const shared = ['strides', 'dilations'].flatMap((name): Attribute[] => {
    const values = intsOf(node, name);
    return values === undefined ? [] : [attribute.ints(name, values)];
  });
  const pads = intsOf(node, 'pads')?.map((pad, side) => (side < spatial.length ? pad : 0));
  const patches = ops.op(
    'ConvTranspose',
    [dy, weight],
    [
      ...shared,
      ...(pads === undefined ? [] : [attribute.ints('pads', pads)]),
      attribute.int('group', intOf(node, 'group', 1)),
    ],
  );
  // At the end, padding is cut off, or a border is added that no patch reaches because of the stride.
  const border = ops.op('Sub', [ops.sizes(x, spatial), ops.sizes(patches, spatial)]);
  const none = ops.build.ints(spatial.map(() => 0));
  return ops.pad(patches, ops.concat([none, border], 0), ops.build.ints(spatial), rank);
}

/** y = w ∗ x + bias:  dx = the convolution turned round, dbias = Σ dy;  w is taken to be a weight */
const convolution: GradientRule = {
  operators: ['Conv'],
  gradient: (at) => [
    () => backToPatches(at, at.x(1)),
    () => {
      throw unsupported(at.node, 'its kernel is computed from the text');
    },
    () => {
      const rank = at.types.rank(at.dy) ?? 4;
      return at.ops.sum(at.dy, [0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2)], false);
    },
  ],
};

/** The same in integers, passed straight through (see quantised.ts):  dx in units of the integers */
const convolutionOfIntegers: GradientRule = {
  operators: ['ConvInteger'],
  quantises: true,
  gradient: (at) => [
    () => {
      const { x, has, types, node, ops } = at;
      if (has(3) && types.rank(node.inputs[3]) !== 0)
        throw unsupported(node, 'it has one zero point per channel');
      return backToPatches(at, has(3) ? ops.sub(x(1), x(3)) : x(1));
    },
  ],
};

export const convolutionRules = [convolution, convolutionOfIntegers];
