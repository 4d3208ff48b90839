import { isMicrosoft, isOnnx } from '../../onnx/graph';
import { leading, trailing, type ProductForm } from './form';

/**
 * Products of quantised activations: `MatMulInteger(a, b)`, `QLinearMatMul(a, scale, zero, b, ...)` and onnxruntime's
 * `MatMulIntegerToFloat(a, b, scales ...)`. The operands are read before their quantisation.
 */
export const integerMatMul: ProductForm = (node, context) => {
  const isLinear = isOnnx(node, 'QLinearMatMul');
  if (!isLinear && !isOnnx(node, 'MatMulInteger') && !isMicrosoft(node, 'MatMulIntegerToFloat'))
    return undefined;
  const a = context.unquantised(node.inputs[0]);
  const b = context.unquantised(node.inputs[isLinear ? 3 : 1]);
  const [rankA, rankB] = [context.rankOf(a), context.rankOf(b)];
  if (rankA < 2 || rankB < 2) return undefined;
  return {
    form: node.op,
    a: { tensor: a, batch: leading(rankA), free: rankA - 2, inner: rankA - 1 },
    b: { tensor: b, batch: leading(rankB), free: rankB - 1, inner: rankB - 2 },
    alpha: 1,
    output: node.outputs[0],
    result: trailing(Math.max(rankA, rankB)),
  };
};
