import { attribute, ElementType, floatOf, intOf } from '../onnx/graph';
import { attentionCore, biasOfMask, biasOfSight, causalSight, repeatHeads, withPast } from './core';
import { lowest, type Rewrite, type RewriteSite } from './rewrite';

/**
 * ONNX's Attention (operator set 23 and later). Inputs: Q, K, V ([B, S, H·d] with the numbers of heads as attributes, or [B, H, S, d]), mask (boolean
 * or added), past key, past value, lengths of the keys [B]. Outputs: Y, present key, present value, scores in one of four stages.
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
    const bias = biasOf(at, queries, keys);
    const core = attentionCore(at, {
      queries,
      keys: repeated(keys),
      values: repeated(values),
      scale: floatOf(at.node, 'scale', 0),
      biases: [bias],
      ...(bias === undefined || (at.input(3) ?? at.input(6)) === undefined
        ? {}
        : { seeing: seeing(at, bias) }),
      ...(softcap === 0 ? {} : { softcap: { limit: softcap, isBeforeBias: true } }),
    });
    at.give(0, is3D ? at.mergeHeads(core.context) : core.context);
    at.give(1, keys);
    at.give(2, values);
    const stage = intOf(at.node, 'qk_matmul_output_mode', 0);
    at.give(3, [core.product, core.capped, core.scores, core.probabilities][stage] ?? core.product);
  },
};

/** True for queries from which the mask hides not every key, [..., Sq, 1]. */
function seeing(at: RewriteSite, bias: string): string {
  const highest = at.op('ReduceMax', [bias, at.ints(-1)], attribute.int('keepdims', 1));
  return at.op('Greater', [highest, at.number(lowest(at.type))]);
}

/** The mask; the direction and the stated lengths win over it, instead of being added. */
function biasOf(at: RewriteSite, queries: string, keys: string): string | undefined {
  const hidden = lowest(at.type);
  const mask = at.input(3);
  const isSight = mask !== undefined && at.types.elementType(mask) === ElementType.bool;
  const bias = isSight ? biasOfMask(at, mask, hidden) : mask;
  const isCausal = intOf(at.node, 'is_causal', 0) !== 0;
  const lengths = at.input(6);
  if (lengths !== undefined)
    return biasOfSight(at, sightWithin(at, lengths, isCausal, queries, keys), hidden, bias);
  if (!isCausal) return bias;
  const seen = causalSight(at, queries, keys, { begin: beginOf(at, queries, keys) });
  return biasOfSight(at, seen, hidden, bias);
}

/** True for keys within the length of their text; where the operator is causal, the last query stands at its end: [B, 1, 1 or Sq, Sk]. */
function sightWithin(
  at: RewriteSite,
  lengths: string,
  isCausal: boolean,
  queries: string,
  keys: string,
): string {
  const ends = at.unsqueeze(lengths, 1, 2, 3);
  const j = at.unsqueeze(at.range(at.ints(0), at.length(keys, 2)), 0, 1, 2);
  const seen = at.op('Less', [j, ends]);
  if (!isCausal) return seen;
  const rows = at.length(queries, 2);
  const back = at.unsqueeze(at.range(at.op('Neg', [rows]), at.ints(0)), 0, 1, 3);
  return at.op('And', [seen, at.op('LessOrEqual', [j, at.op('Add', [ends, back])])]);
}

/** The position of the first query: right behind the past; a single query behind a past stands last, whatever else came with it. */
function beginOf(at: RewriteSite, queries: string, keys: string): string {
  const past = at.input(4);
  if (past === undefined) return at.ints(0);
  const one = at.ints(1);
  const before = at.length(past, 2);
  const isSingle = at.op('Equal', [at.length(queries, 2), one]);
  const isBehind = at.op('Greater', [before, at.ints(0)]);
  const last = at.op('Sub', [at.length(keys, 2), one]);
  return at.op('Where', [at.op('And', [isSingle, isBehind]), last, before]);
}
