import { intOf, isOnnx } from '../../onnx/graph';
import type { GradientRule } from '../rule';

/**
 * y = softmax(x):  dx = y·(dy − Σ dy·y)
 *
 * Rows that are masked out entirely are NaN; graphs that allow for them replace the NaN behind the Softmax, and then no gradient passes there.
 */
const softmax: GradientRule = {
  operators: ['Softmax'],
  gradient: ({ node, dy, y, readers, ops }) => [
    () => {
      const guarded = readers.some((reader) => isOnnx(reader, 'IsNaN'));
      const p = guarded ? ops.where(ops.unary('IsNaN', y()), 0, y()) : y();
      return ops.mul(p, ops.sub(dy, ops.sum(ops.mul(dy, p), [intOf(node, 'axis', -1)])));
    },
  ],
};

/** y = ln softmax(x):  dx = dy − eʸ·Σ dy */
const logSoftmax: GradientRule = {
  operators: ['LogSoftmax'],
  gradient: ({ node, dy, y, ops }) => [
    () => ops.sub(dy, ops.mul(ops.unary('Exp', y()), ops.sum(dy, [intOf(node, 'axis', -1)]))),
  ],
};

export const softmaxRules = [softmax, logSoftmax];
