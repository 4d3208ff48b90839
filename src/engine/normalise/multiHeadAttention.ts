import { floatOf, intOf } from '../onnx/graph';
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
 * onnxruntime's DecoderMaskedMultiHeadAttention: one new token against a cache. Inputs: query, key, value, mask, attention bias, past key,
 * past value, past length, beam width, cache indirection, bias.
 */
export const decoderMaskedMultiHeadAttention: Rewrite = {
  operators: ['com.microsoft::DecoderMaskedMultiHeadAttention'],
  rewrite(at) {
    if (at.input(9) !== undefined) at.fail('it follows the beams of a beam search');
    if (intOf(at.node, 'past_present_share_buffer', 0) !== 0)
      at.fail('its cache is a buffer that it overwrites');
    const heads = intOf(at.node, 'num_heads', 1);
    const bias = at.input(10);
    attend(at, operandsOf(at, heads, bias), {
      mask: at.input(3),
      bias: at.input(4),
      pastKey: at.input(5),
      pastValue: at.input(6),
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

function attend(
  at: RewriteSite,
  operands: Operands,
  optional: {
    readonly mask?: string;
    readonly bias?: string;
    readonly pastKey?: string;
    readonly pastValue?: string;
  },
): void {
  const { queries } = operands;
  const keys = withPast(at, optional.pastKey, operands.keys);
  const values = withPast(at, optional.pastValue, operands.values);
  const biases = [microsoftBias(at, optional.mask, queries, keys), optional.bias];
  const core = attentionCore(at, { queries, keys, values, scale: floatOf(at.node, 'scale', 0), biases });
  at.give(0, at.mergeHeads(core.context));
  at.give(1, keys);
  at.give(2, values);
  at.give(3, core.scores);
}
