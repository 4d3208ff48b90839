import { ElementType, floatOf, intOf } from '../onnx/graph';
import { attentionCore, causalBias, repeatHeads, withPast } from './core';
import { lowest, type Rewrite, type RewriteSite } from './rewrite';
import { atPositions, rotate } from './rotary';

/**
 * onnxruntime's GroupQueryAttention: causal, several query heads share a key-value head (Ainslie 2023). Inputs: query [B, S, H·d] (or queries, keys
 * and values packed), key, value, past key [B, G, P, d], past value, last positions [B], total length, cos cache, sin cache, position ids, attention
 * bias, sink per head. Outputs: output, present key, present value.
 */
export const groupQueryAttention: Rewrite = {
  operators: ['com.microsoft::GroupQueryAttention'],
  rewrite(at) {
    const heads = intOf(at.node, 'num_heads', 1);
    const groups = intOf(at.node, 'kv_num_heads', heads);
    if (at.input(12) !== undefined || at.input(13) !== undefined) at.fail('its cache is quantised');
    const [q, k, v] = parts(at, heads, groups);
    const pastKey = at.input(3);
    const turn = rotation(at, q, pastKey);
    const queries = turn(q);
    const keys = withPast(at, pastKey, turn(k));
    const values = withPast(at, at.input(4), v);
    const hidden = lowest(at.type);
    const window = intOf(at.node, 'local_window_size', -1);
    const biases = [causalBias(at, queries, keys, hidden, window < 0 ? undefined : window)];
    const bias = at.input(10);
    if (bias !== undefined) biases.push(bias);
    const softcap = floatOf(at.node, 'softcap', 0);
    const core = attentionCore(at, {
      queries,
      keys: repeatHeads(at, keys, groups, heads),
      values: repeatHeads(at, values, groups, heads),
      scale: floatOf(at.node, 'scale', 0),
      biases,
      ...(softcap === 0 ? {} : { softcap: { limit: softcap, isBeforeBias: true } }),
      ...sinkOf(at),
    });
    at.give(0, at.mergeHeads(core.context));
    at.give(1, keys);
    at.give(2, values);
  },
};

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
function rotation(at: RewriteSite, queries: string, pastKey: string | undefined): (x: string) => string {
  if (intOf(at.node, 'do_rotary', 0) === 0) return (x) => x;
  const [cosCache, sinCache] = [at.need(7), at.need(8)];
  const half = at.size(cosCache, 1) ?? at.fail('the width of its cosine cache is not stated');
  const begin = pastKey === undefined ? at.ints(0) : at.length(pastKey, 2);
  const end = at.op('Add', [begin, at.length(queries, 2)]);
  const positions = at.input(9) ?? at.unsqueeze(at.range(begin, end), 0);
  const cos = atPositions(at, cosCache, positions);
  const sin = atPositions(at, sinCache, positions);
  const interleaved = intOf(at.node, 'rotary_interleaved', 0) !== 0;
  return (x) => rotate(at, x, cos, sin, half, interleaved);
}

function sinkOf(at: RewriteSite): { sink?: string } {
  const perHead = at.input(11);
  if (perHead !== undefined) {
    const typed =
      at.types.elementType(perHead) === at.type
        ? perHead
        : at.build.cast(perHead, at.type || ElementType.float);
    return { sink: at.reshape(typed, 1, -1, 1, 1) };
  }
  return intOf(at.node, 'smooth_softmax', 0) > 0 ? { sink: at.reshape(at.number(0), 1, 1, 1, 1) } : {};
}
