import { ElementType, intOf, isMicrosoft, isOnnx, type Node } from '../onnx/graph';
import type { Reading } from './reading';

/** An indexed table of vectors, or a patch convolution, before it is given to a stack. */
export interface LookUp {
  readonly kind: 'tokens' | 'patches';
  readonly tensor: string;
  readonly input: string;
  /** Rows of the table. */
  readonly rows: number;
}

const floating: readonly number[] = [
  ElementType.float,
  ElementType.float16,
  ElementType.double,
  ElementType.bfloat16,
];

/** All look-ups of rows of a constant table by ids that come unchanged from a graph input. */
export function tokenLookUps(reading: Reading): LookUp[] {
  const found: LookUp[] = [];
  for (const node of reading.nodes) {
    const isGather = isOnnx(node, 'Gather') && intOf(node, 'axis', 0) === 0;
    if (!isGather && !isMicrosoft(node, 'GatherBlockQuantized')) continue;
    const [table, ids] = node.inputs;
    if (reading.isActivation(table) || reading.rankOf(table) !== 2) continue;
    const input = idsInput(reading, ids);
    if (input === undefined) continue;
    const tensor = firstFloating(reading, node);
    const rows = reading.types.dims(table)?.[0];
    if (tensor !== undefined)
      found.push({ kind: 'tokens', tensor, input, rows: typeof rows === 'number' ? rows : 0 });
  }
  return found;
}

/** The graph input whose integers arrive at `tensor` as they are. */
function idsInput(reading: Reading, tensor: string): string | undefined {
  let name = tensor;
  for (let steps = 0; steps < 16; steps++) {
    const node = reading.wiring.producer(name);
    if (node === undefined)
      return reading.graph.inputs.some((input) => input.name === name) ? name : undefined;
    if (!isOnnx(node, 'Cast', 'Identity', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten')) return undefined;
    name = node.inputs[0];
  }
  return undefined;
}

/** Behind a look-up in a quantised table: the first tensor of real numbers. */
function firstFloating(reading: Reading, node: Node): string | undefined {
  let tensor = node.outputs[0];
  for (let steps = 0; steps < 6; steps++) {
    const type = reading.types.elementType(tensor);
    const next = reading.wiring.consumers(tensor);
    const rescaling =
      next.length === 1 && isOnnx(next[0].node, 'DequantizeLinear') ? next[0].node : undefined;
    if (rescaling === undefined && (floating.includes(type) || type === ElementType.undefined))
      return scaledInteger(tensor);
    if (rescaling === undefined && (next.length !== 1 || !isOnnx(next[0].node, 'Cast', 'Sub')))
      return undefined;
    tensor = next[0].node.outputs[0];
  }
  return undefined;

  /** `Cast → Mul(scale)` spells DequantizeLinear out; only integers are rescaled that way. */
  function scaledInteger(name: string): string {
    if (floating.includes(reading.types.elementType(node.outputs[0]))) return name;
    const uses = reading.wiring.consumers(name);
    const [use] = uses;
    const isScale =
      uses.length === 1 && isOnnx(use.node, 'Mul') && reading.isScalarFactor(use.node.inputs[1 - use.slot]);
    const isCast = reading.wiring.producer(name)?.op === 'Cast';
    return isScale && isCast ? use.node.outputs[0] : name;
  }
}

/** The tensor behind a multiplication of the whole look-up with one number, if there is one (`x · √d`). */
export function behindScale(reading: Reading, tensor: string): string {
  let name = tensor;
  for (let steps = 0; steps < 3; steps++) {
    const uses = reading.wiring.consumers(name).filter(({ node }) => node.op !== 'Shape');
    if (uses.length !== 1) break;
    const [{ node, slot }] = uses;
    if (isOnnx(node, 'Mul') && reading.isScalarFactor(node.inputs[1 - slot])) return node.outputs[0];
    if (!isOnnx(node, 'Identity', 'Cast', 'Dropout')) break;
    name = node.outputs[0];
  }
  return tensor;
}

/** Patch convolutions: a `Conv` of a graph input whose output is flattened to [B, patches, E]. */
export function patchConvolutions(reading: Reading): LookUp[] {
  const found: LookUp[] = [];
  for (const node of reading.nodes) {
    if (!isOnnx(node, 'Conv', 'ConvInteger', 'QLinearConv') && !isMicrosoft(node, 'FusedConv')) continue;
    // Sounds are convolved along one axis only.
    if ((reading.types.rank(node.inputs[0]) ?? 4) < 4) continue;
    const input = pixels(reading, node.inputs[0]);
    const tensor = input === undefined ? undefined : asSequence(reading, node.outputs[0]);
    if (input !== undefined && tensor !== undefined) found.push({ kind: 'patches', tensor, input, rows: 0 });
  }
  return found;
}

/** The graph input that an image comes from, however it was scaled before. */
function pixels(reading: Reading, tensor: string): string | undefined {
  const roots = reading.graph.inputs.filter((_, index) => reading.roots(tensor) === 1n << BigInt(index));
  return roots[0]?.name;
}

/** Follows the image through biases and reshapes until its features lie last. */
function asSequence(reading: Reading, tensor: string): string | undefined {
  let name = tensor;
  let isTurned = false;
  for (let steps = 0; steps < 12; steps++) {
    if (isTurned && reading.types.rank(name) === 3) return name;
    const uses = reading.wiring.consumers(name).filter(({ node, slot }) => slot === 0 && node.op !== 'Shape');
    const next = uses.find(({ node }) =>
      isOnnx(node, 'Reshape', 'Flatten', 'Transpose', 'Add', 'Mul', 'Cast', 'Identity', 'Squeeze'),
    );
    if (next === undefined) return undefined;
    isTurned ||= next.node.op === 'Transpose';
    name = next.node.outputs[0];
  }
  return undefined;
}
