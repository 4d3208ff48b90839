import { copyModel } from './copy';
import {
  capturedNames,
  ElementType,
  graphOf,
  isOnnx,
  type Attribute,
  type Graph,
  type Model,
  type Node,
} from './graph';
import { TensorTypes } from './types';
import { prune, Wiring } from './wiring';

/**
 * The model without the branch that continues from a cache: decoders merged by Optimum choose with a boolean input (`use_cache_branch`)
 * between a graph that reads past keys and values and one that does not. The `If` becomes the second one's operators, and inputs that only
 * the first one read go. Models without such a choice come back as they are.
 */
export function withoutPast(model: Model): Model {
  const wiring = new Wiring(model.graph);
  const flags = new Set(
    model.graph.inputs.filter(({ type }) => type === ElementType.bool).map(({ name }) => name),
  );
  const choices = model.graph.nodes.flatMap((node) => {
    const flag = isOnnx(node, 'If') ? sourceOf(wiring, node.inputs[0]) : '';
    const branch = flags.has(flag) ? withFewerInputs(model.graph, node) : undefined;
    return branch === undefined ? [] : [{ node, flag, branch }];
  });
  if (choices.length === 0) return model;
  const copy = copyModel(model);
  const { graph } = copy;
  const branches = new Map(choices.map(({ node, branch }) => [node.outputs[0], branch]));
  const taken = namesOf(graph);
  graph.nodes = graph.nodes.flatMap((node) => {
    const branch = branches.get(node.outputs[0]);
    return branch === undefined || !isOnnx(node, 'If') ? [node] : inlined(graph, node, branch, taken);
  });
  prune(graph);
  const before = new Set(
    model.graph.inputs.map(({ name }) => name).filter((name) => wiring.consumers(name).length > 0),
  );
  const after = new Wiring(graph);
  // Inputs that were of use and no longer are; those that nothing ever read stay, since callers may feed them.
  graph.inputs = graph.inputs.filter(
    ({ name }) => !before.has(name) || after.consumers(name).length > 0 || after.isOutput(name),
  );
  return copy;
}

/**
 * Replaces, in place, each `If` whose condition follows from constants and from the shapes of the graph by the branch that is taken: exporters write one
 * wherever a size might be 1.
 * @param model a copy that nobody else edits
 */
export function inlineDecidedBranches(model: Model): void {
  const { graph } = model;
  // A branch may hold further choices.
  while (graph.nodes.some((node) => isOnnx(node, 'If'))) {
    const types = new TensorTypes(model);
    const taken = namesOf(graph);
    let isChanged = false;
    graph.nodes = graph.nodes.flatMap((node) => {
      const [condition] = isOnnx(node, 'If') ? (types.of(node.inputs[0])?.values ?? []) : [];
      const branch =
        typeof condition === 'number'
          ? graphOf(node, condition === 0 ? 'else_branch' : 'then_branch')
          : undefined;
      if (branch === undefined) return [node];
      isChanged = true;
      return inlined(graph, node, branch, taken);
    });
    if (!isChanged) return;
  }
}

/** The graph input that a condition is. */
function sourceOf(wiring: Wiring, tensor: string): string {
  let name = tensor;
  for (let steps = 0; steps < 8; steps++) {
    const node = wiring.producer(name);
    if (node === undefined || !isOnnx(node, 'Identity', 'Cast', 'Squeeze', 'Reshape', 'Gather')) break;
    name = node.inputs[0];
  }
  return name;
}

/** The branch that reads fewer of the graph's inputs; undefined where both read the same. */
function withFewerInputs(graph: Graph, node: Node): Graph | undefined {
  const [yes, no] = [graphOf(node, 'then_branch'), graphOf(node, 'else_branch')];
  if (yes === undefined || no === undefined) return undefined;
  const count = (branch: Graph): number => {
    const captured = capturedNames(branch);
    return graph.inputs.filter(({ name }) => captured.has(name)).length;
  };
  const [ofYes, ofNo] = [count(yes), count(no)];
  return ofYes === ofNo ? undefined : ofYes < ofNo ? yes : no;
}

function namesOf(graph: Graph): Set<string> {
  const names = new Set(graph.initializers.keys());
  for (const { name } of graph.inputs) names.add(name);
  for (const node of graph.nodes) for (const output of node.outputs) names.add(output);
  return names;
}

/** The operators of a branch, as part of the graph around it. */
function inlined(graph: Graph, node: Node, branch: Graph, taken: Set<string>): Node[] {
  const renamed = new Map<string, string>();
  for (const name of namesOf(branch)) {
    if (name === '') continue;
    let fresh = name;
    for (let count = 1; taken.has(fresh); count++) fresh = `${name}/branch.${count}`;
    taken.add(fresh);
    if (fresh !== name) renamed.set(name, fresh);
  }
  const body = renameTensors(branch, renamed);
  for (const [name, tensor] of body.initializers) graph.initializers.set(name, { ...tensor, name });
  const results = node.outputs.map((output, index): Node => ({
    name: `${node.name}/result.${index}`,
    op: 'Identity',
    domain: '',
    inputs: [body.outputs[index]?.name ?? ''],
    outputs: [output],
    attributes: new Map(),
  }));
  return [...body.nodes, ...results.filter(({ outputs, inputs }) => outputs[0] !== '' && inputs[0] !== '')];
}

/** A copy of a graph with tensors renamed, in its inner bodies too. */
function renameTensors(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  const to = (name: string): string => names.get(name) ?? name;
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(to),
      outputs: node.outputs.map(to),
      attributes: new Map([...node.attributes].map(([name, entry]) => [name, renameAttribute(entry, names)])),
    })),
    initializers: new Map(
      [...graph.initializers].map(([name, tensor]) => [to(name), { ...tensor, name: to(name) }]),
    ),
    inputs: graph.inputs.map((input) => ({ ...input, name: to(input.name), raw: undefined })),
    outputs: graph.outputs.map((output) => ({ ...output, name: to(output.name), raw: undefined })),
    valueTypes: new Map(),
  };
}

function renameAttribute(entry: Attribute, names: ReadonlyMap<string, string>): Attribute {
  const { name, value } = entry;
  if (value.kind === 'graph')
    return { name, value: { kind: 'graph', value: renameTensors(value.value, names) } };
  if (value.kind === 'graphs')
    return {
      name,
      value: { kind: 'graphs', value: value.value.map((graph) => renameTensors(graph, names)) },
    };
  return entry;
}
