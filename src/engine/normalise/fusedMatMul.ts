import { floatOf, intOf } from '../onnx/graph';
import type { Rewrite, RewriteSite } from './rewrite';

/** onnxruntime's FusedMatMul: α · op(A) · op(B), op a transposition of the last two axes. */
export const fusedMatMul: Rewrite = {
  operators: ['com.microsoft::FusedMatMul'],
  rewrite(at) {
    if (intOf(at.node, 'transBatchA', 0) !== 0 || intOf(at.node, 'transBatchB', 0) !== 0)
      at.fail('it moves batch axes');
    const product = at.op('MatMul', [turned(at, at.need(0), 'transA'), turned(at, at.need(1), 'transB')]);
    const alpha = floatOf(at.node, 'alpha', 1);
    at.give(0, alpha === 1 ? product : at.op('Mul', [product, at.number(alpha)]));
  },
};

function turned(at: RewriteSite, x: string, flag: string): string {
  if (intOf(at.node, flag, 0) === 0) return x;
  const rank = at.rank(x);
  // A vector is a row: turning it changes nothing.
  if (rank < 2) return x;
  return at.transpose(x, ...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2);
}
