import { added, divided, multiplied, type Dim } from '../dims';
import { ElementType, intOf, intsOf } from '../graph';
import { axisOf, first, numbers, unknownDims, type InferenceRule, type InferenceTable } from './rule';

const concat: InferenceRule = ({ node, inputs, unknown }) => {
  const known = inputs.find((input) => input?.dims !== undefined);
  const type = inputs.find((input) => input !== undefined && input.type !== 0)?.type ?? 0;
  if (known?.dims === undefined) return [{ type }];
  const axis = axisOf(intOf(node, 'axis', 0), known.dims.length);
  const sizes = inputs.map((input) => input?.dims?.[axis]);
  const total = sizes.reduce<Dim>((sum, size) => (size === undefined ? unknown() : added(sum, size)), 0);
  const values =
    known.dims.length === 1 &&
    inputs.every((input) => input?.dims?.length === 1 && Number(input.dims[0]) <= 64)
      ? inputs.flatMap((input) => input?.values ?? unknownDims(input?.dims?.[0], unknown) ?? [])
      : undefined;
  return [{ type, dims: known.dims.map((dim, index) => (index === axis ? total : dim)), values }];
};

const split: InferenceRule = ({ node, inputs: [input, list], unknown }) => {
  const count = node.outputs.length;
  const dims = input?.dims;
  if (input === undefined || dims === undefined) return node.outputs.map(() => ({ type: input?.type ?? 0 }));
  const axis = axisOf(intOf(node, 'axis', 0), dims.length);
  const sizes = intsOf(node, 'split') ?? list?.values;
  const even = divided(dims[axis], count);
  return node.outputs.map((_, index) => ({
    type: input.type,
    dims: dims.map((dim, place) => (place === axis ? (sizes?.[index] ?? even ?? unknown()) : dim)),
  }));
};

/**
 * Size of `start:end:step` of a dimension, where it follows. An end that is a symbol is taken to lie inside: a table of 512 positions cut to
 * the text's length has that length, or the model cannot take the text at all.
 */
function sliced(dim: Dim, start: Dim, end: Dim, step: Dim): Dim | undefined {
  if (
    typeof start === 'number' &&
    typeof step === 'number' &&
    typeof dim === 'number' &&
    typeof end === 'number'
  ) {
    const [low, high] = step > 0 ? [0, dim] : [-1, dim - 1];
    const clamp = (place: number): number => Math.min(Math.max(place < 0 ? place + dim : place, low), high);
    return Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
  }
  if (step !== 1) return undefined;
  const toEnd = typeof end === 'number' && end > 2 ** 30;
  if (isNegative(start)) return toEnd && typeof start === 'string' ? multiplied(start, -1) : undefined;
  // Single elements are taken for there, for the same reason.
  if (typeof start === 'number' && end === start + 1) return 1;
  const last = toEnd ? dim : end;
  return isNegative(last) || (typeof last === 'number' && last !== dim) ? undefined : added(last, start, -1);
}

const isNegative = (dim: Dim): boolean => (typeof dim === 'number' ? dim < 0 : dim.startsWith('-'));

const slice: InferenceRule = ({ node, inputs: [input, starts, ends, axes, steps], unknown }) => {
  const dims = input?.dims;
  if (input === undefined || dims === undefined) return [{ type: input?.type ?? 0 }];
  const places = axes === undefined && node.inputs.length < 4 ? dims.map((_, index) => index) : numbers(axes);
  const from = starts?.values;
  const to = ends?.values;
  const by = steps?.values;
  const result = [...dims];
  if (places === undefined) return [{ type: input.type, dims: dims.map(() => unknown()) }];
  (from ?? places).forEach((_, index) => {
    const axis = axisOf(places[index], dims.length);
    const step = steps === undefined ? 1 : by?.[index];
    const known =
      from !== undefined && to !== undefined && step !== undefined
        ? sliced(dims[axis], from[index], to[index], step)
        : undefined;
    result[axis] = known ?? unknown();
  });
  const [start, end, step] = [
    numbers(starts)?.[0],
    numbers(ends)?.[0],
    steps === undefined ? 1 : numbers(steps)?.[0],
  ];
  const values =
    dims.length === 1 && start !== undefined && end !== undefined && step === 1
      ? input.values?.slice(start, end)
      : undefined;
  return [{ type: input.type, dims: result, values }];
};

const gather: InferenceRule = ({ node, inputs: [input, indices] }) => {
  if (input?.dims === undefined || indices?.dims === undefined) return [{ type: input?.type ?? 0 }];
  const axis = axisOf(intOf(node, 'axis', 0), input.dims.length);
  const { values } = input;
  const places = numbers(indices);
  return [
    {
      type: input.type,
      dims: [...input.dims.slice(0, axis), ...indices.dims, ...input.dims.slice(axis + 1)],
      values: values && places?.map((place) => values[axisOf(place, values.length)]),
    },
  ];
};

const gatherElements: InferenceRule = ({ inputs: [input, indices] }) => [
  { type: input?.type ?? 0, dims: indices?.dims },
];

const gatherND: InferenceRule = ({ node, inputs: [input, indices] }) => {
  const depth = indices?.dims?.[indices.dims.length - 1];
  if (input?.dims === undefined || indices?.dims === undefined || typeof depth !== 'number')
    return [{ type: input?.type ?? 0 }];
  return [
    {
      type: input.type,
      dims: [...indices.dims.slice(0, -1), ...input.dims.slice(intOf(node, 'batch_dims', 0) + depth)],
    },
  ];
};

const pad: InferenceRule = ({ inputs: [input, pads, , list], unknown }) => {
  const dims = input?.dims;
  if (input === undefined || dims === undefined) return [{ type: input?.type ?? 0 }];
  const axes =
    list === undefined
      ? dims.map((_, index) => index)
      : numbers(list)?.map((axis) => axisOf(axis, dims.length));
  const amounts = pads?.values;
  return [
    {
      type: input.type,
      dims: dims.map((dim, index) => {
        if (axes === undefined) return unknown();
        const place = axes.indexOf(index);
        if (place < 0) return dim;
        return amounts === undefined
          ? unknown()
          : added(dim, added(amounts[place], amounts[place + axes.length]));
      }),
    },
  ];
};

const oneHot: InferenceRule = ({ node, inputs: [indices, depth, values], unknown }) => {
  const axis = axisOf(intOf(node, 'axis', -1), (indices?.dims?.length ?? 0) + 1);
  const size = depth?.values?.[0] ?? unknown();
  const dims = indices?.dims && [...indices.dims.slice(0, axis), size, ...indices.dims.slice(axis)];
  return [{ type: values?.type ?? 0, dims }];
};

const topK: InferenceRule = ({ node, inputs: [input, k], unknown }) => {
  const axis = axisOf(intOf(node, 'axis', -1), input?.dims?.length ?? 0);
  const dims = input?.dims?.map((dim, index) => (index === axis ? (k?.values?.[0] ?? unknown()) : dim));
  return [
    { type: input?.type ?? 0, dims },
    { type: ElementType.int64, dims },
  ];
};

export const selectingInference: InferenceTable = {
  Concat: concat,
  Split: split,
  Slice: slice,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  'ScatterND ScatterElements Scatter': first,
  Pad: pad,
  OneHot: oneHot,
  TopK: topK,
};
