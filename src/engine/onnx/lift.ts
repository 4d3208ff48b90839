import { copyGraph } from './copy';
import { int64Tensor, realTensor } from './constants';
import {
  attribute,
  ElementType,
  floatOf,
  intOf,
  intsOf,
  isOnnx,
  type Graph,
  type Model,
  type Node,
} from './graph';
import { TensorTypes } from './types';
import { UserError } from '../errors';

/** From here on reductions take their axes as an input and scatters can add: what is written into graphs needs that. */
export const leastOpset = 18;
const oldestOpset = 9;

/**
 * Brings a model (a copy that nobody else edits) up to operator set 18 in place, operator by operator, without changing what it computes. Newer models stay as they are.
 * Nodes that are written into graphs then have one form, whatever exported the model.
 * @throws UserError for models older than operator set 9.
 */
export function liftOpset(model: Model): void {
  const version = model.opsets.get('') ?? leastOpset;
  if (version >= leastOpset) return;
  if (version < oldestOpset) {
    throw new UserError(
      `The model uses ONNX operator set ${version}, from before transformers were exported. Export it again with operator set 14 or newer.`,
      'model',
    );
  }
  // Ranks are asked for by Softmax only, and must be inferred while the old forms are still there.
  const types = version < 13 ? new TensorTypes(model) : undefined;
  liftGraph(model.graph, version, types);
  model.opsets.set('', leastOpset);
  model.irVersion = Math.max(model.irVersion, 8);
}

function liftGraph(graph: Graph, version: number, types: TensorTypes | undefined): void {
  let counter = 0;
  const constant = (
    node: Node,
    values: readonly number[],
    type: ElementType,
    dims?: readonly number[],
  ): string => {
    const name = `headlight/lift/${node.outputs[0]}.${counter++}`;
    graph.initializers.set(
      name,
      type === ElementType.int64 ? int64Tensor(name, values, dims) : realTensor(name, type, values, dims),
    );
    return name;
  };
  /** Moves a list of integers from the attributes to input number `slot`. */
  const toInput = (node: Node, name: string, slot: number): void => {
    const values = intsOf(node, name);
    if (values === undefined) return;
    node.attributes.delete(name);
    while (node.inputs.length < slot) node.inputs.push('');
    node.inputs[slot] = constant(node, values, ElementType.int64);
  };
  graph.nodes = graph.nodes.flatMap((node) => {
    liftBodies(node, version, types);
    if (
      isOnnx(
        node,
        'ReduceMean',
        'ReduceMax',
        'ReduceMin',
        'ReduceProd',
        'ReduceL1',
        'ReduceL2',
        'ReduceLogSum',
        'ReduceLogSumExp',
        'ReduceSumSquare',
      )
    )
      toInput(node, 'axes', 1);
    if (isOnnx(node, 'Split')) {
      if (version < 13) toInput(node, 'split', 1);
      if (node.inputs.length < 2)
        node.attributes.set('num_outputs', attribute.int('num_outputs', node.outputs.length));
    }
    if (version < 13 && isOnnx(node, 'Squeeze', 'Unsqueeze', 'ReduceSum')) toInput(node, 'axes', 1);
    if (version < 13 && isOnnx(node, 'Softmax', 'LogSoftmax', 'Hardmax')) return liftSoftmax(node, types);
    // Dropout does nothing outside training; its ratio became an input.
    if (version < 12 && isOnnx(node, 'Dropout')) node.attributes.delete('ratio');
    if (version < 11 && isOnnx(node, 'Clip')) {
      const type = types?.elementType(node.inputs[0]) ?? ElementType.float;
      const limits = [floatOf(node, 'min', -Infinity), floatOf(node, 'max', Infinity)].map((limit) =>
        constant(node, [limit], type, []),
      );
      node.inputs = [node.inputs[0], ...limits];
      node.attributes.delete('min');
      node.attributes.delete('max');
    }
    if (version < 11 && isOnnx(node, 'Pad')) {
      toInput(node, 'pads', 1);
      node.inputs[2] = constant(
        node,
        [floatOf(node, 'value', 0)],
        types?.elementType(node.inputs[0]) ?? ElementType.float,
        [],
      );
      node.attributes.delete('value');
    }
    if (version < 10 && isOnnx(node, 'Slice'))
      ['starts', 'ends', 'axes'].forEach((name, index) => toInput(node, name, index + 1));
    return [node];
  });
}

/** Bodies of control flow are shared with the model that this one was copied from: they are replaced, not changed. */
function liftBodies(node: Node, version: number, types: TensorTypes | undefined): void {
  for (const { name, value } of [...node.attributes.values()]) {
    if (value.kind !== 'graph') continue;
    const body = copyGraph(value.value);
    liftGraph(body, version, types);
    node.attributes.set(name, attribute.graph(name, body));
  }
}

/** Before operator set 13 Softmax worked on everything from its axis on, as one row. */
function liftSoftmax(node: Node, types: TensorTypes | undefined): Node[] {
  const axis = intOf(node, 'axis', 1);
  const rank = types?.dims(node.inputs[0])?.length;
  node.attributes.set('axis', attribute.int('axis', -1));
  if (axis === -1 || axis + 1 === rank) return [node];
  const [input, output] = [node.inputs[0], node.outputs[0]];
  const make = (op: string, inputs: string[], result: string): Node => ({
    name: result,
    op,
    domain: '',
    inputs,
    outputs: [result],
    attributes: new Map(),
  });
  const [flat, rows, shape] = ['flat', 'rows', 'shape'].map((part) => `headlight/lift/${output}.${part}`);
  const flatten = make('Flatten', [input], flat);
  flatten.attributes.set('axis', attribute.int('axis', axis));
  node.inputs[0] = flat;
  node.outputs[0] = rows;
  return [flatten, node, make('Shape', [input], shape), make('Reshape', [rows, shape], output)];
}
