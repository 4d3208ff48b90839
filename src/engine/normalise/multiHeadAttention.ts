import { ElementType, floatOf, intOf } from '../onnx/graph';
import { attentionCore, microsoftBias, withPast } from './core';
import type { Rewrite, RewriteSite } from './rewrite';

/** Queries, keys and values of each head, before any past. */
interface Operands {
  readonly queries: string;
  readonly keys: string;
  readonly values: string;
}

/**
 * onnxruntime's MultiHeadAttention: attention without the input projections. Inputs: query [B, S, D] (or packed [B, S, H, 3, d]), key
 * [B, L, D] (or packed with the values [B, L, H, 2, d], or a finished [B, H, L, d]), value, bias [3·D], key mask, attention bias, past key,
 * past value. Outputs: output, present key, present value, scores.
 */
export const multiHeadAttention: Rewrite = {
  operators: ['com.microsoft::MultiHeadAttention'],
  rewrite(at) {
    if (at.input(8) !== undefined || at.input(9) !== undefined)
      at.fail('its cache is a buffer that a beam search overwrites');
    const heads = intOf(at.node, 'num_heads', 1);
    attend(at, operandsOf(at, heads, at.input(3)), {
      mask: at.input(4),
      bias: at.input(5),
      pastKey: at.input(6),
      pastValue: at.input(7),
    });
  },
};

/**
 * onnxruntime's DecoderMaskedMultiHeadAttention: one new token against a cache, which may lie in a longer buffer. Inputs: query, key, value, mask,
 * attention bias, past key, past value, past length, beam width, cache indirection, bias. Outputs as those of MultiHeadAttention.
 */
export const decoderMaskedMultiHeadAttention: Rewrite = {
  operators: ['com.microsoft::DecoderMaskedMultiHeadAttention'],
  rewrite(at) {
    if (at.input(9) !== undefined) at.fail('it follows the beams of a beam search');
    const heads = intOf(at.node, 'num_heads', 1);
    const isInBuffer = intOf(at.node, 'past_present_share_buffer', 0) !== 0;
    attend(at, operandsOf(at, heads, at.input(10)), {
      mask: at.input(3),
      bias: at.input(4),
      pastKey: at.input(5),
      pastValue: at.input(6),
      ...(isInBuffer ? { pastLength: at.reshape(at.build.cast(at.need(7), ElementType.int64), 1) } : {}),
    });
  },
};

function operandsOf(at: RewriteSite, heads: number, bias: string | undefined): Operands {
  const [query, key, value] = [at.need(0), at.input(1), at.input(2)];
  if (at.rank(query) === 5) {
    // [B, S, H, 3, d] → three [B, H, S, d]
    const [queries, keys, values] = unpack(at, query, 3);
    return { queries, keys, values };
  }
  const biasOf = (part: number, x: string): string =>
    bias === undefined ? x : at.op('Add', [x, biasPart(at, bias, part, query)]);
  const queries = at.splitHeads(biasOf(0, query), heads);
  if (key === undefined) return at.fail('it has no keys');
  if (at.rank(key) === 5) {
    const [keys, values] = unpack(at, key, 2);
    return { queries, keys, values };
  }
  if (value === undefined) return at.fail('it has no values');
  if (at.rank(key) === 4) return { queries, keys: key, values: value };
  return {
    queries,
    keys: at.splitHeads(biasOf(1, key), heads),
    values: at.splitHeads(biasOf(2, value), heads),
  };
}

function unpack(at: RewriteSite, packed: string, parts: number): string[] {
  return at
    .split(packed, 3, new Array<number>(parts).fill(1))
    .map((part) => at.transpose(at.op('Squeeze', [part, at.ints(3)]), 0, 2, 1, 3));
}

/** Query, key and value biases follow one another; those of queries and keys are as wide as the query. */
function biasPart(at: RewriteSite, bias: string, part: number, query: string): string {
  const width = at.length(query, 2);
  const twice = at.op('Add', [width, width]);
  if (part === 0) return at.slice(bias, 0, 0, width);
  if (part === 1) return at.slice(bias, 0, width, twice);
  return at.slice(bias, 0, twice, Number.MAX_SAFE_INTEGER);
}

/** What attention may have besides queries, keys and values. */
interface Extras {
  readonly mask: string | undefined;
  readonly bias: string | undefined;
  readonly pastKey: string | undefined;
  readonly pastValue: string | undefined;
  /** int64 vector of one element, where the past is only the first part of a buffer. */
  readonly pastLength?: string;
}

function attend(at: RewriteSite, operands: Operands, extras: Extras): void {
  const { queries } = operands;
  const { pastLength } = extras;
  const pastIn = (buffer: string | undefined): string | undefined =>
    buffer === undefined || pastLength === undefined ? buffer : at.slice(buffer, 2, 0, pastLength);
  const present = (buffer: string | undefined, all: string): string =>
    buffer === undefined || pastLength === undefined
      ? all
      : at.concat(2, all, at.slice(buffer, 2, at.length(all, 2), Number.MAX_SAFE_INTEGER));
  const keys = withPast(at, pastIn(extras.pastKey), operands.keys);
  const values = withPast(at, pastIn(extras.pastValue), operands.values);
  const biases = [microsoftBias(at, extras.mask, queries, keys), extras.bias];
  const core = attentionCore(at, { queries, keys, values, scale: floatOf(at.node, 'scale', 0), biases });
  at.give(0, at.mergeHeads(core.context));
  if (at.wants(1)) at.give(1, present(extras.pastKey, keys));
  if (at.wants(2)) at.give(2, present(extras.pastValue, values));
  at.give(3, core.scores);
}
