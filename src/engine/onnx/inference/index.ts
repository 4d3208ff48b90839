import type { Dim } from '../dims';
import type { TensorType } from '../types';
import { elementwiseInference } from './elementwise';
import { productInference } from './products';
import type { Inference, InferenceRule, Types } from './rule';
import { selectingInference } from './selecting';
import { shapingInference } from './shaping';
import { sourceInference } from './sources';

const rules: ReadonlyMap<string, InferenceRule> = new Map(
  [elementwiseInference, productInference, selectingInference, shapingInference, sourceInference].flatMap(
    (table) =>
      Object.entries(table).flatMap(([operators, rule]) =>
        operators.split(' ').map((operator): [string, InferenceRule] => [operator, rule]),
      ),
  ),
);

/** ONNX tensors have no more dimensions; what a damaged file says beyond is nothing. */
const mostDims = 64;
/** Sums and products of sizes in real models are a few words long; chains of operators must not make them grow for ever. */
const longestDim = 256;

/**
 * Types of a node's outputs; undefined where nothing follows from its inputs. Operators of the same name in other domains behave alike.
 * Rules take an operator for well-formed. What they make of one that is not (an axis out of range, a permutation of another rank) counts as not
 * known: onnxruntime says what is wrong when it loads the graph.
 */
export function inferOutputs(at: Inference): Types {
  try {
    return (rules.get(at.node.op)?.(at) ?? []).map((type) => type && sound(type, at));
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return [];
    throw error;
  }
}

function sound(type: TensorType, { unknown }: Inference): TensorType {
  const { dims, values } = type;
  const isSize = (dim: Dim | undefined): boolean =>
    typeof dim === 'number' ? Number.isSafeInteger(dim) && dim >= 0 : isShort(dim);
  const isElement = (value: Dim | undefined): boolean => typeof value === 'number' || isShort(value);
  return {
    type: type.type,
    dims:
      dims === undefined || dims.length > mostDims
        ? undefined
        : Array.from(dims, (dim) => (isSize(dim) ? dim : unknown())),
    values: values?.map((value) => (isElement(value) ? value : unknown())),
  };
}

const isShort = (dim: Dim | undefined): boolean => typeof dim === 'string' && dim.length <= longestDim;
