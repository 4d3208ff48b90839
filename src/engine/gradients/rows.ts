import { NodeBuilder } from '../onnx/builder';
import { copyModel } from '../onnx/copy';
import { attribute, ElementType, intOf, isMicrosoft, isOnnx, type Model, type Node } from '../onnx/graph';
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

/**
 * A copy of the model that computes its answer for some positions only: of `tensor` [B, S, V], usually the logits, it gives the rows [B, K, V] at the
 * positions of a new input [K] (int64). The selection is made as early as the graph allows, in front of the projection to the vocabulary: where a
 * target stands at one position, the other S − 1 rows of logits need not be computed, stored or differentiated.
 * Everything else about the model stays. Works for every model; where nothing can be saved, the finished rows are picked.
 */
export function atPositions(model: Model, tensor: string, positions: string): Model {
  const copy = copyModel(model);
  const { graph } = copy;
  const wiring = new Wiring(graph);
  const types = new TensorTypes(copy);
  const build = new NodeBuilder(graph, 'headlight/rows');

  // Walk up from the answer as long as each row depends on the same row of one input, and nobody else reads what lies between.
  let from = tensor;
  let reader: { readonly node: Node; readonly slot: number } | undefined;
  for (let node = wiring.producer(from); node !== undefined; node = wiring.producer(from)) {
    const slot = rowwiseInput(node, types);
    const readers = wiring.consumers(from).length;
    if (
      slot === undefined ||
      (from !== tensor && (readers > 1 || wiring.isOutput(from))) ||
      (from === tensor && readers > 0)
    )
      break;
    reader = { node, slot };
    from = node.inputs[slot];
  }

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
