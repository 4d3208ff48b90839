import { NodeBuilder } from '../onnx/builder';
import { copyModel } from '../onnx/copy';
import {
  attribute,
  ElementType,
  intOf,
  isMicrosoft,
  isOnnx,
  type Graph,
  type Model,
  type Node,
} from '../onnx/graph';
import { TensorTypes } from '../onnx/types';
import { prune, topologicalOrder, Wiring } from '../onnx/wiring';

/** Elementwise operators of one tensor that come up between a model's last layer and its logits. */
const elementwise = [
  'Identity',
  'Cast',
  'Tanh',
  'Relu',
  'Erf',
  'Gelu',
  'Sigmoid',
  'Sqrt',
  'Neg',
  'LeakyRelu',
  'Elu',
  'Softplus',
  'Exp',
  'Log',
];
const binary = ['Add', 'Sub', 'Mul', 'Div', 'Pow'];

/** Where the answer divides: everything behind it treats each row by itself. */
interface RowCut {
  /** Tensor [B, S, …] whose row i alone decides row i of the answer. */
  readonly from: string;
  /** The node that reads it on the way to the answer; undefined where that is the answer itself. */
  readonly reader?: { readonly node: Node; readonly slot: number };
}

/** Walks up from the answer as long as each row depends on the same row of one input, and nobody else reads what lies between. */
function rowCut(graph: Graph, types: TensorTypes, tensor: string): RowCut {
  const wiring = new Wiring(graph);
  let cut: RowCut = { from: tensor };
  for (let node = wiring.producer(tensor); node !== undefined; node = wiring.producer(cut.from)) {
    const { from } = cut;
    const slot = rowwiseInput(node, types);
    const readers = wiring.consumers(from).length;
    const isShared = from === tensor ? readers > 0 : readers > 1 || wiring.isOutput(from);
    if (slot === undefined || isShared) break;
    cut = { from: node.inputs[slot], reader: { node, slot } };
  }
  return cut;
}

/**
 * A copy of the model that computes its answer for some positions only: of `tensor` [B, S, V], usually the logits, it gives the rows [B, K, V] at the
 * positions of a new input [K] (int64). The selection is made as early as the graph allows, in front of the projection to the vocabulary: where a
 * target stands at one position, the other S − 1 rows of logits need not be computed, stored or differentiated.
 * Everything else about the model stays. Works for every model; where nothing can be saved, the finished rows are picked.
 * @param stream name of a further output: the tensor [B, S, D] that the rows are picked from, whole. Only where something can be saved.
 */
export function atPositions(model: Model, tensor: string, positions: string, stream?: string): Model {
  const copy = copyModel(model);
  const { graph } = copy;
  const types = new TensorTypes(copy);
  const build = new NodeBuilder(graph, 'headlight/rows');
  const { from, reader } = rowCut(graph, types, tensor);

  graph.inputs.push({ name: positions, type: ElementType.int64, dims: [''] });
  const pick = (whole: string, picked: string): Node =>
    build.node('Gather', [whole, positions], [picked], [attribute.int('axis', 1)]);
  if (reader === undefined) {
    const whole = build.fresh('whole');
    for (const node of graph.nodes) {
      node.outputs = node.outputs.map((output) => (output === tensor ? whole : output));
      node.inputs = node.inputs.map((input) => (input === tensor ? whole : input));
    }
    pick(whole, tensor);
  } else {
    const picked = build.fresh('picked');
    pick(from, picked);
    reader.node.inputs[reader.slot] = picked;
    if (stream !== undefined) {
      build.node('Identity', [from], [stream]);
      graph.outputs.push({ name: stream, type: types.elementType(from) });
    }
  }
  build.appendTo();
  graph.nodes = topologicalOrder(graph);
  graph.outputs = graph.outputs.map((output) =>
    output.name === tensor ? { name: tensor, type: output.type } : output,
  );
  graph.valueTypes.clear();
  prune(graph);
  return copy;
}

/**
 * The tensor [B, S, D] that {@link atPositions} picks rows from, where the answer is made of it alone; undefined where nothing of the model treats each
 * row by itself, and where other numbers of the text come in on the way: the scale of quantised activations, for example.
 */
export function rowSource(model: Model, tensor: string): string | undefined {
  const { graph } = model;
  const { from, reader } = rowCut(graph, new TensorTypes(model), tensor);
  if (reader === undefined) return undefined;
  const wiring = new Wiring(graph);
  const given = new Set(graph.inputs.map(({ name }) => name));
  const seen = new Set([from]);
  const queue = [tensor];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (given.has(name) && !graph.initializers.has(name)) return undefined;
    queue.push(...(wiring.producer(name)?.inputs ?? []));
  }
  return from;
}

/**
 * The end of a model on its own: from the tensor that {@link atPositions} gives as its `stream`, as the input of that name, to the answer.
 * @returns undefined where there is no {@link rowSource}
 */
export function fromStream(model: Model, tensor: string, stream: string): Model | undefined {
  const copy = copyModel(model);
  const { graph } = copy;
  const types = new TensorTypes(copy);
  const { from, reader } = rowCut(graph, types, tensor);
  if (reader === undefined || rowSource(model, tensor) === undefined) return undefined;
  reader.node.inputs[reader.slot] = stream;
  graph.inputs = [{ name: stream, type: types.elementType(from), dims: [1, '', ''] }];
  graph.outputs = graph.outputs
    .filter(({ name }) => name === tensor)
    .map(({ name, type }) => ({ name, type }));
  graph.valueTypes.clear();
  prune(graph);
  return copy;
}

/** The input [B, S, …] whose row i alone decides row i of the output; undefined where there is none. */
function rowwiseInput(node: Node, types: TensorTypes): number | undefined {
  const isSequence = (slot: number): boolean => types.rank(node.inputs[slot]) === 3;
  /** Broadcast over batch and positions alike. */
  const isForAllRows = (slot: number): boolean => {
    const dims = types.dims(node.inputs[slot]);
    return dims !== undefined && dims.slice(0, -1).every((dim) => dim === 1);
  };
  if (isOnnx(node, ...elementwise)) return isSequence(0) ? 0 : undefined;
  if (isOnnx(node, ...binary)) return [0, 1].find((slot) => isSequence(slot) && isForAllRows(1 - slot));
  const isProduct =
    isOnnx(node, 'MatMul') || (isMicrosoft(node, 'FusedMatMul') && intOf(node, 'transA', 0) === 0);
  if (isProduct) return isSequence(0) && types.rank(node.inputs[1]) === 2 ? 0 : undefined;
  const normalisesRows =
    isOnnx(node, 'LayerNormalization', 'RMSNormalization', 'SimplifiedLayerNormalization') &&
    [-1, 2].includes(intOf(node, 'axis', -1));
  return normalisesRows && node.outputs.length === 1 && isSequence(0) ? 0 : undefined;
}
