import type { Graph, Model } from './graph';

/** A copy that can be edited without touching the original. Constants and the bodies of control flow are shared: they are replaced, never changed. */
export function copyModel(model: Model): Model {
  return { ...model, opsets: new Map(model.opsets), graph: copyGraph(model.graph) };
}

/** The same for a graph or a body of control flow. */
export function copyGraph(graph: Graph): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: [...node.inputs],
      outputs: [...node.outputs],
      attributes: new Map(node.attributes),
    })),
    initializers: new Map(graph.initializers),
    inputs: [...graph.inputs],
    outputs: [...graph.outputs],
    valueTypes: new Map(graph.valueTypes),
  };
}
