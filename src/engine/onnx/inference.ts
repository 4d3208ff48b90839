import type { Dim } from './dims';
import { added, divided, multiplied } from './dims';
import { ElementType, intOf, intsOf, stringOf, type ConstantTensor, type Node } from './graph';
import type { TensorType } from './types';

/** What the rules below see of a node. */
export interface Inference {
  readonly node: Node;
  readonly inputs: readonly (TensorType | undefined)[];
  unknown(): Dim;
  constant(tensor: ConstantTensor): TensorType;
  /** Types of the outputs of each body of a control-flow node. */
  bodies(): (readonly (TensorType | undefined)[])[];
}

type Types = readonly (TensorType | undefined)[];
type Rule = (at: Inference) => Types;

/** Types of a node's outputs; undefined where nothing follows from its inputs. */
export function inferOutputs(at: Inference): Types {
  return rules.get(at.node.op)?.(at) ?? [];
}

const bool = ElementType.bool;
const int64 = ElementType.int64;

/** Shape of the result of broadcasting (ONNX, “multidirectional”). */
export function broadcastDims(
  shapes: readonly (readonly Dim[] | undefined)[],
  unknown: () => Dim,
): Dim[] | undefined {
  let result: Dim[] = [];
  for (const shape of shapes) {
    if (shape === undefined) return undefined;
    const rank = Math.max(result.length, shape.length);
    const before = result;
    result = Array.from({ length: rank }, (_, index) => {
      const a = before[index - rank + before.length] ?? 1;
      const b = shape[index - rank + shape.length] ?? 1;
      if (a === b || b === 1) return a;
      if (a === 1) return b;
      if (typeof a === 'number') return a;
      return typeof b === 'number' ? b : unknown();
    });
  }
  return result;
}

const first: Rule = ({ inputs }) => [inputs[0] && { type: inputs[0].type, dims: inputs[0].dims }];
const kept: Rule = ({ inputs }) => [inputs[0]];

/** A step of the arithmetic on shapes, element by element. */
function onValues(
  inputs: Types,
  compute: (...values: Dim[]) => Dim | undefined,
  unknown: () => Dim,
): readonly Dim[] | undefined {
  const lists: (readonly Dim[])[] = [];
  for (const input of inputs) {
    if (input?.values === undefined) return undefined;
    lists.push(input.values);
  }
  const length = Math.max(...lists.map((list) => list.length));
  if (lists.some((list) => list.length !== length && list.length !== 1)) return undefined;
  return Array.from(
    { length },
    (_, index) => compute(...lists.map((list) => list[list.length === 1 ? 0 : index])) ?? unknown(),
  );
}

function elementwise(type: ElementType | undefined, compute?: (...values: Dim[]) => Dim | undefined): Rule {
  return ({ inputs, unknown }) => [
    {
      type: type ?? inputs.find((input) => input !== undefined && input.type !== 0)?.type ?? 0,
      dims: broadcastDims(
        inputs.map((input) => input?.dims),
        unknown,
      ),
      values: compute && onValues(inputs, compute, unknown),
    },
  ];
}

/** For numbers only: symbols give an unknown. */
const numeric =
  (compute: (a: number, b: number) => number) =>
  (a: Dim, b: Dim): Dim | undefined =>
    typeof a === 'number' && typeof b === 'number' ? compute(a, b) : undefined;

/** Sizes are never negative, so a symbol differs from −1. */
function equal(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return 1;
  if (typeof a === 'number' && typeof b === 'number') return 0;
  return (typeof a === 'number' && a < 0) || (typeof b === 'number' && b < 0) ? 0 : undefined;
}

const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The numbers of an integer input, if all are known. */
function numbers(input: TensorType | undefined): readonly number[] | undefined {
  return input?.values?.every((value) => typeof value === 'number')
    ? (input.values as readonly number[])
    : undefined;
}

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

const fusedMatMul: Rule = ({ node, inputs: [a, b], unknown }) => [
  {
    type: a?.type ?? 0,
    dims: matMul(
      swapped(a?.dims, intOf(node, 'transA', 0) !== 0),
      swapped(b?.dims, intOf(node, 'transB', 0) !== 0),
      unknown,
    ),
  },
];

const gemm: Rule = ({ node, inputs: [a, b] }) => {
  const rows = swapped(a?.dims, intOf(node, 'transA', 0) !== 0);
  const columns = swapped(b?.dims, intOf(node, 'transB', 0) !== 0);
  return [{ type: a?.type ?? 0, dims: rows && columns && [rows[0], columns[1]] }];
};

const shape: Rule = ({ node, inputs: [input] }) => {
  const dims = input?.dims?.slice(intOf(node, 'start', 0), intOf(node, 'end', input.dims.length));
  return [{ type: int64, dims: dims && [dims.length], values: dims }];
};

const transpose: Rule = ({ node, inputs: [input] }) => {
  const perm = intsOf(node, 'perm');
  const dims = input?.dims;
  return [
    {
      type: input?.type ?? 0,
      dims: dims && (perm === undefined ? [...dims].reverse() : perm.map((axis) => dims[axis])),
    },
  ];
};

const reshape: Rule = ({ node, inputs: [input, target], unknown }) => {
  const rank = target?.dims?.[0];
  const wanted =
    target?.values ?? (typeof rank === 'number' ? Array.from({ length: rank }, unknown) : undefined);
  if (wanted === undefined) return [{ type: input?.type ?? 0 }];
  const copyZeros = intOf(node, 'allowzero', 0) === 0;
  const dims = wanted.map((dim, index) =>
    dim === 0 && copyZeros ? (input?.dims?.[index] ?? unknown()) : dim,
  );
  const open = dims.indexOf(-1);
  if (open >= 0) {
    const total = input?.dims?.reduce<Dim>(multiplied, 1);
    const others = dims.filter((_, index) => index !== open).reduce<Dim>(multiplied, 1);
    dims[open] = (total !== undefined ? divided(total, others) : undefined) ?? unknown();
  }
  // A vector of sizes that is reshaped to a vector or scalar keeps its elements.
  return [{ type: input?.type ?? 0, dims, values: dims.length < 2 ? input?.values : undefined }];
};

const flatten: Rule = ({ node, inputs: [input] }) => {
  if (input?.dims === undefined) return [input];
  const axis = axisOf(intOf(node, 'axis', 1), input.dims.length);
  const size = (dims: readonly Dim[]): Dim => dims.reduce<Dim>(multiplied, 1);
  return [{ type: input.type, dims: [size(input.dims.slice(0, axis)), size(input.dims.slice(axis))] }];
};

const axesOf = (node: Node, input: TensorType | undefined): readonly number[] | undefined =>
  intsOf(node, 'axes') ?? numbers(input);

const squeeze: Rule = ({ node, inputs: [input, list] }) => {
  const axes = axesOf(node, list);
  const dims = input?.dims;
  if (input === undefined || dims === undefined) return [{ type: input?.type ?? 0 }];
  if (axes === undefined)
    return [
      {
        type: input.type,
        dims:
          node.inputs.length < 2 && dims.every((dim) => typeof dim === 'number')
            ? dims.filter((dim) => dim !== 1)
            : undefined,
      },
    ];
  const dropped = new Set(axes.map((axis) => axisOf(axis, dims.length)));
  return [{ type: input.type, dims: dims.filter((_, index) => !dropped.has(index)), values: input.values }];
};

const unsqueeze: Rule = ({ node, inputs: [input, list] }) => {
  const axes = axesOf(node, list);
  if (input?.dims === undefined || axes === undefined) return [{ type: input?.type ?? 0 }];
  const rank = input.dims.length + axes.length;
  const inserted = new Set(axes.map((axis) => axisOf(axis, rank)));
  const old = [...input.dims];
  const dims = Array.from({ length: rank }, (_, index) => (inserted.has(index) ? 1 : (old.shift() as Dim)));
  return [{ type: input.type, dims, values: rank < 2 ? input.values : undefined }];
};

const expand: Rule = ({ inputs: [input, target], unknown }) => {
  const rank = target?.dims?.[0];
  const wanted =
    target?.values ?? (typeof rank === 'number' ? Array.from({ length: rank }, unknown) : undefined);
  return [{ type: input?.type ?? 0, dims: broadcastDims([input?.dims, wanted], unknown) }];
};

const tile: Rule = ({ inputs: [input, repeats], unknown }) => [
  {
    type: input?.type ?? 0,
    dims: input?.dims?.map((dim, index) =>
      repeats?.values === undefined ? unknown() : multiplied(dim, repeats.values[index]),
    ),
  },
];

const concat: Rule = ({ node, inputs, unknown }) => {
  const known = inputs.find((input) => input?.dims !== undefined);
  const type = inputs.find((input) => input !== undefined && input.type !== 0)?.type ?? 0;
  if (known?.dims === undefined) return [{ type }];
  const axis = axisOf(intOf(node, 'axis', 0), known.dims.length);
  const sizes = inputs.map((input) => input?.dims?.[axis]);
  const total = sizes.reduce<Dim>((sum, size) => (size === undefined ? unknown() : added(sum, size)), 0);
  const values =
    known.dims.length === 1 &&
    inputs.every((input) => input?.dims?.length === 1 && typeof input.dims[0] === 'number')
      ? inputs.flatMap(
          (input) => input?.values ?? Array.from({ length: Number(input?.dims?.[0] ?? 0) }, unknown),
        )
      : undefined;
  return [{ type, dims: known.dims.map((dim, index) => (index === axis ? total : dim)), values }];
};

const split: Rule = ({ node, inputs: [input, list], unknown }) => {
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

/** Size of `start:end:step` of a dimension, where it follows. */
function sliced(dim: Dim, start: Dim, end: Dim, step: Dim): Dim | undefined {
  if (typeof start !== 'number' || typeof step !== 'number') return undefined;
  if (typeof dim === 'number' && typeof end === 'number') {
    const [low, high] = step > 0 ? [0, dim] : [-1, dim - 1];
    const clamp = (place: number): number => Math.min(Math.max(place < 0 ? place + dim : place, low), high);
    return Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
  }
  if (step !== 1) return undefined;
  const toEnd = (typeof end === 'number' && end > 2 ** 30) || end === dim;
  return start === 0 && toEnd ? dim : undefined;
}

const slice: Rule = ({ node, inputs: [input, starts, ends, axes, steps], unknown }) => {
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

const gather: Rule = ({ node, inputs: [input, indices] }) => {
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

const gatherElements: Rule = ({ inputs: [input, indices] }) => [
  { type: input?.type ?? 0, dims: indices?.dims },
];

const gatherND: Rule = ({ node, inputs: [input, indices] }) => {
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

const pad: Rule = ({ inputs: [input, pads, , list], unknown }) => {
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

const reduce: Rule = ({ node, inputs: [input, list], unknown }) => {
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

const argument: Rule = ({ node, inputs: [input] }) => {
  const rank = input?.dims?.length ?? 0;
  const axis = axisOf(intOf(node, 'axis', 0), rank);
  const keep = intOf(node, 'keepdims', 1) !== 0;
  return [
    { type: int64, dims: input?.dims?.flatMap((dim, index) => (index === axis ? (keep ? [1] : []) : [dim])) },
  ];
};

const layerNormalization: Rule = ({ node, inputs: [input] }) => {
  if (input?.dims === undefined) return [input, { type: ElementType.float }, { type: ElementType.float }];
  const axis = axisOf(intOf(node, 'axis', -1), input.dims.length);
  const statistic = {
    type: ElementType.float,
    dims: input.dims.map((dim, index) => (index < axis ? dim : 1)),
  };
  return [input, statistic, statistic];
};

/** onnxruntime's residual normalisations: output 3 is the sum before normalisation. */
const skipNormalization: Rule = ({ inputs: [input] }) => [
  input,
  { type: ElementType.float },
  { type: ElementType.float },
  input,
];

const constant: Rule = ({ node, constant: typeOf }) => {
  for (const { name, value } of node.attributes.values()) {
    if (name === 'value' && value.kind === 'tensor') return [typeOf(value.value)];
    if (name === 'value_int' && value.kind === 'int')
      return [{ type: int64, dims: [], values: [value.value] }];
    if (name === 'value_ints' && value.kind === 'ints')
      return [{ type: int64, dims: [value.value.length], values: value.value }];
    if (name === 'value_float') return [{ type: ElementType.float, dims: [] }];
    if (name === 'value_floats' && value.kind === 'floats')
      return [{ type: ElementType.float, dims: [value.value.length] }];
  }
  return [];
};

const constantOfShape: Rule = ({ node, inputs: [target], constant: typeOf, unknown }) => {
  const value = node.attributes.get('value')?.value;
  const fill = value?.kind === 'tensor' ? typeOf(value.value) : undefined;
  const rank = target?.dims?.[0];
  const dims =
    target?.values ?? (typeof rank === 'number' ? Array.from({ length: rank }, unknown) : undefined);
  const length = dims?.length === 1 ? dims[0] : undefined;
  const element = fill?.values?.[0];
  return [
    {
      type: fill?.type ?? ElementType.float,
      dims,
      values:
        typeof length === 'number' && length <= 64 && element !== undefined
          ? Array.from({ length }, () => element)
          : undefined,
    },
  ];
};

const range: Rule = ({ inputs: [start, limit, delta], unknown }) => {
  const [from, to, by] = [start?.values?.[0], limit?.values?.[0], delta?.values?.[0]];
  if (by !== 1 || from === undefined || to === undefined)
    return [{ type: start?.type ?? 0, dims: [unknown()] }];
  return [{ type: start?.type ?? 0, dims: [added(to, from, -1)] }];
};

const conv: Rule = ({ inputs: [input, weight], unknown }) => [
  {
    type: input?.type ?? 0,
    dims: input?.dims?.map((dim, index) =>
      index === 0 ? dim : index === 1 ? (weight?.dims?.[0] ?? unknown()) : unknown(),
    ),
  },
];

const einsum: Rule = ({ node, inputs, unknown }) => {
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

const cast: Rule = ({ node, inputs: [input] }) => {
  const to = intOf(node, 'to', 0);
  return [
    {
      type: to,
      dims: input?.dims,
      values: to === int64 || to === ElementType.int32 || to === bool ? input?.values : undefined,
    },
  ];
};

/** Both branches give the same type and rank, or nothing is known. */
const branches: Rule = ({ node, bodies, unknown }) => {
  const [one, other] = bodies();
  return node.outputs.map((_, index) => {
    const [a, b] = [one?.[index], other?.[index]];
    const rank = a?.dims?.length === b?.dims?.length ? a?.dims?.length : undefined;
    return {
      type: a?.type ?? b?.type ?? 0,
      dims: rank === undefined ? undefined : Array.from({ length: rank }, unknown),
    };
  });
};

const rules = new Map<string, Rule>();
const define = (ops: string, rule: Rule): void => ops.split(' ').forEach((op) => rules.set(op, rule));

define('Identity', kept);
define(
  'Abs Neg Sqrt Reciprocal Exp Log Erf Tanh Sigmoid Relu LeakyRelu Elu Selu Celu PRelu ThresholdedRelu HardSigmoid HardSwish Softplus Softsign Mish Swish Gelu FastGelu BiasGelu QuickGelu Clip Sin Cos Tan Asin Acos Atan Sinh Cosh ' +
    'Ceil Floor Round Sign Softmax LogSoftmax Hardmax CumSum Trilu ScatterND ScatterElements RMSNormalization RotaryEmbedding ' +
    'BatchNormalization InstanceNormalization GroupNormalization LpNormalization RandomNormalLike RandomUniformLike',
  first,
);
define('CastLike', ({ inputs }) => [{ type: inputs[1]?.type ?? 0, dims: inputs[0]?.dims }]);
define('Cast', cast);
define(
  'Add',
  elementwise(undefined, (a, b) => added(a, b)),
);
define(
  'Sub',
  elementwise(undefined, (a, b) => added(a, b, -1)),
);
define('Mul', elementwise(undefined, multiplied));
define(
  'Div',
  elementwise(undefined, (a, b) => divided(a, b) ?? numeric((x, y) => Math.trunc(x / y))(a, b)),
);
define(
  'Mod',
  elementwise(
    undefined,
    numeric((a, b) => a - b * Math.floor(a / b)),
  ),
);
define(
  'Max',
  elementwise(undefined, (a, b) => (b === undefined || a === b ? a : numeric(Math.max)(a, b))),
);
define(
  'Min',
  elementwise(undefined, (a, b) => (b === undefined || a === b ? a : numeric(Math.min)(a, b))),
);
define('Equal', elementwise(bool, equal));
define('Where', ({ inputs: [condition, a, b], unknown }) => [
  {
    type: a?.type ?? b?.type ?? 0,
    dims: broadcastDims([condition?.dims, a?.dims, b?.dims], unknown),
    values: onValues(
      [condition, a, b],
      (choice, x, y) => (choice === 1 ? x : choice === 0 ? y : x === y ? x : undefined),
      unknown,
    ),
  },
]);
define('Sum Mean Pow BitShift', elementwise(undefined));
define('Less LessOrEqual Greater GreaterOrEqual And Or Xor', elementwise(bool));
define('Not IsNaN IsInf', ({ inputs: [input] }) => [
  { type: bool, dims: input?.dims, values: numbers(input)?.map((value) => (value === 0 ? 1 : 0)) },
]);
define('MatMul FusedMatMul', fusedMatMul);
define('MatMulInteger', ({ inputs: [a, b], unknown }) => [
  { type: ElementType.int32, dims: matMul(a?.dims, b?.dims, unknown) },
]);
define('MatMulNBits', ({ node, inputs: [a] }) => [
  { type: a?.type ?? 0, dims: a?.dims && [...a.dims.slice(0, -1), intOf(node, 'N', 0)] },
]);
define('Gemm FusedGemm', gemm);
define('Shape', shape);
define('Size', ({ inputs: [input] }) => [
  { type: int64, dims: [], values: input?.dims && [input.dims.reduce<Dim>(multiplied, 1)] },
]);
define('Transpose', transpose);
define('Reshape', reshape);
define('Flatten', flatten);
define('Squeeze', squeeze);
define('Unsqueeze', unsqueeze);
define('Expand', expand);
define('Tile', tile);
define('Concat', concat);
define('Split', split);
define('Slice', slice);
define('Gather', gather);
define('GatherElements', gatherElements);
define('GatherND', gatherND);
define('Pad', pad);
define(
  'ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare',
  reduce,
);
define('ArgMax ArgMin', argument);
define('LayerNormalization SimplifiedLayerNormalization', layerNormalization);
define('SkipLayerNormalization SkipSimplifiedLayerNormalization', skipNormalization);
define('Constant', constant);
define('ConstantOfShape', constantOfShape);
define('Range', range);
define('Conv ConvTranspose', conv);
define('ConvInteger', (at) => conv(at).map((output) => output && { ...output, type: ElementType.int32 }));
define('Einsum', einsum);
define('If', branches);
define('Dropout', ({ inputs: [input] }) => [input, { type: bool, dims: input?.dims }]);
define('NonZero', ({ inputs: [input], unknown }) => [
  { type: int64, dims: [input?.dims?.length ?? unknown(), unknown()] },
]);
define('OneHot', ({ node, inputs: [indices, depth, values], unknown }) => {
  const axis = axisOf(intOf(node, 'axis', -1), (indices?.dims?.length ?? 0) + 1);
  return [
    {
      type: values?.type ?? 0,
      dims: indices?.dims && [
        ...indices.dims.slice(0, axis),
        depth?.values?.[0] ?? unknown(),
        ...indices.dims.slice(axis),
      ],
    },
  ];
});
define('EyeLike', ({ node, inputs: [input] }) => [
  { type: intOf(node, 'dtype', input?.type ?? 0), dims: input?.dims },
]);
define('TopK', ({ node, inputs: [input, k], unknown }) => {
  const axis = axisOf(intOf(node, 'axis', -1), input?.dims?.length ?? 0);
  const dims = input?.dims?.map((dim, index) => (index === axis ? (k?.values?.[0] ?? unknown()) : dim));
  return [
    { type: input?.type ?? 0, dims },
    { type: int64, dims },
  ];
});
define('DynamicQuantizeLinear', ({ inputs: [input] }) => [
  { type: ElementType.uint8, dims: input?.dims },
  { type: ElementType.float, dims: [] },
  { type: ElementType.uint8, dims: [] },
]);
define('QuantizeLinear', ({ inputs: [input, , zero] }) => [
  { type: zero?.type ?? ElementType.uint8, dims: input?.dims },
]);
define('DequantizeLinear', ({ inputs: [input, scale] }) => [
  { type: scale?.type ?? ElementType.float, dims: input?.dims },
]);
