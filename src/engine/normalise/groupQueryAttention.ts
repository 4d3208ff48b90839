import { ElementType, floatOf, intOf } from '../onnx/graph';
import { attentionCore, biasOfSight, causalSight, repeatHeads, withPast } from './core';
import { lowest, type Rewrite, type RewriteSite } from './rewrite';
import { atPositions, rotate } from './rotary';

/**
 * onnxruntime's GroupQueryAttention: causal, several query heads share a key-value head (Ainslie 2023). Inputs: query [B, S, H·d] (or queries, keys
 * and values packed), key, value, past key [B, G, P, d], past value, last positions [B], total length, cos cache, sin cache, position ids, attention
 * bias, sink per head. Outputs: output, present key, present value. The past may lie in a longer buffer; it is as long for every text of a batch.
 */
export const groupQueryAttention: Rewrite = {
  operators: ['com.microsoft::GroupQueryAttention'],
  rewrite(at) {
    const heads = intOf(at.node, 'num_heads', 1);
    const groups = intOf(at.node, 'kv_num_heads', heads);
    if (at.input(12) !== undefined || at.input(13) !== undefined) at.fail('its cache is quantised');
    if (at.input(14) !== undefined || at.input(15) !== undefined) at.fail('it normalises queries and keys');
    const [q, k, v] = parts(at, heads, groups);
    const begin = beginOf(at, q);
    const turn = rotation(at, q, begin);
    const queries = turn(q);
    const keys = behindPast(at, at.input(3), turn(k), begin);
    const values = behindPast(at, at.input(4), v, begin);
    const window = intOf(at.node, 'local_window_size', -1);
    const seen = causalSight(at, queries, keys, window <= 0 ? { begin } : { begin, window });
    const softcap = floatOf(at.node, 'softcap', 0);
    const core = attentionCore(at, {
      queries,
      keys: repeatHeads(at, keys, groups, heads),
      values: repeatHeads(at, values, groups, heads),
      scale: floatOf(at.node, 'scale', 0),
      biases: [biasOfSight(at, seen, lowest(at.type)), at.input(10)],
      ...(softcap === 0 ? {} : { softcap: { limit: softcap, isBeforeBias: true } }),
      ...sinkOf(at),
    });
    at.give(0, at.mergeHeads(core.context));
    if (at.wants(1)) at.give(1, inBuffer(at, at.input(3), keys));
    if (at.wants(2)) at.give(2, inBuffer(at, at.input(4), values));
    if (!at.wants(3)) return;
    // Scores are given out as 0 where nothing is seen.
    const isBehindSoftmax = intOf(at.node, 'qk_output', 0) === 2;
    at.give(3, isBehindSoftmax ? core.probabilities : at.op('Where', [seen, core.scores, at.number(0)]));
  },
};

/** The position of the first query, an int64 vector of one element: what the total length leaves for the past. */
function beginOf(at: RewriteSite, queries: string): string {
  if (at.input(3) === undefined) return at.ints(0);
  const total = at.reshape(at.build.cast(at.need(6), ElementType.int64), 1);
  return at.op('Sub', [total, at.length(queries, 2)]);
}

/** Keys or values behind those of the past, which may lie in a buffer with room behind it. */
function behindPast(at: RewriteSite, past: string | undefined, now: string, begin: string): string {
  return withPast(at, past === undefined ? undefined : at.slice(past, 2, 0, begin), now);
}

/** Present keys or values are as long as the buffer of the past: zeros fill it up. */
function inBuffer(at: RewriteSite, past: string | undefined, all: string): string {
  if (past === undefined) return all;
  const room = at.slice(past, 2, at.length(all, 2), Number.MAX_SAFE_INTEGER);
  return at.concat(2, all, at.op('Mul', [room, at.number(0)]));
}

/** Queries, keys and values [B, H or G, S, d], unpacked where they come in one tensor. */
function parts(at: RewriteSite, heads: number, groups: number): [string, string, string] {
  const [query, key, value] = [at.need(0), at.input(1), at.input(2)];
  if (key !== undefined && value !== undefined)
    return [at.splitHeads(query, heads), at.splitHeads(key, groups), at.splitHeads(value, groups)];
  const width = at.size(query, 2) ?? at.fail('the width of its packed input is not stated');
  const size = width / (heads + 2 * groups);
  const [q, k, v] = at.split(query, 2, [heads * size, groups * size, groups * size]);
  return [at.splitHeads(q, heads), at.splitHeads(k, groups), at.splitHeads(v, groups)];
}

/** Turns queries and keys by their positions behind the past, where the operator does that itself. */
function rotation(at: RewriteSite, queries: string, begin: string): (x: string) => string {
  if (intOf(at.node, 'do_rotary', 0) === 0) return (x) => x;
  const [cosCache, sinCache] = [at.need(7), at.need(8)];
  const half = at.size(cosCache, 1) ?? at.fail('the width of its cosine cache is not stated');
  const positions = positionsOf(at, at.length(queries, 2), begin);
  const cos = atPositions(at, cosCache, positions);
  const sin = atPositions(at, sinCache, positions);
  const interleaved = intOf(at.node, 'rotary_interleaved', 0) !== 0;
  return (x) => rotate(at, x, cos, sin, half, interleaved);
}

/**
 * Positions of the new tokens, [B or 1, S]. Where nothing came before, onnxruntime takes only the very first of the stated positions and counts on
 * from there, for all texts.
 */
function positionsOf(at: RewriteSite, length: string, begin: string): string {
  const stated = at.input(9);
  if (stated === undefined) return at.unsqueeze(at.range(begin, at.op('Add', [begin, length])), 0);
  const counted = at.op('Add', [
    at.slice(at.slice(stated, 0, 0, 1), 1, 0, 1),
    at.unsqueeze(at.range(at.ints(0), length), 0),
  ]);
  return at.op('Where', [at.op('Greater', [begin, at.ints(0)]), stated, counted]);
}

function sinkOf(at: RewriteSite): { sink?: string } {
  const perHead = at.input(11);
  if (perHead !== undefined) {
    const typed = at.types.elementType(perHead) === at.type ? perHead : at.build.cast(perHead, at.type);
    return { sink: at.reshape(typed, 1, -1, 1, 1) };
  }
  return intOf(at.node, 'smooth_softmax', 0) > 0 ? { sink: at.reshape(at.number(0), 1, 1, 1, 1) } : {};
}
