import { floatOf, intOf, isOnnx } from '../../onnx/graph';
import { trailing, type ProductForm } from './form';

/** `Gemm(a, b)`: alpha · op(a) · op(b) of two matrices; attention of a single head and a single text. */
export const gemm: ProductForm = (node) => {
  if (!isOnnx(node, 'Gemm')) return undefined;
  const [a, b] = node.inputs;
  const [transposedA, transposedB] = [intOf(node, 'transA', 0) === 1, intOf(node, 'transB', 0) === 1];
  return {
    form: 'Gemm',
    a: { tensor: a, batch: [], free: transposedA ? 1 : 0, inner: transposedA ? 0 : 1 },
    b: { tensor: b, batch: [], free: transposedB ? 0 : 1, inner: transposedB ? 1 : 0 },
    alpha: floatOf(node, 'alpha', 1),
    output: node.outputs[0],
    result: trailing(2),
  };
};
