import { constantOf, elementCount, numbersOf } from '../onnx/constants';
import {
  capturedNames,
  ElementType,
  intOf,
  isOnnx,
  subgraphs,
  type Graph,
  type Model,
  type Node,
} from '../onnx/graph';
import { TensorTypes } from '../onnx/types';
import { topologicalOrder, Wiring } from '../onnx/wiring';
import type { FormContext } from './forms/form';

/** Operators through which nothing but the shape of a tensor passes. */
const shapeOnly = ['Shape', 'Size'];

/** Operators whose output is their first input, perhaps in another precision. */
const copying = ['Cast', 'CastLike', 'Identity', 'Dropout'];

/** Scales are computed by a few operators; a chain of thousands would overflow the stack. */
const deepestScalar = 64;

/** What the search for attention asks of a graph: order, types, and what depends on what. Valid while the graph is not edited. */
export class Reading implements FormContext {
  /** In an order in which every tensor is made before it is read. */
  readonly nodes: readonly Node[];
  readonly graph: Graph;
  readonly wiring: Wiring;
  readonly types: TensorTypes;
  private readonly places = new Map<Node, number>();
  private readonly rootSets = new Map<string, bigint>();
  private readonly scalars = new Map<string, number | undefined>();

  constructor(readonly model: Model) {
    this.nodes = topologicalOrder(model.graph);
    this.graph = { ...model.graph, nodes: [...this.nodes] };
    this.wiring = new Wiring(this.graph);
    this.types = new TensorTypes({ ...model, graph: this.graph });
    this.graph.inputs.forEach(({ name }, index) => this.rootSets.set(name, 1n << BigInt(index)));
    this.nodes.forEach((node, place) => {
      this.places.set(node, place);
      let roots = 0n;
      for (const input of contentInputs(node)) roots |= this.rootSets.get(input) ?? 0n;
      if (roots !== 0n)
        for (const output of node.outputs) if (output !== '') this.rootSets.set(output, roots);
    });
  }

  /** Position in the order of data flow. */
  place(node: Node): number {
    return this.places.get(node) ?? -1;
  }

  /** The graph inputs whose contents (not only shapes) a tensor depends on, one bit each. */
  roots(tensor: string): bigint {
    return this.rootSets.get(tensor) ?? 0n;
  }

  /** True for tensors that depend on the contents of a graph input: activations, masks, ids; false for weights and shapes. */
  isActivation(tensor: string): boolean {
    return this.roots(tensor) !== 0n;
  }

  rankOf(tensor: string): number {
    return this.types.rank(tensor) ?? 4;
  }

  /** Follows quantisation backwards: `DynamicQuantizeLinear`, `QuantizeLinear`, `DequantizeLinear`. */
  unquantised(tensor: string): string {
    let name = tensor;
    for (let steps = 0; steps < 8; steps++) {
      const node = this.wiring.producer(name);
      if (
        node === undefined ||
        !['DynamicQuantizeLinear', 'QuantizeLinear', 'DequantizeLinear'].includes(node.op)
      )
        break;
      name = node.inputs[0];
    }
    return name;
  }

  /** The tensor that `tensor` is a mere copy of (another precision included). */
  original(tensor: string): string {
    let name = tensor;
    for (let steps = 0; steps < 8; steps++) {
      const node = this.wiring.producer(name);
      if (node === undefined || !isOnnx(node, ...copying) || !this.isActivation(node.inputs[0])) break;
      name = node.inputs[0];
    }
    return name;
  }

  /** `tensor` and all copies of it. */
  copies(tensor: string): Set<string> {
    const found = new Set([tensor]);
    for (const name of found)
      for (const { node, slot } of this.wiring.consumers(name))
        if (slot === 0 && isOnnx(node, ...copying)) found.add(node.outputs[0]);
    return found;
  }

  /** Every tensor whose contents `tensor` depends on, itself included. */
  ancestors(tensor: string): Set<string> {
    const seen = new Set<string>();
    const queue = [tensor];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (seen.has(name) || !this.isActivation(name)) continue;
      seen.add(name);
      const node = this.wiring.producer(name);
      if (node !== undefined) queue.push(...contentInputs(node));
    }
    return seen;
  }

  /**
   * Visits the nodes that depend on the contents of `tensor`, in the order of data flow, until `visit` gives true.
   * @param visit receives the node and everything reached so far.
   */
  followForward(tensor: string, visit: (node: Node, reached: ReadonlySet<string>) => boolean): void {
    const reached = new Set([tensor]);
    const waiting = new Set<Node>();
    const enqueue = (name: string): void => {
      for (const { node } of this.wiring.consumers(name)) if (!shapeOnly.includes(node.op)) waiting.add(node);
    };
    enqueue(tensor);
    let place = this.nodes.length;
    for (const node of waiting) place = Math.min(place, this.place(node));
    // What reads an output stands behind it, so that one walk along the order meets everything that waits.
    for (; waiting.size > 0 && place < this.nodes.length; place++) {
      const next = this.nodes[place];
      if (!waiting.delete(next)) continue;
      if (visit(next, reached)) return;
      for (const output of next.outputs) {
        if (output === '' || reached.has(output)) continue;
        reached.add(output);
        enqueue(output);
      }
    }
  }

  /**
   * The one number in a tensor of one element that follows from constants and known shapes; undefined for everything else.
   * @param depth operators between the tensor that was asked for and this one
   */
  scalar(tensor: string, depth = 0): number | undefined {
    if (depth > deepestScalar) return undefined;
    if (!this.scalars.has(tensor)) {
      this.scalars.set(tensor, undefined);
      this.scalars.set(tensor, this.computeScalar(tensor, depth));
    }
    return this.scalars.get(tensor);
  }

  private computeScalar(tensor: string, depth: number): number | undefined {
    const constant = constantOf(this.wiring, tensor);
    if (constant !== undefined) {
      if (elementCount(constant.dims) !== 1 || constant.type === ElementType.string) return undefined;
      return numbersOf(this.model, constant)[0];
    }
    const value = this.types.of(tensor)?.values;
    if (value?.length === 1) return typeof value[0] === 'number' ? value[0] : undefined;
    const node = this.wiring.producer(tensor);
    if (node === undefined || this.isActivation(tensor)) return undefined;
    if (isOnnx(node, 'ConstantOfShape') && this.types.dims(tensor)?.every((dim) => dim === 1)) {
      const fill = node.attributes.get('value')?.value;
      return fill?.kind === 'tensor' ? numbersOf(this.model, fill.value)[0] : 0;
    }
    const inputs = node.inputs.map((input) => this.scalar(input, depth + 1));
    const [a, b] = inputs;
    if (a === undefined) return undefined;
    const isWhole =
      this.types.elementType(tensor) === ElementType.int64 ||
      this.types.elementType(tensor) === ElementType.int32;
    if (isOnnx(node, 'Cast', 'Identity', 'Squeeze', 'Unsqueeze', 'Reshape', 'CastLike', 'Dropout'))
      return isWhole ? Math.trunc(a) : a;
    if (isOnnx(node, 'Sqrt')) return Math.sqrt(a);
    if (isOnnx(node, 'Reciprocal')) return 1 / a;
    if (isOnnx(node, 'Neg')) return -a;
    if (b === undefined) return undefined;
    if (isOnnx(node, 'Mul')) return a * b;
    if (isOnnx(node, 'Div')) return isWhole ? Math.trunc(a / b) : a / b;
    if (isOnnx(node, 'Add')) return a + b;
    if (isOnnx(node, 'Sub')) return a - b;
    if (isOnnx(node, 'Pow')) return a ** b;
    return undefined;
  }

  /** True where a tensor has one element and does not depend on the contents of any input. */
  isScalarFactor(tensor: string): boolean {
    if (this.isActivation(tensor)) return false;
    const dims = this.types.dims(tensor);
    return dims !== undefined && dims.every((dim) => dim === 1);
  }
}

/** The inputs of a node through which contents flow, those captured by its bodies included. */
export function contentInputs(node: Node): string[] {
  if (shapeOnly.includes(node.op)) return [];
  const inputs = node.inputs.filter((input) => input !== '');
  for (const body of subgraphs(node)) inputs.push(...capturedNames(body));
  return inputs;
}

/** True for a Softmax over the last axis, counted with the rules of the operator set. */
export function isRowSoftmax(node: Node, rank: number | undefined, opset: number): boolean {
  if (!isOnnx(node, 'Softmax')) return false;
  const axis = intOf(node, 'axis', opset < 13 ? 1 : -1);
  return axis === -1 || axis === (rank ?? 4) - 1;
}
