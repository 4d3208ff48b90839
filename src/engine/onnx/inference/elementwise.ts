import { added, divided, multiplied, type Dim } from '../dims';
import { ElementType, intOf } from '../graph';
import { broadcastDims, first, numbers, type InferenceRule, type InferenceTable, type Types } from './rule';

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

function elementwise(
  type: ElementType | undefined,
  compute?: (...values: Dim[]) => Dim | undefined,
): InferenceRule {
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

const where: InferenceRule = ({ inputs: [condition, a, b], unknown }) => [
  {
    type: a?.type ?? b?.type ?? 0,
    dims: broadcastDims([condition?.dims, a?.dims, b?.dims], unknown),
    values: onValues(
      [condition, a, b],
      (choice, x, y) => (choice === 1 ? x : choice === 0 ? y : x === y ? x : undefined),
      unknown,
    ),
  },
];

const cast: InferenceRule = ({ node, inputs: [input] }) => {
  const to = intOf(node, 'to', 0);
  return [
    {
      type: to,
      dims: input?.dims,
      values:
        to === ElementType.int64 || to === ElementType.int32 || to === ElementType.bool
          ? input?.values
          : undefined,
    },
  ];
};

/** Minus a size, for slices from the end. */
const negated = (value: Dim): Dim => multiplied(value, -1);

const unary =
  'Abs Sqrt Reciprocal Exp Log Erf Tanh Sigmoid Relu LeakyRelu Elu Selu Celu PRelu ThresholdedRelu HardSigmoid HardSwish Softplus Softsign Mish Swish ' +
  'Gelu FastGelu BiasGelu QuickGelu Clip Sin Cos Tan Asin Acos Atan Sinh Cosh Ceil Floor Round Sign Softmax LogSoftmax Hardmax CumSum Trilu';

export const elementwiseInference: InferenceTable = {
  [unary]: first,
  Identity: ({ inputs }) => [inputs[0]],
  Neg: ({ inputs: [input] }) => [input && { ...input, values: input.values?.map(negated) }],
  CastLike: ({ inputs }) => [{ type: inputs[1]?.type ?? 0, dims: inputs[0]?.dims }],
  Cast: cast,
  Add: elementwise(undefined, (a, b) => added(a, b)),
  Sub: elementwise(undefined, (a, b) => added(a, b, -1)),
  Mul: elementwise(undefined, multiplied),
  Div: elementwise(undefined, (a, b) => divided(a, b) ?? numeric((x, y) => Math.trunc(x / y))(a, b)),
  Mod: elementwise(
    undefined,
    numeric((a, b) => a - b * Math.floor(a / b)),
  ),
  Max: elementwise(undefined, (a, b) => (b === undefined || a === b ? a : numeric(Math.max)(a, b))),
  Min: elementwise(undefined, (a, b) => (b === undefined || a === b ? a : numeric(Math.min)(a, b))),
  Equal: elementwise(ElementType.bool, equal),
  Where: where,
  'Sum Mean Pow BitShift': elementwise(undefined),
  'Less LessOrEqual Greater GreaterOrEqual And Or Xor': elementwise(ElementType.bool),
  Not: ({ inputs: [input] }) => [
    {
      type: ElementType.bool,
      dims: input?.dims,
      values: numbers(input)?.map((value) => (value === 0 ? 1 : 0)),
    },
  ],
  'IsNaN IsInf': ({ inputs: [input] }) => [{ type: ElementType.bool, dims: input?.dims }],
  Dropout: ({ inputs: [input] }) => [input, { type: ElementType.bool, dims: input?.dims }],
  DynamicQuantizeLinear: ({ inputs: [input] }) => [
    { type: ElementType.uint8, dims: input?.dims },
    { type: ElementType.float, dims: [] },
    { type: ElementType.uint8, dims: [] },
  ],
  QuantizeLinear: ({ inputs: [input, , zero] }) => [
    { type: zero?.type ?? ElementType.uint8, dims: input?.dims },
  ],
  DequantizeLinear: ({ inputs: [input, scale] }) => [
    { type: scale?.type ?? ElementType.float, dims: input?.dims },
  ],
};
