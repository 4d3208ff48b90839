import { UserError } from '../errors';
import { subgraphs, type Graph, type Model, type Node } from './graph';
import { topologicalOrder } from './wiring';

/** Inputs that an operator of ONNX must have, where it is not one; nothing behind this check asks again. */
const leastInputs: ReadonlyMap<string, number> = new Map(
  Object.entries({
    0: 'Constant RandomNormal RandomUniform Optional SequenceEmpty Loop Scan',
    2:
      'MatMul MatMulInteger Gemm Add Sub Mul Div Pow Mod And Or Xor Equal Less LessOrEqual Greater GreaterOrEqual ' +
      'Gather GatherElements GatherND Expand Tile Conv ConvInteger ConvTranspose CastLike LayerNormalization ' +
      'RMSNormalization PRelu QuantizeLinear DequantizeLinear CumSum BitShift',
    3: 'Where Range ScatterND ScatterElements OneHot InstanceNormalization Attention RotaryEmbedding',
    5: 'BatchNormalization',
    8: 'QLinearMatMul QLinearConv',
  }).flatMap(([count, operators]) =>
    operators.split(' ').map((operator) => [operator, Number(count)] as const),
  ),
);

/** The same for operators of onnxruntime's own domain. */
const leastMicrosoftInputs: ReadonlyMap<string, number> = new Map([
  ['Attention', 2],
  ['QAttention', 5],
  // Models without segments leave its second input out.
  ['EmbedLayerNormalization', 1],
  ['SkipLayerNormalization', 3],
  ['SkipSimplifiedLayerNormalization', 3],
  ['RotaryEmbedding', 4],
  ['MatMulNBits', 3],
  ['FusedMatMul', 2],
  ['BiasGelu', 2],
  ['GatherBlockQuantized', 3],
]);

/** What depends on which input is kept as a set of bits for every tensor. Caches of the deepest models are some hundreds. */
const mostInputs = 4096;

/** The tag of `sparse_initializer` (field 15): weights that are kept as they stand in the file, so that their names are not known. */
const sparseTag = 0x7a;

/** Names that a graph body sees: its own and those of the graphs around it. */
interface Scope {
  readonly names: ReadonlySet<string>;
  readonly outer?: Scope;
}

/**
 * Checks what everything behind the reader relies on: every tensor that is read is made, once, and before itself; operators have the inputs
 * that they cannot do without.
 * @throws UserError that names the first place where this is not so
 */
export function checkModel(model: Model): void {
  checkGraph(model.graph, undefined, (why) => {
    throw new UserError(
      `“${model.file || 'The model'}” is not a valid ONNX model: ${why}. Download or export it again.`,
      'model',
    );
  });
}

function checkGraph(graph: Graph, outer: Scope | undefined, fail: (why: string) => never): void {
  const names = new Set<string>(graph.initializers.keys());
  for (const { name } of graph.inputs) names.add(name);
  for (const node of graph.nodes) {
    checkNode(node, fail);
    for (const output of node.outputs) {
      if (output === '') continue;
      if (names.has(output)) fail(`the tensor ${quoted(output)} is made twice`);
      names.add(output);
    }
  }
  const scope: Scope = outer === undefined ? { names } : { names, outer };
  const isOpen = graph.rest.some((field) => field[0] === sparseTag);
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (input !== '' && !isOpen && !isSeen(scope, input))
        fail(`${inWords(node)} reads ${quoted(input)}, a weight or tensor that the file lacks`);
    }
    for (const body of subgraphs(node)) checkGraph(body, scope, fail);
  }
  for (const { name } of graph.outputs)
    if (!isOpen && !isSeen(scope, name)) fail(`nothing makes its output ${quoted(name)}`);
  if (outer === undefined && graph.outputs.length === 0) fail('it has no output');
  if (graph.inputs.length > mostInputs) fail(`it has more than ${mostInputs} inputs`);
  topologicalOrder(graph);
}

function checkNode(node: Node, fail: (why: string) => never): void {
  if (!node.outputs.some((output) => output !== '')) fail(`${inWords(node)} has no output`);
  const isOnnx = node.domain === '' || node.domain === 'ai.onnx';
  const least = isOnnx
    ? (leastInputs.get(node.op) ?? 1)
    : node.domain === 'com.microsoft'
      ? (leastMicrosoftInputs.get(node.op) ?? 1)
      : 0;
  for (let slot = 0; slot < least; slot++)
    if ((node.inputs[slot] ?? '') === '') fail(`${inWords(node)} lacks its input ${slot + 1}`);
}

function isSeen(scope: Scope, name: string): boolean {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer)
    if (at.names.has(name)) return true;
  return false;
}

function inWords({ name, op }: Node): string {
  return name === '' ? `an operator ${quoted(op)}` : `the operator ${quoted(name)} (${shortened(op)})`;
}

const quoted = (name: string): string => `“${shortened(name)}”`;

/** Names come from the file and may be of any length; a message is read by a person. */
function shortened(name: string): string {
  return name.length > 80 ? `${name.slice(0, 79)}…` : name;
}
