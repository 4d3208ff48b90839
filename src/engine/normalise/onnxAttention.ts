import { ElementType, floatOf, intOf } from '../onnx/graph';
import { attentionCore, biasOfMask, biasOfSight, causalSight, repeatHeads, withPast } from './core';
import { lowest, type Rewrite, type RewriteSite } from './rewrite';

/**
 * ONNX's Attention (operator set 23). Inputs: Q, K, V ([B, S, H·d] with the numbers of heads as attributes, or [B, H, S, d]), mask (boolean
 * or added), past key, past value. Outputs: Y, present key, present value, scores in one of four stages.
 */
export const onnxAttention: Rewrite = {
  operators: ['Attention'],
  rewrite(at) {
    const is3D = at.rank(at.need(0)) === 3;
    const queryHeads = is3D ? intOf(at.node, 'q_num_heads', 1) : at.size(at.need(0), 1);
    const groups = is3D ? intOf(at.node, 'kv_num_heads', queryHeads ?? 1) : at.size(at.need(1), 1);
    const heads = (slot: number, count: number | undefined): string =>
      is3D ? at.splitHeads(at.need(slot), count ?? 1) : at.need(slot);
    const queries = heads(0, queryHeads);
    const keys = withPast(at, at.input(4), heads(1, groups));
    const values = withPast(at, at.input(5), heads(2, groups));
    const repeated = (x: string): string =>
      queryHeads === undefined || groups === undefined ? x : repeatHeads(at, x, groups, queryHeads);
    const softcap = floatOf(at.node, 'softcap', 0);
    const core = attentionCore(at, {
      queries,
      keys: repeated(keys),
      values: repeated(values),
      scale: floatOf(at.node, 'scale', 0),
      biases: biasesOf(at, queries, keys),
      ...(softcap === 0 ? {} : { softcap: { limit: softcap, isBeforeBias: true } }),
    });
    at.give(0, is3D ? at.mergeHeads(core.context) : core.context);
    at.give(1, keys);
    at.give(2, values);
    const stage = intOf(at.node, 'qk_matmul_output_mode', 0);
    at.give(3, [core.product, core.scores, core.capped, core.probabilities][stage] ?? core.product);
  },
};

function biasesOf(at: RewriteSite, queries: string, keys: string): string[] {
  const biases: string[] = [];
  if (at.input(6) !== undefined) at.fail('it has padded keys of stated lengths');
  if (intOf(at.node, 'is_causal', 0) !== 0) biases.push(onnxCausal(at, queries, keys));
  const mask = at.input(3);
  if (mask !== undefined)
    biases.push(
      at.types.elementType(mask) === ElementType.bool ? biasOfMask(at, mask, lowest(at.type)) : mask,
    );
  return biases;
}

/** The causal mask begins behind the past: query i stands at position P + i. */
function onnxCausal(at: RewriteSite, queries: string, keys: string): string {
  const past = at.input(4);
  const begin = past === undefined ? at.ints(0) : at.length(past, 2);
  return biasOfSight(at, causalSight(at, queries, keys, { begin }), lowest(at.type));
}
