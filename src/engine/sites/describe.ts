import type { BlockName } from '../../protocol/inspection';
import { divided } from '../onnx/dims';
import { intOf, isOnnx } from '../onnx/graph';
import type { FoundCall } from './call';
import type { Reading } from './reading';
import { scaleOfScores } from './scores';
import type { AttentionSite, HeadTensor, Operand, ProbabilityLayout, Product } from './site';

/** An attention call as a site of its block: tensors with their layouts, scale, form. */
export function describe(reading: Reading, call: FoundCall, block: BlockName, layer: number): AttentionSite {
  const { product } = call.scorePath;
  const { product: weighing, probabilities, reader } = call.probabilityPath;
  const scores = scaleOfScores(reading, call.scorePath);
  const factors = [splitScale(reading, product.a.tensor), splitScale(reading, product.b.tensor)];
  // Both sides scaled: the product's scale was split over them (scaled-dot-product attention). One side: that is how the model has it.
  const [q, k] = factors;
  const isSplit = q !== undefined && k !== undefined;
  const rank = reading.rankOf(probabilities);
  const order =
    rank === reading.rankOf(product.output)
      ? orderOf(product)
      : Array.from({ length: rank }, (_, axis) => axis);
  const layout = layouts.get(rank) ?? 'BHSS';
  const words = [
    product.form,
    ...(isSplit ? ['scale split over queries and keys'] : []),
    ...scores.words,
    ...call.probabilityPath.words,
    ...(layout === 'BHSS' ? [] : [layout === 'BGHSS' ? 'grouped heads' : 'heads and batch in one axis']),
  ];
  const headSize = reading.types.dims(product.a.tensor)?.[product.a.inner];
  return {
    block,
    layer,
    form: words.join(', '),
    softmax: call.softmax.outputs[0],
    probabilities,
    order,
    layout,
    reader: { output: reader.node.outputs[0], slot: reader.slot },
    scores: call.softmax.inputs[0],
    product: product.output,
    queries: headTensor(
      reading,
      product.a,
      product,
      [product.a.free, product.a.inner],
      isSplit ? q : undefined,
    ),
    keys: headTensor(reading, product.b, product, [product.b.free, product.b.inner], isSplit ? k : undefined),
    values: headTensor(reading, weighing.b, weighing, [weighing.b.inner, weighing.b.free]),
    context: { tensor: weighing.output, order: orderOf(weighing), isShared: false },
    scale: scores.factor * (isSplit ? q.value * k.value : 1),
    softcap: scores.softcap,
    heads:
      headsOf(reading, call, probabilities, order) || headsByProjection(reading, weighing.output, weighing.b),
    headSize: typeof headSize === 'number' ? headSize : 0,
    residual: call.residual && {
      input: call.residual.input,
      output: call.residual.join.sum,
    },
    exposed: [call.softmax.outputs[0], probabilities].find((tensor) => reading.wiring.isOutput(tensor)),
  };
}

const layouts: ReadonlyMap<number, ProbabilityLayout> = new Map([
  [2, 'SS'],
  [3, '(BH)SS'],
  [4, 'BHSS'],
  [5, 'BGHSS'],
]);

function orderOf({ result }: Product): number[] {
  return [...result.batch, result.rows, result.columns];
}

function headTensor(
  reading: Reading,
  operand: Operand,
  product: Product,
  matrix: readonly [number, number],
  undo?: SplitScale,
): HeadTensor {
  const [own, all] = [reading.types.dims(operand.tensor), reading.types.dims(product.output)];
  const numbering = product.result.batch.map((axis) => all?.[axis]);
  const isShared = operand.batch.some(
    (axis, index) => own?.[axis] === undefined || own[axis] !== numbering[index],
  );
  const head = { tensor: operand.tensor, order: [...operand.batch, ...matrix], isShared };
  return undo === undefined ? head : { ...head, undo: { factor: undo.factor, op: undo.op } };
}

interface SplitScale {
  readonly factor: string;
  readonly op: 'Mul' | 'Div';
  /** NaN where it is not known. */
  readonly value: number;
}

/** The nearest multiplication of an operand of q·kᵀ with one number. */
function splitScale(reading: Reading, operand: string): SplitScale | undefined {
  let name = operand;
  for (let steps = 0; steps < 8; steps++) {
    const node = reading.wiring.producer(name);
    if (node === undefined) return undefined;
    if (isOnnx(node, 'Mul', 'Div')) {
      const slot = node.inputs.findIndex((input) => reading.isScalarFactor(input));
      if (slot < 0 || (node.op === 'Div' && slot === 0)) return undefined;
      const value = reading.scalar(node.inputs[slot]) ?? NaN;
      return node.op === 'Mul'
        ? { factor: node.inputs[slot], op: 'Mul', value }
        : { factor: node.inputs[slot], op: 'Div', value: 1 / value };
    }
    if (!isOnnx(node, 'Cast', 'Identity', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze')) return undefined;
    name = node.inputs[0];
  }
  return undefined;
}

function headsOf(reading: Reading, call: FoundCall, probabilities: string, order: readonly number[]): number {
  const dims = reading.types.dims(probabilities);
  if (dims === undefined) return 0;
  if (dims.length === 2) return 1;
  if (dims.length === 4) {
    const stated = [
      dims[order[1]],
      ...[call.queries, call.context]
        .map((tensor) => reading.types.dims(tensor))
        .map((shape) => (shape?.length === 4 ? shape[1] : undefined)),
    ];
    return stated.find((size) => typeof size === 'number') ?? 0;
  }
  if (dims.length === 5) {
    const [groups, perGroup] = [dims[order[1]], dims[order[2]]];
    return typeof groups === 'number' && typeof perGroup === 'number' ? groups * perGroup : 0;
  }
  const batch = call.residual && reading.types.dims(call.residual.input)?.[0];
  const heads = batch === undefined ? undefined : divided(dims[0], batch);
  return typeof heads === 'number' ? heads : 0;
}

/** Where the shapes do not say: rows of the output projection / features of the values. */
function headsByProjection(reading: Reading, context: string, values: Operand): number {
  const features = reading.types.dims(values.tensor)?.[values.free];
  let name = context;
  for (let steps = 0; steps < 8 && typeof features === 'number'; steps++) {
    const use = reading.wiring.consumers(name).find(({ node }) => node.op !== 'Shape');
    if (use === undefined) return 0;
    const weights = reading.types.dims(reading.unquantised(use.node.inputs[1] ?? ''));
    if (
      isOnnx(use.node, 'MatMul', 'Gemm', 'MatMulInteger') &&
      use.slot === 0 &&
      weights?.length === 2 &&
      !reading.isActivation(use.node.inputs[1])
    ) {
      const rows = weights[intOf(use.node, 'transB', 0) === 1 ? 1 : 0];
      return typeof rows === 'number' && rows % features === 0 ? rows / features : 0;
    }
    if (
      !isOnnx(
        use.node,
        'Transpose',
        'Reshape',
        'Flatten',
        'Cast',
        'Identity',
        'DynamicQuantizeLinear',
        'QuantizeLinear',
      )
    )
      return 0;
    name = use.node.outputs[0];
  }
  return 0;
}
