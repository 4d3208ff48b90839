import { added } from '../dims';
import { ElementType, graphOf, intOf } from '../graph';
import { first, numbers, unknownDims, type InferenceRule, type InferenceTable } from './rule';

const constant: InferenceRule = ({ node, constant: typeOf }) => {
  for (const { name, value } of node.attributes.values()) {
    if (name === 'value' && value.kind === 'tensor') return [typeOf(value.value)];
    if (name === 'value_int' && value.kind === 'int')
      return [{ type: ElementType.int64, dims: [], values: [value.value] }];
    if (name === 'value_ints' && value.kind === 'ints')
      return [{ type: ElementType.int64, dims: [value.value.length], values: value.value }];
    if (name === 'value_float') return [{ type: ElementType.float, dims: [] }];
    if (name === 'value_floats' && value.kind === 'floats')
      return [{ type: ElementType.float, dims: [value.value.length] }];
  }
  return [];
};

const constantOfShape: InferenceRule = ({ node, inputs: [target], constant: typeOf, unknown }) => {
  const value = node.attributes.get('value')?.value;
  const fill = value?.kind === 'tensor' ? typeOf(value.value) : undefined;
  const rank = target?.dims?.[0];
  const dims = target?.values ?? unknownDims(rank, unknown);
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

const range: InferenceRule = ({ inputs: [start, limit, delta], unknown }) => {
  const [from, to, by] = [start?.values?.[0], limit?.values?.[0], delta?.values?.[0]];
  if (by !== 1 || from === undefined || to === undefined)
    return [{ type: start?.type ?? 0, dims: [unknown()] }];
  return [{ type: start?.type ?? 0, dims: [added(to, from, -1)] }];
};

/** The branch that is taken, where that is known; else what both branches have in common. */
const branches: InferenceRule = ({ node, inputs: [condition], bodies, unknown }) => {
  const taken = numbers(condition)?.[0];
  const [yes, no] = [graphOf(node, 'then_branch'), graphOf(node, 'else_branch')].map(
    (body) => body && bodies(body),
  );
  if (taken !== undefined) return (taken === 0 ? no : yes) ?? [];
  return node.outputs.map((_, index) => {
    const [a, b] = [yes?.[index], no?.[index]];
    const rank = a?.dims?.length === b?.dims?.length ? a?.dims?.length : undefined;
    return {
      type: a?.type ?? b?.type ?? 0,
      dims: rank === undefined ? undefined : Array.from({ length: rank }, unknown),
    };
  });
};

export const sourceInference: InferenceTable = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  If: branches,
  NonZero: ({ inputs: [input], unknown }) => [
    { type: ElementType.int64, dims: [input?.dims?.length ?? unknown(), unknown()] },
  ],
  EyeLike: ({ node, inputs: [input] }) => [
    { type: intOf(node, 'dtype', input?.type ?? 0), dims: input?.dims },
  ],
  'RandomNormalLike RandomUniformLike': first,
};
