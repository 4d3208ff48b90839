import { UserError } from '../errors';
import { capturedNames, subgraphs, type Graph, type Node } from './graph';

/** One place where a tensor is read: input number `slot` of `node`, or −1 where a body of `node` captures it. */
export interface Use {
  readonly node: Node;
  readonly slot: number;
}

/**
 * Who makes and who reads each tensor of a graph, as it was when this was built.
 * Editing the graph makes it stale: build another one.
 */
export class Wiring {
  private readonly producers = new Map<string, Node>();
  private readonly uses = new Map<string, Use[]>();
  private readonly outputNames = new Set<string>();

  constructor(readonly graph: Graph) {
    for (const output of graph.outputs) this.outputNames.add(output.name);
    for (const node of graph.nodes) {
      for (const output of node.outputs) if (output !== '') this.producers.set(output, node);
      node.inputs.forEach((input, slot) => this.addUse(input, { node, slot }));
      for (const body of subgraphs(node))
        for (const name of capturedNames(body)) this.addUse(name, { node, slot: -1 });
    }
  }

  private addUse(name: string, use: Use): void {
    if (name === '') return;
    const uses = this.uses.get(name);
    if (uses === undefined) this.uses.set(name, [use]);
    else uses.push(use);
  }

  /** The node that makes the tensor; undefined for graph inputs and initialisers. */
  producer(tensor: string): Node | undefined {
    return this.producers.get(tensor);
  }

  /** Everything that reads the tensor, in graph order. */
  consumers(tensor: string): readonly Use[] {
    return this.uses.get(tensor) ?? [];
  }

  isOutput(tensor: string): boolean {
    return this.outputNames.has(tensor);
  }
}

/**
 * The nodes in an order in which every tensor is made before it is read. Keeps the file's order wherever it is valid.
 * @throws UserError where the nodes form a cycle.
 */
export function topologicalOrder(graph: Graph): Node[] {
  const producers = new Map<string, Node>();
  for (const node of graph.nodes)
    for (const output of node.outputs) if (output !== '') producers.set(output, node);
  const reads = (node: Node): string[] => [
    ...node.inputs,
    ...subgraphs(node).flatMap((body) => [...capturedNames(body)]),
  ];
  const ordered: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  for (const root of graph.nodes) {
    if (state.has(root)) continue;
    // An explicit stack: graphs of a million nodes would overflow the call stack.
    const stack: { node: Node; pending: string[]; next: number }[] = [
      { node: root, pending: reads(root), next: 0 },
    ];
    state.set(root, 'open');
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next === top.pending.length) {
        state.set(top.node, 'done');
        ordered.push(top.node);
        stack.pop();
        continue;
      }
      const producer = producers.get(top.pending[top.next++]);
      if (producer === undefined) continue;
      const seen = state.get(producer);
      if (seen === 'open') {
        throw new UserError(
          `The model's graph has a cycle through “${producer.name || producer.op}”. The file is damaged or was made by a faulty converter; export the model again.`,
          'model',
        );
      }
      if (seen === undefined) {
        state.set(producer, 'open');
        stack.push({ node: producer, pending: reads(producer), next: 0 });
      }
    }
  }
  return ordered;
}

/** Every tensor that `outputs` depend on, found by walking backwards. */
export function ancestors(wiring: Wiring, outputs: Iterable<string>): Set<string> {
  const seen = new Set<string>();
  const queue = [...outputs];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (name === '' || seen.has(name)) continue;
    seen.add(name);
    const node = wiring.producer(name);
    if (node === undefined) continue;
    queue.push(...node.inputs);
    for (const body of subgraphs(node)) queue.push(...capturedNames(body));
  }
  return seen;
}

/** Every tensor that depends on one of `inputs`, the inputs included. */
export function descendants(wiring: Wiring, inputs: Iterable<string>): Set<string> {
  const seen = new Set<string>();
  const queue = [...inputs];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (name === '' || seen.has(name)) continue;
    seen.add(name);
    for (const { node } of wiring.consumers(name)) queue.push(...node.outputs);
  }
  return seen;
}

/** Takes away the nodes and initialisers that no output needs. Graph inputs stay: callers feed them by name. */
export function prune(graph: Graph): void {
  const needed = ancestors(
    new Wiring(graph),
    graph.outputs.map((output) => output.name),
  );
  graph.nodes = graph.nodes.filter((node) => node.outputs.some((output) => needed.has(output)));
  for (const name of graph.initializers.keys()) if (!needed.has(name)) graph.initializers.delete(name);
}
