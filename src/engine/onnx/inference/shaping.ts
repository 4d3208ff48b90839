import { divided, multiplied, type Dim } from '../dims';
import { ElementType, intOf, intsOf } from '../graph';
import { axesOf, axisOf, broadcastDims, unknownDims, type InferenceRule, type InferenceTable } from './rule';

const shape: InferenceRule = ({ node, inputs: [input] }) => {
  const dims = input?.dims?.slice(intOf(node, 'start', 0), intOf(node, 'end', input.dims.length));
  return [{ type: ElementType.int64, dims: dims && [dims.length], values: dims }];
};

const transpose: InferenceRule = ({ node, inputs: [input] }) => {
  const perm = intsOf(node, 'perm');
  const dims = input?.dims;
  return [
    {
      type: input?.type ?? 0,
      dims: dims && (perm === undefined ? [...dims].reverse() : perm.map((axis) => dims[axis])),
    },
  ];
};

const reshape: InferenceRule = ({ node, inputs: [input, target], unknown }) => {
  const rank = target?.dims?.[0];
  const wanted = target?.values ?? unknownDims(rank, unknown);
  if (wanted === undefined) return [{ type: input?.type ?? 0 }];
  const copyZeros = intOf(node, 'allowzero', 0) === 0;
  const dims = wanted.map((dim, index) =>
    dim === 0 && copyZeros ? (input?.dims?.[index] ?? unknown()) : dim,
  );
  // What is −1, or else the only size that nothing is known of, follows from the others.
  const unclear = dims.flatMap((dim, index) =>
    typeof dim === 'string' && dim.startsWith('?') ? [index] : [],
  );
  const open = dims.includes(-1) ? dims.indexOf(-1) : unclear.length === 1 ? unclear[0] : -1;
  if (open >= 0) {
    const total = input?.dims?.reduce<Dim>(multiplied, 1);
    const others = dims.filter((_, index) => index !== open).reduce<Dim>(multiplied, 1);
    dims[open] =
      (total !== undefined ? divided(total, others) : undefined) ??
      (dims[open] === -1 ? unknown() : dims[open]);
  }
  // A vector of sizes that is reshaped to a vector or scalar keeps its elements.
  return [{ type: input?.type ?? 0, dims, values: dims.length < 2 ? input?.values : undefined }];
};

const flatten: InferenceRule = ({ node, inputs: [input] }) => {
  if (input?.dims === undefined) return [input];
  const axis = axisOf(intOf(node, 'axis', 1), input.dims.length);
  const size = (dims: readonly Dim[]): Dim => dims.reduce<Dim>(multiplied, 1);
  return [{ type: input.type, dims: [size(input.dims.slice(0, axis)), size(input.dims.slice(axis))] }];
};

const squeeze: InferenceRule = ({ node, inputs: [input, list] }) => {
  const axes = axesOf(node, list);
  const dims = input?.dims;
  if (input === undefined || dims === undefined) return [{ type: input?.type ?? 0 }];
  if (axes === undefined) {
    if (node.inputs.length > 1 || dims.some((dim) => typeof dim !== 'number')) return [{ type: input.type }];
    return [{ type: input.type, dims: dims.filter((dim) => dim !== 1), values: input.values }];
  }
  const dropped = new Set(axes.map((axis) => axisOf(axis, dims.length)));
  return [{ type: input.type, dims: dims.filter((_, index) => !dropped.has(index)), values: input.values }];
};

const unsqueeze: InferenceRule = ({ node, inputs: [input, list] }) => {
  const axes = axesOf(node, list);
  if (input?.dims === undefined || axes === undefined) return [{ type: input?.type ?? 0 }];
  const rank = input.dims.length + axes.length;
  const inserted = new Set(axes.map((axis) => axisOf(axis, rank)));
  const old = [...input.dims];
  const dims = Array.from({ length: rank }, (_, index) => (inserted.has(index) ? 1 : (old.shift() as Dim)));
  return [{ type: input.type, dims, values: rank < 2 ? input.values : undefined }];
};

const expand: InferenceRule = ({ inputs: [input, target], unknown }) => {
  const rank = target?.dims?.[0];
  const wanted = target?.values ?? unknownDims(rank, unknown);
  return [{ type: input?.type ?? 0, dims: broadcastDims([input?.dims, wanted], unknown) }];
};

const tile: InferenceRule = ({ inputs: [input, repeats], unknown }) => [
  {
    type: input?.type ?? 0,
    dims: input?.dims?.map((dim, index) =>
      repeats?.values === undefined ? unknown() : multiplied(dim, repeats.values[index]),
    ),
  },
];

export const shapingInference: InferenceTable = {
  Shape: shape,
  Size: ({ inputs: [input] }) => [
    { type: ElementType.int64, dims: [], values: input?.dims && [input.dims.reduce<Dim>(multiplied, 1)] },
  ],
  Transpose: transpose,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Expand: expand,
  Tile: tile,
};
