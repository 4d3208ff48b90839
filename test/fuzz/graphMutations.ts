import { int64Tensor } from '../../src/engine/onnx/constants';
import {
  attribute,
  ElementType,
  type Attribute,
  type ConstantTensor,
  type Graph,
  type Model,
  type Node,
} from '../../src/engine/onnx/graph';
import type { Random } from './random';

/** Damages a model in place (a copy that nobody else holds). @returns in a few words what was done */
export type GraphMutation = (model: Model, random: Random) => string;

const oddNumbers = [0, 1, -1, 2, 7, -7, 64, 2 ** 31 - 1, -(2 ** 31), 2 ** 40, Number.MAX_SAFE_INTEGER];

const nodeOf = ({ graph }: Model, random: Random): Node => random.pick(graph.nodes);

const initializerOf = ({ graph }: Model, random: Random): ConstantTensor | undefined => {
  const all = [...graph.initializers.values()];
  return all.length === 0 ? undefined : random.pick(all);
};

function replaceInitializer(graph: Graph, before: ConstantTensor, change: Partial<ConstantTensor>): void {
  graph.initializers.set(before.name, { ...before, ...change });
}

const cycle: GraphMutation = ({ graph }, random) => {
  const place = random.below(graph.nodes.length);
  const node = graph.nodes[place];
  const later = graph.nodes[place + random.below(graph.nodes.length - place)];
  if (node.inputs.length === 0) node.inputs.push('');
  node.inputs[random.below(node.inputs.length)] = later.outputs[0] ?? '';
  return `${node.op} reads what comes later, from ${later.op}`;
};

const missingInitializer: GraphMutation = (model, random) => {
  const gone = initializerOf(model, random);
  if (gone === undefined) return 'nothing';
  model.graph.initializers.delete(gone.name);
  return `the weight ${gone.name} is missing`;
};

const renamedTensor: GraphMutation = (model, random) => {
  const node = nodeOf(model, random);
  const list = random.below(2) === 0 ? node.inputs : node.outputs;
  const name = random.pick(['', 'nobody', '__proto__', 'constructor', 'x'.repeat(70_000), '\u0000', '../..']);
  if (list.length === 0) list.push(name);
  else list[random.below(list.length)] = name;
  return `a tensor of ${node.op} is called ${JSON.stringify(name.slice(0, 20))}`;
};

const alteredShape: GraphMutation = (model, random) => {
  const tensor = initializerOf(model, random);
  if (tensor === undefined) return 'nothing';
  const dims = random.pick<readonly number[]>([
    [],
    [0],
    [-1],
    [2 ** 40],
    [2 ** 31, 2 ** 31],
    [2 ** 32, 2 ** 32, 2 ** 32],
    [0, 2 ** 62],
    new Array<number>(65).fill(1),
    [...tensor.dims].reverse(),
    tensor.dims.slice(1),
    [...tensor.dims, 1],
    tensor.dims.map((dim) => dim * 2),
    tensor.dims.map((dim) => Math.floor(dim / 2)),
  ]);
  replaceInitializer(model.graph, tensor, { dims });
  return `the weight ${tensor.name} has the shape [${dims.slice(0, 5).join(', ')}]`;
};

const alteredElementType: GraphMutation = (model, random) => {
  const tensor = initializerOf(model, random);
  if (tensor === undefined) return 'nothing';
  const type = random.pick([0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 14, 16, 17, 22, 23, 99, -1]);
  replaceInitializer(model.graph, tensor, { type });
  return `the weight ${tensor.name} has elements of type ${type}`;
};

const alteredNumbers: GraphMutation = (model, random) => {
  const small = [...model.graph.initializers.values()].filter(
    ({ type, dims }) => type === ElementType.int64 && dims.length < 2,
  );
  const constants = model.graph.nodes.filter(({ op }) => op === 'Constant');
  const odd = (count: number): number[] => Array.from({ length: count }, () => random.pick(oddNumbers));
  if (small.length > 0 && (constants.length === 0 || random.below(2) === 0)) {
    const tensor = random.pick(small);
    const values = odd(tensor.dims[0] ?? 1);
    replaceInitializer(model.graph, tensor, { content: int64Tensor('', values).content });
    return `the constant ${tensor.name} is [${values.join(', ')}]`;
  }
  if (constants.length === 0) return 'nothing';
  const node = random.pick(constants);
  const values = odd(1 + random.below(4));
  const value = int64Tensor('', values, random.below(2) === 0 ? [values.length] : [1, values.length]);
  node.attributes.set('value', attribute.tensor('value', value));
  return `the constant ${node.outputs[0] ?? ''} is [${values.join(', ')}]`;
};

const alteredAttribute: GraphMutation = (model, random) => {
  const withSome = model.graph.nodes.filter(({ attributes }) => attributes.size > 0);
  if (withSome.length === 0) return 'nothing';
  const node = random.pick(withSome);
  const name = random.pick([...node.attributes.keys()]);
  const kinds: Attribute[] = [
    attribute.int(name, random.pick(oddNumbers)),
    attribute.ints(name, [random.pick(oddNumbers), random.pick(oddNumbers), random.pick(oddNumbers)]),
    attribute.ints(name, []),
    attribute.float(name, random.pick([NaN, Infinity, -0, 1e38])),
    attribute.floats(name, []),
    attribute.string(name, random.pick(['', 'NOTSET', '%s%n', 'ij->'])),
    attribute.tensor(name, int64Tensor('', [])),
    { name, value: { kind: 'other' } },
  ];
  if (random.below(6) === 0) node.attributes.delete(name);
  else node.attributes.set(name, random.pick(kinds));
  return `the attribute ${name} of ${node.op} is ${node.attributes.get(name)?.value.kind ?? 'missing'}`;
};

const alteredArity: GraphMutation = (model, random) => {
  const node = nodeOf(model, random);
  const which = random.below(5);
  if (which === 0) node.inputs.pop();
  else if (which === 1) node.inputs = [];
  else if (which === 2) node.inputs.push(...node.inputs);
  else if (which === 3) node.outputs = [];
  else node.outputs.push(`${node.outputs[0] ?? ''}.more`);
  return `${node.op} has ${node.inputs.length} inputs and ${node.outputs.length} outputs`;
};

const anotherOperator: GraphMutation = (model, random) => {
  const node = nodeOf(model, random);
  const before = node.op;
  node.op = random.pick([
    ...new Set(model.graph.nodes.map(({ op }) => op)),
    'Softmax',
    'If',
    'Loop',
    'Scan',
    'Split',
    'Einsum',
    'Attention',
    'MultiHeadAttention',
    'GroupQueryAttention',
    'SkipLayerNormalization',
    'EmbedLayerNormalization',
    'Nothing',
  ]);
  if (random.below(3) === 0) node.domain = random.pick(['com.microsoft', 'ai.onnx.ml', 'nobody']);
  return `${before} became ${node.domain}.${node.op}`;
};

const twice: GraphMutation = (model, random) => {
  const node = nodeOf(model, random);
  model.graph.nodes.push({ ...node, attributes: new Map(node.attributes) });
  return `${node.op} stands there twice`;
};

const droppedNode: GraphMutation = ({ graph }, random) => {
  const [gone] = graph.nodes.splice(random.below(graph.nodes.length), 1);
  return `${gone.op} is missing`;
};

const alteredBorder: GraphMutation = ({ graph }, random) => {
  const list = random.below(2) === 0 ? graph.inputs : graph.outputs;
  const place = random.below(list.length);
  const before = list[place];
  const which = random.below(4);
  if (before === undefined || which === 0) {
    list.splice(place, 1);
    return `the input or output ${before?.name ?? ''} is missing`;
  }
  if (which === 1) {
    list[place] = { ...before, name: 'nobody', raw: undefined };
    return `${before.name} is called nobody`;
  }
  if (which === 2) {
    const dims = Array.from({ length: random.below(5) }, () => random.pick([...oddNumbers, 'n', '']));
    list[place] = { ...before, dims, raw: undefined };
    return `${before.name} has the shape [${dims.join(', ')}]`;
  }
  const type = random.pick([0, 1, 6, 7, 8, 9, 10, 14, 99]);
  list[place] = { ...before, type, raw: undefined };
  return `${before.name} has elements of type ${type}`;
};

const alteredVersion: GraphMutation = (model, random) => {
  const version = random.pick([0, -1, 1, 7, 9, 11, 12, 13, 99, 2 ** 40]);
  if (random.below(3) === 0) {
    model.irVersion = version;
    return `IR version ${version}`;
  }
  if (random.below(4) === 0) model.opsets.clear();
  else model.opsets.set('', version);
  return `operator set ${model.opsets.get('') ?? 'none'}`;
};

const nested: GraphMutation = (model, random) => {
  const depth = random.pick([2, 15, 17, 60]);
  const { graph } = model;
  const last = graph.nodes[graph.nodes.length - 1];
  let body: Graph = {
    ...graph,
    nodes: [{ ...last, attributes: new Map(last.attributes) }],
    initializers: new Map(),
    inputs: [],
    outputs: last.outputs.map((name) => ({ name, type: 0 })),
    valueTypes: new Map(),
    rest: [],
  };
  const empty: Graph = { ...body, nodes: [] };
  for (let level = 0; level < depth; level++) {
    const choice: Node = {
      name: '',
      op: 'If',
      domain: '',
      inputs: [random.pick(graph.nodes).outputs[0] ?? ''],
      outputs: [...last.outputs],
      attributes: new Map(
        ['then_branch', 'else_branch'].map((name) => [name, attribute.graph(name, body)] as const),
      ),
    };
    // Twice the body at every level would double the file each time.
    if (depth > 4) choice.attributes.set('else_branch', attribute.graph('else_branch', empty));
    body = { ...body, nodes: [choice] };
  }
  graph.nodes[graph.nodes.length - 1] = body.nodes[0];
  return `${last.op} inside ${depth} branches`;
};

const longChain: GraphMutation = ({ graph }, random) => {
  const place = random.below(graph.nodes.length);
  const node = graph.nodes[place];
  const target = node.outputs[0] ?? '';
  const length = 500;
  const name = (index: number): string => (index === length ? target : `${target}/chain.${index}`);
  const op = random.pick(['Identity', 'Neg', 'Softmax', 'Sqrt']);
  node.outputs[0] = name(0);
  const chain = Array.from({ length }, (_, index): Node => ({
    name: '',
    op,
    domain: '',
    inputs: [name(index)],
    outputs: [name(index + 1)],
    attributes: new Map(),
  }));
  graph.nodes.splice(place + 1, 0, ...chain);
  return `${length} × ${op} behind ${node.op}`;
};

export const graphMutations: readonly GraphMutation[] = [
  cycle,
  missingInitializer,
  renamedTensor,
  alteredShape,
  alteredElementType,
  alteredNumbers,
  alteredNumbers,
  alteredAttribute,
  alteredAttribute,
  alteredArity,
  alteredArity,
  anotherOperator,
  anotherOperator,
  twice,
  droppedNode,
  alteredBorder,
  alteredVersion,
  nested,
  longChain,
];
