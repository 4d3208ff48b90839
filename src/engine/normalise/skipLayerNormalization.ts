import { floatOf } from '../onnx/graph';
import { layerNorm, rmsNorm } from './layerNormalization';
import type { Rewrite, RewriteSite } from './rewrite';

/** onnxruntime's SkipLayerNormalization: the residual sum, then the norm. Inputs: input, skip, gamma, beta, bias. Output 3 is the sum. */
export const skipLayerNormalization: Rewrite = {
  operators: ['com.microsoft::SkipLayerNormalization'],
  rewrite(at) {
    const sum = residualSum(at, at.input(4));
    at.give(0, layerNorm(at, sum, at.need(2), at.input(3)));
    at.give(3, sum);
  },
};

/** The same with root-mean-square normalisation. Inputs: input, skip, gamma, bias. Output 3 is the sum. */
export const skipSimplifiedLayerNormalization: Rewrite = {
  operators: ['com.microsoft::SkipSimplifiedLayerNormalization'],
  rewrite(at) {
    const sum = residualSum(at, at.input(3));
    at.give(0, rmsNorm(at, sum, at.need(2), floatOf(at.node, 'epsilon', 1e-12), -1));
    at.give(3, sum);
  },
};

function residualSum(at: RewriteSite, bias: string | undefined): string {
  if (at.wants(1) || at.wants(2)) at.fail('it gives out its mean and deviation, which only training uses');
  const input = bias === undefined ? at.need(0) : at.op('Add', [at.need(0), bias]);
  return at.op('Add', [input, at.need(1)]);
}
