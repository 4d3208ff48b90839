import { multiplied, type Dim } from '../dims';
import { ElementType, intOf, intsOf, stringOf } from '../graph';
import { axesOf, axisOf, broadcastDims, first, type InferenceRule, type InferenceTable } from './rule';

function matMul(
  a: readonly Dim[] | undefined,
  b: readonly Dim[] | undefined,
  unknown: () => Dim,
): Dim[] | undefined {
  if (a === undefined || b === undefined || a.length === 0 || b.length === 0) return undefined;
  const batch = broadcastDims([a.slice(0, -2), b.slice(0, -2)], unknown);
  return (
    batch && [
      ...batch,
      ...(a.length > 1 ? [a[a.length - 2]] : []),
      ...(b.length > 1 ? [b[b.length - 1]] : []),
    ]
  );
}

const swapped = (dims: readonly Dim[] | undefined, swap: boolean): readonly Dim[] | undefined =>
  dims && swap && dims.length > 1
    ? [...dims.slice(0, -2), dims[dims.length - 1], dims[dims.length - 2]]
    : dims;

const fusedMatMul: InferenceRule = ({ node, inputs: [a, b], unknown }) => [
  {
    type: a?.type ?? 0,
    dims: matMul(
      swapped(a?.dims, intOf(node, 'transA', 0) !== 0),
      swapped(b?.dims, intOf(node, 'transB', 0) !== 0),
      unknown,
    ),
  },
];

const gemm: InferenceRule = ({ node, inputs: [a, b] }) => {
  const rows = swapped(a?.dims, intOf(node, 'transA', 0) !== 0);
  const columns = swapped(b?.dims, intOf(node, 'transB', 0) !== 0);
  return [{ type: a?.type ?? 0, dims: rows && columns && [rows[0], columns[1]] }];
};

const reduce: InferenceRule = ({ node, inputs: [input, list], unknown }) => {
  if (input?.dims === undefined) return [{ type: input?.type ?? 0 }];
  const rank = input.dims.length;
  const given = intsOf(node, 'axes') !== undefined || (node.inputs.length > 1 && node.inputs[1] !== '');
  const axes = axesOf(node, list);
  const keep = intOf(node, 'keepdims', 1) !== 0;
  if (given && axes === undefined)
    return [{ type: input.type, dims: keep ? input.dims.map(() => unknown()) : undefined }];
  const all = intOf(node, 'noop_with_empty_axes', 0) === 0 ? input.dims.map((_, index) => index) : [];
  const reduced = new Set(
    axes === undefined || axes.length === 0 ? all : axes.map((axis) => axisOf(axis, rank)),
  );
  return [
    {
      type: input.type,
      dims: keep
        ? input.dims.map((dim, index) => (reduced.has(index) ? 1 : dim))
        : input.dims.filter((_, index) => !reduced.has(index)),
    },
  ];
};

const argument: InferenceRule = ({ node, inputs: [input] }) => {
  const rank = input?.dims?.length ?? 0;
  const axis = axisOf(intOf(node, 'axis', 0), rank);
  const keep = intOf(node, 'keepdims', 1) !== 0;
  return [
    {
      type: ElementType.int64,
      dims: input?.dims?.flatMap((dim, index) => (index === axis ? (keep ? [1] : []) : [dim])),
    },
  ];
};

const layerNormalization: InferenceRule = ({ node, inputs: [input] }) => {
  if (input?.dims === undefined) return [input, { type: ElementType.float }, { type: ElementType.float }];
  const axis = axisOf(intOf(node, 'axis', -1), input.dims.length);
  const statistic = {
    type: ElementType.float,
    dims: input.dims.map((dim, index) => (index < axis ? dim : 1)),
  };
  return [input, statistic, statistic];
};

/** onnxruntime's residual normalisations: output 3 is the sum before normalisation. */
const skipNormalization: InferenceRule = ({ inputs: [input] }) => [
  input,
  { type: ElementType.float },
  { type: ElementType.float },
  input,
];

const conv: InferenceRule = ({ node, inputs: [input, weight], unknown }) => {
  const explicit = stringOf(node, 'auto_pad', 'NOTSET') === 'NOTSET';
  const spatial = (input?.dims?.length ?? 2) - 2;
  const pads = intsOf(node, 'pads');
  const size = (dim: Dim, axis: number): Dim => {
    const kernel = weight?.dims?.[axis + 2];
    if (!explicit || typeof dim !== 'number' || typeof kernel !== 'number') return unknown();
    const padded = dim + (pads?.[axis] ?? 0) + (pads?.[axis + spatial] ?? 0);
    const reach = (kernel - 1) * (intsOf(node, 'dilations')?.[axis] ?? 1) + 1;
    return Math.floor((padded - reach) / (intsOf(node, 'strides')?.[axis] ?? 1)) + 1;
  };
  const channels = weight?.dims?.[0] ?? unknown();
  const dims = input?.dims?.map((dim, index) =>
    index === 0 ? dim : index === 1 ? channels : size(dim, index - 2),
  );
  return [{ type: input?.type ?? 0, dims }];
};

const convTranspose: InferenceRule = ({ node, inputs: [input, weight], unknown }) => {
  const channels = multiplied(weight?.dims?.[1] ?? unknown(), intOf(node, 'group', 1));
  const dims = input?.dims?.map((dim, index) => (index === 0 ? dim : index === 1 ? channels : unknown()));
  return [{ type: input?.type ?? 0, dims }];
};

const einsum: InferenceRule = ({ node, inputs, unknown }) => {
  const [left, right] = stringOf(node, 'equation', '').replaceAll(' ', '').split('->');
  if (right === undefined || left.includes('.') || inputs.some((input) => input?.dims === undefined))
    return [{ type: inputs[0]?.type ?? 0 }];
  const sizes = new Map<string, Dim>();
  left
    .split(',')
    .forEach((term, place) =>
      [...term].forEach((letter, index) => sizes.set(letter, inputs[place]?.dims?.[index] ?? unknown())),
    );
  return [{ type: inputs[0]?.type ?? 0, dims: [...right].map((letter) => sizes.get(letter) ?? unknown()) }];
};

export const productInference: InferenceTable = {
  'MatMul FusedMatMul': fusedMatMul,
  MatMulInteger: ({ inputs: [a, b], unknown }) => [
    { type: ElementType.int32, dims: matMul(a?.dims, b?.dims, unknown) },
  ],
  MatMulNBits: ({ node, inputs: [a] }) => [
    { type: a?.type ?? 0, dims: a?.dims && [...a.dims.slice(0, -1), intOf(node, 'N', 0)] },
  ],
  'Gemm FusedGemm': gemm,
  'ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare':
    reduce,
  'ArgMax ArgMin': argument,
  'LayerNormalization SimplifiedLayerNormalization': layerNormalization,
  'SkipLayerNormalization SkipSimplifiedLayerNormalization': skipNormalization,
  'RMSNormalization RotaryEmbedding BatchNormalization InstanceNormalization GroupNormalization LpNormalization':
    first,
  Conv: conv,
  ConvTranspose: convTranspose,
  ConvInteger: (at) => conv(at).map((output) => output && { ...output, type: ElementType.int32 }),
  Einsum: einsum,
};
