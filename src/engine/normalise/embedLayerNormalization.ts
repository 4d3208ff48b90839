import { attribute, ElementType } from '../onnx/graph';
import { layerNorm } from './layerNormalization';
import type { Rewrite } from './rewrite';

/**
 * onnxruntime's EmbedLayerNormalization: the whole embedding block of BERT. Inputs: input ids, segment ids, word, position and segment
 * tables, gamma, beta, mask, position ids. Outputs: output, valid tokens of each text [B], the sum before the norm.
 */
export const embedLayerNormalization: Rewrite = {
  operators: ['com.microsoft::EmbedLayerNormalization'],
  rewrite(at) {
    const ids = at.need(0);
    const segments = at.input(1);
    const mask = at.input(7);
    const words = at.op('Gather', [at.need(2), ids]);
    const positions = at.input(8) ?? at.unsqueeze(at.range(at.ints(0), at.length(ids, 1)), 0);
    let sum = at.op('Add', [words, at.op('Gather', [at.need(3), positions])]);
    if (segments !== undefined) sum = at.op('Add', [sum, at.op('Gather', [at.need(4), segments])]);
    at.give(0, layerNorm(at, sum, at.need(5), at.input(6)));
    if (at.wants(1)) {
      const valid =
        mask === undefined
          ? at.op('ReduceSum', [at.op('Sub', [ids, ids]), at.ints(1)], attribute.int('keepdims', 0))
          : at.op('ReduceSum', [mask, at.ints(1)], attribute.int('keepdims', 0));
      at.give(1, at.build.cast(valid, ElementType.int32));
    }
    at.give(2, sum);
  },
};
