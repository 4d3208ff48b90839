import type { Attribute, Graph, Model } from '../../src/engine/onnx/graph';

/** A model in which every operator, tensor, weight, input and output has a random name, and the names that the old ones became. */
export function renamed(model: Model, seed: number): { model: Model; names: ReadonlyMap<string, string> } {
  let state = seed;
  const random = (): string => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return `x${state.toString(36)}${names.size.toString(36)}`;
  };
  const names = new Map<string, string>();
  const to = (name: string): string => {
    if (name === '') return '';
    const known = names.get(name) ?? random();
    names.set(name, known);
    return known;
  };
  const attribute = (entry: Attribute): Attribute => {
    const { name, value } = entry;
    if (value.kind === 'graph') return { name, value: { kind: 'graph', value: graph(value.value) } };
    if (value.kind === 'graphs') return { name, value: { kind: 'graphs', value: value.value.map(graph) } };
    return entry;
  };
  const graph = (from: Graph): Graph => ({
    ...from,
    name: random(),
    nodes: from.nodes.map((node) => ({
      ...node,
      name: random(),
      inputs: node.inputs.map(to),
      outputs: node.outputs.map(to),
      attributes: new Map([...node.attributes].map(([key, entry]) => [key, attribute(entry)])),
    })),
    initializers: new Map(
      [...from.initializers].map(([name, tensor]) => [to(name), { ...tensor, name: to(name) }]),
    ),
    inputs: from.inputs.map(({ name, type, dims }) => ({ name: to(name), type, dims })),
    outputs: from.outputs.map(({ name, type, dims }) => ({ name: to(name), type, dims })),
    valueTypes: new Map(),
  });
  return { model: { ...model, graph: graph(model.graph) }, names };
}
