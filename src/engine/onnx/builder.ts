import { boolTensor, floatTensor, int64Tensor, realTensor } from './constants';
import type { Attribute, ConstantTensor, ElementType, Graph, Node } from './graph';
import { attribute, ElementType as Types } from './graph';

/**
 * Makes nodes and constants with fresh names. New nodes are collected and placed by the caller: `graph.nodes` must
 * be in topological order when the model is written ({@link appendTo} where they come last).
 */
export class NodeBuilder {
  readonly nodes: Node[] = [];
  private readonly taken: Set<string>;
  private readonly constants = new Map<string, string>();
  private counter = 0;

  constructor(
    private readonly graph: Graph,
    /** First part of every new name: `headlight/grad`. */
    private readonly prefix: string,
  ) {
    this.taken = new Set(graph.initializers.keys());
    for (const { name } of graph.inputs) this.taken.add(name);
    for (const node of graph.nodes) for (const output of node.outputs) this.taken.add(output);
  }

  /** A name that no tensor has yet. */
  fresh(hint: string): string {
    for (;;) {
      const name = `${this.prefix}/${hint}.${this.counter++}`;
      if (this.taken.has(name)) continue;
      this.taken.add(name);
      return name;
    }
  }

  /** The name that is wanted, or that name with a number behind it where a tensor of the model has it already. */
  claim(wanted: string): string {
    let name = wanted;
    for (let count = 1; this.taken.has(name); count++) name = `${wanted}.${count}`;
    this.taken.add(name);
    return name;
  }

  /** A node with one output; gives the output's name. */
  op(op: string, inputs: readonly string[], attributes: readonly Attribute[] = [], domain = ''): string {
    return this.ops(op, inputs, 1, attributes, domain)[0];
  }

  /** A node with `count` outputs; gives their names. */
  ops(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: readonly Attribute[] = [],
    domain = '',
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.fresh(op));
    this.node(op, inputs, outputs, attributes, domain);
    return outputs;
  }

  /** A node whose outputs have the names given. */
  node(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: readonly Attribute[] = [],
    domain = '',
  ): Node {
    const node: Node = {
      name: outputs[0],
      op,
      domain,
      inputs: [...inputs],
      outputs: [...outputs],
      attributes: new Map(attributes.map((entry) => [entry.name, entry])),
    };
    this.nodes.push(node);
    return node;
  }

  /** Adds a constant tensor under a fresh name. */
  constant(tensor: ConstantTensor): string {
    const name = this.fresh('const');
    this.graph.initializers.set(name, { ...tensor, name });
    return name;
  }

  /** An int64 vector; the same values share one initialiser. */
  ints(values: readonly number[]): string {
    return this.shared(`ints:${values.join(',')}`, () => int64Tensor('', values));
  }

  /** An int64 scalar. */
  int(value: number): string {
    return this.shared(`int:${value}`, () => int64Tensor('', [value], []));
  }

  /** A scalar of a floating-point element type (float32 unless said otherwise). */
  scalar(value: number, type: ElementType = Types.float): string {
    return this.shared(`scalar:${type}:${value}`, () => realTensor('', type, [value], []));
  }

  floats(values: readonly number[]): string {
    return this.constant(floatTensor('', values));
  }

  bool(value: boolean): string {
    return this.shared(`bool:${value}`, () => boolTensor('', [value], []));
  }

  private shared(key: string, make: () => ConstantTensor): string {
    const existing = this.constants.get(key);
    if (existing !== undefined) return existing;
    const name = this.constant(make());
    this.constants.set(key, name);
    return name;
  }

  transpose(input: string, perm: readonly number[]): string {
    return this.op('Transpose', [input], [attribute.ints('perm', perm)]);
  }

  cast(input: string, to: ElementType): string {
    return this.op('Cast', [input], [attribute.int('to', to)]);
  }

  /** Puts the collected nodes behind all others. */
  appendTo(graph: Graph = this.graph): void {
    for (const node of this.nodes.splice(0)) graph.nodes.push(node);
  }
}
