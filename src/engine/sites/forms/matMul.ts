import { isOnnx } from '../../onnx/graph';
import { leading, trailing, type ProductForm } from './form';

/** `MatMul(a, b)`: [..., rows, inner] · [..., inner, columns]. */
export const matMul: ProductForm = (node, context) => {
  if (!isOnnx(node, 'MatMul')) return undefined;
  const [a, b] = node.inputs;
  const ranks = [context.rankOf(a), context.rankOf(b)];
  if (ranks[0] < 2 || ranks[1] < 2) return undefined;
  return {
    form: 'MatMul',
    a: { tensor: a, batch: leading(ranks[0]), free: ranks[0] - 2, inner: ranks[0] - 1 },
    b: { tensor: b, batch: leading(ranks[1]), free: ranks[1] - 1, inner: ranks[1] - 2 },
    alpha: 1,
    output: node.outputs[0],
    result: trailing(Math.max(...ranks)),
  };
};
