import { isOnnx, type Node } from '../onnx/graph';
import type { Reading } from './reading';

/** A normalisation over the features: layer norm or root-mean-square norm, as one operator or written out. */
export interface Norm {
  readonly output: string;
  /** `rms`: without subtracting the mean. */
  readonly kind: 'layer' | 'rms';
}

const layerNorms = ['LayerNormalization'];
const rmsNorms = ['SimplifiedLayerNormalization', 'RMSNormalization'];
/** What written-out norms are made of; a matrix product or anything else ends them. */
const parts = [
  'ReduceMean',
  'ReduceSumSquare',
  'Sub',
  'Pow',
  'Mul',
  'Add',
  'Sqrt',
  'Div',
  'Reciprocal',
  'Cast',
  'Identity',
  'Dropout',
];
const mostParts = 48;

/** Whether an operator that reads a residual stream is a norm, or the first step of one that is written out: the mean, or the squares. */
export function beginsNorm(node: Node): boolean {
  return (
    layerNorms.includes(node.op) ||
    rmsNorms.includes(node.op) ||
    isOnnx(node, 'ReduceMean', 'ReduceSumSquare', 'Pow')
  );
}

/** The normalisation that reads `tensor`, if there is one. */
export function normOf(reading: Reading, tensor: string): Norm | undefined {
  const region = new Set([tensor]);
  const members = new Set<Node>();
  const queue = [tensor];
  for (let name = queue.shift(); name !== undefined && members.size < mostParts; name = queue.shift()) {
    for (const { node } of reading.wiring.consumers(name)) {
      if (members.has(node) || !belongs(node)) continue;
      members.add(node);
      region.add(node.outputs[0]);
      queue.push(node.outputs[0]);
    }
  }
  const isWhole = [...members].some(
    (node) =>
      layerNorms.includes(node.op) ||
      rmsNorms.includes(node.op) ||
      isOnnx(node, 'ReduceMean', 'ReduceSumSquare'),
  );
  if (!isWhole) return undefined;
  const exits = [...members].filter(
    ({ outputs }) =>
      reading.wiring.isOutput(outputs[0]) ||
      reading.wiring.consumers(outputs[0]).some(({ node }) => !members.has(node)),
  );
  const last = exits.reduce<Node | undefined>(
    (best, node) => (best === undefined || reading.place(node) > reading.place(best) ? node : best),
    undefined,
  );
  if (last === undefined) return undefined;
  const isLayer = [...members].some((node) => layerNorms.includes(node.op) || isOnnx(node, 'Sub'));
  return { output: last.outputs[0], kind: isLayer ? 'layer' : 'rms' };

  function belongs(node: Node): boolean {
    if (layerNorms.includes(node.op) || rmsNorms.includes(node.op)) return region.has(node.inputs[0]);
    if (!isOnnx(node, ...parts)) return false;
    if (!node.inputs.every((input) => input === '' || region.has(input) || !reading.isActivation(input)))
      return false;
    // A number on the whole tensor (embedding scale, scale before the head) is no part of a norm; 1 / sqrt(...) is.
    const isScaled =
      isOnnx(node, 'Mul', 'Div') && region.has(node.inputs[0]) && reading.isScalarFactor(node.inputs[1]);
    const isScaledFromLeft =
      isOnnx(node, 'Mul') && region.has(node.inputs[1]) && reading.isScalarFactor(node.inputs[0]);
    return !isScaled && !isScaledFromLeft;
  }
}
