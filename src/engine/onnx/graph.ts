/**
 * An ONNX model as this program edits it: plain tables of nodes and tensors.
 * Weights are never copied into JavaScript numbers; a tensor knows where its bytes lie.
 */

/** ONNX element types (`TensorProto.DataType`). */
export const ElementType = {
  undefined: 0,
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
} as const;
export type ElementType = number;

/** Bytes per element; 0 for types without a fixed size. Packed 4-bit types count one half. */
export function elementSize(type: ElementType): number {
  switch (type) {
    case ElementType.float:
    case ElementType.int32:
    case ElementType.uint32:
      return 4;
    case ElementType.uint8:
    case ElementType.int8:
    case ElementType.bool:
      return 1;
    case ElementType.uint16:
    case ElementType.int16:
    case ElementType.float16:
    case ElementType.bfloat16:
      return 2;
    case ElementType.int64:
    case ElementType.double:
    case ElementType.uint64:
    case ElementType.complex64:
      return 8;
    case ElementType.complex128:
      return 16;
    case ElementType.uint4:
    case ElementType.int4:
      return 0.5;
    default:
      return 0;
  }
}

/** Name of an element type as ONNX writes it in text: `float16`. */
export function elementTypeName(type: ElementType): string {
  return Object.entries(ElementType).find(([, value]) => value === type)?.[0] ?? `type ${type}`;
}

/** Where the bytes of a tensor lie: in memory, or in a file beside the model. */
export type TensorBytes =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  /** `location` is relative to the model's folder and has been checked to stay inside it. */
  | { readonly kind: 'external'; readonly location: string; readonly offset: number; readonly length: number }
  | { readonly kind: 'strings'; readonly strings: readonly Uint8Array[] };

/** A constant tensor: an initialiser, or the value of an attribute. Bytes are little-endian, row-major. */
export interface ConstantTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly content: TensorBytes;
}

export type AttributeValue =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: ConstantTensor }
  | { readonly kind: 'graph'; readonly value: Graph }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'graphs'; readonly value: readonly Graph[] }
  /** Anything else (sparse tensors, type protos): kept as it stands in the file. */
  | { readonly kind: 'other' };

export interface Attribute {
  readonly name: string;
  readonly value: AttributeValue;
  /** The message as it stands in the file; written back unchanged. */
  readonly raw?: Uint8Array;
}

export interface Node {
  name: string;
  op: string;
  /** Empty for the ONNX operators themselves, `com.microsoft` for onnxruntime's. */
  domain: string;
  /** Tensor names; an empty string stands for an input that is left out. */
  inputs: string[];
  outputs: string[];
  attributes: Map<string, Attribute>;
}

/** Type of a graph input, output or intermediate tensor. `dims` is undefined where the file does not say. */
export interface ValueType {
  readonly name: string;
  readonly type: ElementType;
  readonly dims?: readonly (number | string)[];
  /** The message as it stands in the file (needed for sequences, maps, optionals). */
  readonly raw?: Uint8Array;
}

export interface Graph {
  name: string;
  nodes: Node[];
  initializers: Map<string, ConstantTensor>;
  inputs: ValueType[];
  outputs: ValueType[];
  /** Types that the file states for intermediate tensors; hints only. */
  valueTypes: Map<string, ValueType>;
  /** Fields that this program does not use (quantisation annotations ...), as they stand in the file. */
  rest: readonly Uint8Array[];
}

export interface Model {
  /** Absolute path of the `.onnx` file; empty for a model made in memory. */
  readonly file: string;
  irVersion: number;
  producer: string;
  /** Version of each operator set in use, by domain. */
  opsets: Map<string, number>;
  graph: Graph;
  /** Fields that this program does not use (functions, metadata), as they stand in the file. */
  rest: readonly Uint8Array[];
}

/** Attributes for nodes that are made here. */
export const attribute = {
  float: (name: string, value: number): Attribute => ({ name, value: { kind: 'float', value } }),
  int: (name: string, value: number): Attribute => ({ name, value: { kind: 'int', value } }),
  ints: (name: string, value: readonly number[]): Attribute => ({ name, value: { kind: 'ints', value } }),
  floats: (name: string, value: readonly number[]): Attribute => ({ name, value: { kind: 'floats', value } }),
  string: (name: string, value: string): Attribute => ({ name, value: { kind: 'string', value } }),
  tensor: (name: string, value: ConstantTensor): Attribute => ({ name, value: { kind: 'tensor', value } }),
  graph: (name: string, value: Graph): Attribute => ({ name, value: { kind: 'graph', value } }),
};

/** The integer attribute `name` of `node`, or `otherwise` where it is left out or of another kind. */
export function intOf(node: Node, name: string, otherwise: number): number {
  const value = node.attributes.get(name)?.value;
  return value?.kind === 'int' ? value.value : otherwise;
}

export function floatOf(node: Node, name: string, otherwise: number): number {
  const value = node.attributes.get(name)?.value;
  return value?.kind === 'float' ? value.value : otherwise;
}

export function intsOf(node: Node, name: string): readonly number[] | undefined {
  const value = node.attributes.get(name)?.value;
  return value?.kind === 'ints' ? value.value : undefined;
}

export function stringOf(node: Node, name: string, otherwise: string): string {
  const value = node.attributes.get(name)?.value;
  return value?.kind === 'string' ? value.value : otherwise;
}

export function graphOf(node: Node, name: string): Graph | undefined {
  const value = node.attributes.get(name)?.value;
  return value?.kind === 'graph' ? value.value : undefined;
}

/** True for `Softmax`, false for `com.microsoft.Softmax`; both spellings of the default domain count. */
export function isOnnx(node: Node, ...ops: string[]): boolean {
  return (node.domain === '' || node.domain === 'ai.onnx') && ops.includes(node.op);
}

/** True for an operator of onnxruntime's own domain (`com.microsoft`). */
export function isMicrosoft(node: Node, ...ops: string[]): boolean {
  return node.domain === 'com.microsoft' && ops.includes(node.op);
}

/** The bodies of control-flow nodes (`then_branch`, `body` ...). */
export function subgraphs(node: Node): Graph[] {
  const graphs: Graph[] = [];
  for (const { value } of node.attributes.values()) {
    if (value.kind === 'graph') graphs.push(value.value);
    if (value.kind === 'graphs') graphs.push(...value.value);
  }
  return graphs;
}

/** Names of tensors that a graph body takes from outside (it sees every name of the graphs around it). */
export function capturedNames(graph: Graph): Set<string> {
  const own = new Set<string>(graph.initializers.keys());
  for (const input of graph.inputs) own.add(input.name);
  for (const node of graph.nodes) for (const output of node.outputs) own.add(output);
  const captured = new Set<string>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) if (input !== '' && !own.has(input)) captured.add(input);
    for (const body of subgraphs(node))
      for (const name of capturedNames(body)) if (!own.has(name)) captured.add(name);
  }
  for (const output of graph.outputs) if (!own.has(output.name)) captured.add(output.name);
  return captured;
}
