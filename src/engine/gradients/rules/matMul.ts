import { floatOf, intOf, stringOf } from '../../onnx/graph';
import { unsupported } from '../unsupported';
import type { GradientRule, GradientSite } from '../rule';

/** y = α·a′·b′, a′ and b′ transposed where the flags say so:  da′ = α·dy·b′ᵀ,  db′ = α·a′ᵀ·dy */
function product(
  { dy, x, ops }: Pick<GradientSite, 'dy' | 'x' | 'ops'>,
  transA: boolean,
  transB: boolean,
  alpha: number,
): [() => string, () => string] {
  return [
    () =>
      transA
        ? ops.matMul(x(1), dy, { transA: transB, transB: true, alpha })
        : ops.matMul(dy, x(1), { transB: !transB, alpha }),
    () =>
      transB
        ? ops.matMul(dy, x(0), { transA: true, transB: transA, alpha })
        : ops.matMul(x(0), dy, { transA: !transA, alpha }),
  ];
}

/** Matrix products over the last two axes; leading axes broadcast; a vector counts as a matrix of one row (left) or column (right). */
const matMul: GradientRule = {
  operators: ['MatMul', 'com.microsoft::FusedMatMul'],
  broadcasts: true,
  gradient: (at) => {
    const { node, types, dy, x, ops } = at;
    if (intOf(node, 'transBatchA', 0) !== 0 || intOf(node, 'transBatchB', 0) !== 0)
      throw unsupported(node, 'it exchanges batch axes');
    const [row, column] = [types.rank(node.inputs[0]) === 1, types.rank(node.inputs[1]) === 1];
    const matrix = (index: number): string => {
      if (index === 0) return row ? ops.unsqueeze(x(0), [0]) : x(0);
      return column ? ops.unsqueeze(x(1), [1]) : x(1);
    };
    const wide = row || column ? ops.unsqueeze(dy, [...(row ? [-2] : []), ...(column ? [-1] : [])]) : dy;
    const [da, db] = product(
      { dy: wide, x: matrix, ops },
      intOf(node, 'transA', 0) !== 0,
      intOf(node, 'transB', 0) !== 0,
      floatOf(node, 'alpha', 1),
    );
    // The gradient of a vector drops the axis that was put in; what is left over in front is summed like any broadcasting.
    return [
      () => (row ? ops.op('Squeeze', [da(), ops.build.ints([-2])]) : da()),
      () => (column ? ops.op('Squeeze', [db(), ops.build.ints([-1])]) : db()),
    ];
  },
};

/** y = α·a′·b′ + β·c, in onnxruntime's fused form followed by an activation */
const gemm: GradientRule = {
  operators: ['Gemm', 'com.microsoft::FusedGemm'],
  gradient: (at) => {
    const { node, x, ops } = at;
    const beta = floatOf(node, 'beta', 1);
    const dy = beforeActivation(at);
    const [da, db] = product(
      { dy, x, ops },
      intOf(node, 'transA', 0) !== 0,
      intOf(node, 'transB', 0) !== 0,
      floatOf(node, 'alpha', 1),
    );
    return [da, db, () => ops.sumTo(beta === 1 ? dy : ops.mul(dy, beta), x(2))];
  },
};

/** The gradient in front of a fused activation, all of which can be told from what they give. */
function beforeActivation({ node, dy, y, ops }: GradientSite): string {
  const activation = stringOf(node, 'activation', '');
  switch (activation) {
    case '':
      return dy;
    case 'Relu':
      return ops.where(ops.compare('Greater', y(), 0), dy, 0);
    case 'LeakyRelu':
      return ops.where(ops.compare('Less', y(), 0), ops.mul(dy, floatOf(node, 'activation_alpha', 0.01)), dy);
    case 'Sigmoid':
      return ops.mul(dy, ops.mul(y(), ops.sub(1, y())));
    case 'Tanh':
      return ops.mul(dy, ops.sub(1, ops.mul(y(), y())));
    default:
      throw unsupported(node, `its activation is ${activation}`);
  }
}

export const matMulRules = [matMul, gemm];
