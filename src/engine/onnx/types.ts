import { constantOf, elementCount, numbersOf } from './constants';
import type { Dim } from './dims';
import { ElementType, type ConstantTensor, type Graph, type Model, type Node, type ValueType } from './graph';
import { inferOutputs } from './inference';
import { Wiring } from './wiring';

/** What is known of a tensor before anything runs. */
export interface TensorType {
  readonly type: ElementType;
  /** Undefined where not even the number of dimensions is known. */
  readonly dims?: readonly Dim[];
  /** The elements of an integer scalar or vector, where they follow from constants and shapes. */
  readonly values?: readonly Dim[];
}

/** Integer constants up to this many elements are read: shapes, axes, indices. */
const mostValues = 64;

/**
 * Element types and shapes of the tensors of a graph, inferred without running it. Sizes that depend on the input are symbols;
 * arithmetic on shapes (`Shape → Gather → Mul → Concat → Reshape`) is followed.
 */
export class TensorTypes {
  private readonly known = new Map<string, TensorType>();
  private readonly wiring: Wiring;
  private readonly outputs: ReadonlyMap<string, ValueType>;
  private unknowns = 0;

  constructor(
    private readonly model: Model,
    private readonly graph: Graph = model.graph,
    private readonly outer?: TensorTypes,
  ) {
    this.wiring = new Wiring(graph);
    this.outputs = new Map(graph.outputs.map((output) => [output.name, output]));
    for (const { name, type, dims } of graph.inputs) {
      this.known.set(name, {
        type,
        dims: dims?.map((dim) =>
          typeof dim === 'number' ? dim : dim === '' || dim === '?' ? this.unknown() : dim,
        ),
      });
    }
    for (const node of graph.nodes) this.add(node);
  }

  /** A size that equals no other. */
  unknown(): Dim {
    return this.outer?.unknown() ?? `?${this.unknowns++}`;
  }

  of(name: string): TensorType | undefined {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const constant = this.graph.initializers.get(name);
    if (constant === undefined) return this.outer?.of(name);
    const type = this.ofConstant(constant);
    this.known.set(name, type);
    return type;
  }

  dims(name: string): readonly Dim[] | undefined {
    return this.of(name)?.dims;
  }

  rank(name: string): number | undefined {
    return this.of(name)?.dims?.length;
  }

  /** `ElementType.undefined` where it is not known. */
  elementType(name: string): ElementType {
    return this.of(name)?.type ?? ElementType.undefined;
  }

  /** States the type of a tensor that no node makes: a new graph input. */
  declare(name: string, type: TensorType): void {
    this.known.set(name, type);
  }

  /** Infers the outputs of a node that has been added to the graph; its inputs must be known already. */
  add(node: Node): void {
    const inputs = node.inputs.map((input) => (input === '' ? undefined : this.of(input)));
    const inferred = inferOutputs({
      node,
      inputs,
      unknown: () => this.unknown(),
      constant: (tensor) => this.ofConstant(tensor),
      bodies: (body) => {
        const types = new TensorTypes(this.model, body, this);
        return body.outputs.map(({ name }) => types.of(name));
      },
    });
    node.outputs.forEach((name, index) => {
      if (name !== '') this.known.set(name, this.completed(name, inferred[index]));
    });
  }

  /** Where nothing could be inferred, what the file states stands in: element type and known sizes. Its symbols are nobody's. */
  private completed(name: string, inferred: TensorType | undefined): TensorType {
    const stated = this.graph.valueTypes.get(name) ?? this.outputs.get(name);
    const sizes = stated?.dims?.map((dim) => (typeof dim === 'number' ? dim : this.unknown()));
    return {
      type: (inferred?.type ?? 0) || (stated?.type ?? 0),
      dims: inferred?.dims ?? sizes,
      values: inferred?.values,
    };
  }

  private ofConstant(tensor: ConstantTensor): TensorType {
    const { type, dims } = tensor;
    const readable =
      (type === ElementType.int64 || type === ElementType.int32 || type === ElementType.bool) &&
      dims.length < 2 &&
      elementCount(dims) <= mostValues;
    return readable ? { type, dims, values: numbersOf(this.model, tensor) } : { type, dims };
  }

  /** The elements of a small constant, whatever its type; undefined for everything that is computed. */
  constantValues(name: string): readonly number[] | undefined {
    const tensor = this.graph.initializers.get(name) ?? constantOf(this.wiring, name);
    if (tensor === undefined || tensor.type === ElementType.string || elementCount(tensor.dims) > mostValues)
      return undefined;
    return numbersOf(this.model, tensor);
  }
}
