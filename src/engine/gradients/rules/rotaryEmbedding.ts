import type { GradientRule, GradientSite } from '../rule';

/** Pairs of x are rotated by the angle of their position; a rotation is undone by the opposite angle:  dx = the same with −sin */
function rotate({ node, dy, x, ops }: GradientSite, cosine: number, sine: number): string {
  const inputs = node.inputs.map((input, index) => {
    if (index === 0) return dy;
    if (index === cosine) return x(index);
    return index === sine ? ops.unary('Neg', x(index)) : input;
  });
  return ops.op(node.op, inputs, [...node.attributes.values()], node.domain);
}

const onnxRotary: GradientRule = {
  operators: ['RotaryEmbedding'],
  gradient: (at) => [() => rotate(at, 1, 2)],
};

/** onnxruntime's own form has the position ids in front of the tables. */
const microsoftRotary: GradientRule = {
  operators: ['com.microsoft::RotaryEmbedding'],
  gradient: (at) => [() => rotate(at, 2, 3)],
};

export const rotaryEmbeddingRules = [onnxRotary, microsoftRotary];
