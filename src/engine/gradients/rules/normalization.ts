import { ElementType, floatOf, intOf } from '../../onnx/graph';
import type { GradientOps } from '../ops';
import type { GradientRule, GradientSite, InputGradient } from '../rule';

/** Axes over which a normalisation works: from its axis on. */
function normalisedAxes({ node, types }: GradientSite): number[] {
  const axis = intOf(node, 'axis', -1);
  const rank = types.rank(node.inputs[0]);
  if (axis < 0) return Array.from({ length: -axis }, (_, index) => axis + index);
  return rank === undefined ? [-1] : Array.from({ length: rank - axis }, (_, index) => axis + index);
}

interface Normalised {
  /** (x − mean)·deviation⁻¹, or x·deviation⁻¹ where the mean is not taken off. */
  readonly unit: string;
  /** deviation⁻¹, size 1 along the axes. */
  readonly inverse: string;
}

function normalise(
  ops: GradientOps,
  x: string,
  axes: readonly number[],
  epsilon: number,
  centred: boolean,
): Normalised {
  const centre = centred ? ops.sub(x, ops.mean(x, axes)) : x;
  const variance = ops.mean(ops.mul(centre, centre), axes);
  const inverse = ops.unary('Reciprocal', ops.unary('Sqrt', ops.add(variance, epsilon)));
  return { unit: ops.mul(centre, inverse), inverse };
}

/**
 * y = n·scale (+ bias), n the normalised x:  dx = (g − mean g − n·mean(g·n))·deviation⁻¹ with g = dy·scale; without centring no mean g, and
 * with the deviation held no n·mean(g·n)
 */
function throughNormalised(
  { ops, holdsDeviations }: Pick<GradientSite, 'ops' | 'holdsDeviations'>,
  g: string,
  { unit, inverse }: Normalised,
  axes: readonly number[],
  centred: boolean,
): string {
  const across = centred ? ops.sub(g, ops.mean(g, axes)) : g;
  if (holdsDeviations) return ops.mul(across, inverse);
  const along = ops.mul(unit, ops.mean(ops.mul(g, unit), axes));
  return ops.mul(ops.sub(across, along), inverse);
}

/** y = (x − mean)/√(variance + ε)·scale + bias */
const layerNormalization: GradientRule = {
  operators: ['LayerNormalization'],
  gradient: (at) => {
    const { node, types, dy, x, has, demand, ops } = at;
    const axes = normalisedAxes(at);
    const normalised = (): Normalised => {
      // In models of doubles the statistics that the operator gives would be rounded to float32.
      if (types.elementType(dy) !== ElementType.float)
        return normalise(ops, x(0), axes, floatOf(node, 'epsilon', 1e-5), true);
      // The operator has computed mean and deviation already, and gives them where they are asked for.
      const [mean, inverse] = [ops.asTypeOf(demand(1), dy), ops.asTypeOf(demand(2), dy)];
      return { unit: ops.mul(ops.sub(x(0), mean), inverse), inverse };
    };
    return [
      () => throughNormalised(at, ops.mul(dy, x(1)), normalised(), axes, true),
      () => ops.sumTo(ops.mul(dy, normalised().unit), x(1)),
      has(2) ? () => ops.sumTo(dy, x(2)) : undefined,
    ];
  },
};

/** y = x/√(mean x² + ε)·scale (Zhang & Sennrich 2019) */
const rmsNormalization: GradientRule = {
  operators: ['RMSNormalization', 'SimplifiedLayerNormalization'],
  gradient: (at) => {
    const { node, dy, x, ops } = at;
    const axes = normalisedAxes(at);
    const normalised = (): Normalised => normalise(ops, x(0), axes, floatOf(node, 'epsilon', 1e-5), false);
    return [
      () => throughNormalised(at, ops.mul(dy, x(1)), normalised(), axes, false),
      () => ops.sumTo(ops.mul(dy, normalised().unit), x(1)),
    ];
  },
};

/** onnxruntime's residual forms: s = input + skip (+ bias) is normalised; output 3 is s itself */
const skipNormalization: GradientRule = {
  operators: ['com.microsoft::SkipLayerNormalization', 'com.microsoft::SkipSimplifiedLayerNormalization'],
  gradient: (at) => {
    const { node, dy, dys, x, y, has, demand, ops } = at;
    const centred = node.op === 'SkipLayerNormalization';
    const epsilon = floatOf(node, 'epsilon', 1e-12);
    const normalised = once((): Normalised => {
      demand(3);
      return normalise(ops, y(3), [-1], epsilon, centred);
    });
    const ds = once((): string => {
      const through = (): string => throughNormalised(at, ops.mul(dy, x(2)), normalised(), [-1], centred);
      return ops.total([
        ...(dys[3] === undefined ? [] : [dys[3]]),
        ...(dys[0] === undefined ? [] : [through()]),
      ]);
    });
    const gamma = (): string => ops.sumTo(ops.mul(dy, normalised().unit), x(2));
    const beta = (): string => ops.sumTo(dy, x(3));
    const bias = (slot: number): InputGradient => (has(slot) ? () => ops.sumTo(ds(), x(slot)) : undefined);
    return [
      ds,
      () => ops.sumTo(ds(), x(1)),
      gamma,
      ...(centred ? [has(3) ? beta : undefined, bias(4)] : [bias(3)]),
    ];
  },
};

/** Nodes that several inputs' gradients share are made by the first that asks. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

export const normalizationRules = [layerNormalization, rmsNormalization, skipNormalization];
