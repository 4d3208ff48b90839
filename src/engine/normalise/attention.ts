import { floatOf, intOf, intsOf } from '../onnx/graph';
import { attentionCore, microsoftBias, withPast } from './core';
import type { Rewrite, RewriteSite } from './rewrite';

/**
 * onnxruntime's Attention: input projections of queries, keys and values in one weight [D, Dq + Dk + Dv], then attention.
 * Inputs: input, weights, bias, mask, past [2, B, H, P, d], attention bias. Outputs: output, present.
 */
export const attention: Rewrite = {
  operators: ['com.microsoft::Attention'],
  rewrite(at) {
    if (intOf(at.node, 'do_rotary', 0) !== 0) at.fail('it has rotary embeddings of its own');
    const projected = at.op('MatMul', [at.need(0), at.need(1)]);
    const bias = at.input(2);
    attendProjected(
      at,
      bias === undefined ? projected : at.op('Add', [projected, bias]),
      projectionSizes(at, at.need(1)),
      {
        mask: at.input(3),
        past: at.input(4),
        bias: at.input(5),
      },
    );
  },
};

/** Widths of the three parts of a packed projection: stated, or a third each. */
export function projectionSizes(at: RewriteSite, weights: string): number[] {
  const stated = intsOf(at.node, 'qkv_hidden_sizes');
  if (stated !== undefined && stated.length === 3) return [...stated];
  const width = at.size(weights, 1) ?? at.fail('the width of its weights is not stated');
  return [width / 3, width / 3, width / 3];
}

/** Everything behind the projection, which QAttention shares. @param projected [B, S, Dq + Dk + Dv] */
export function attendProjected(
  at: RewriteSite,
  projected: string,
  sizes: readonly number[],
  optional: { readonly mask?: string; readonly past?: string; readonly bias?: string },
): void {
  const heads = intOf(at.node, 'num_heads', 1);
  const [queries, keysNow, valuesNow] = at
    .split(projected, 2, sizes)
    .map((part) => at.splitHeads(part, heads));
  const pastOf = (which: number): string | undefined =>
    optional.past === undefined
      ? undefined
      : at.op('Squeeze', [at.slice(optional.past, 0, which, which + 1), at.ints(0)]);
  const keys = withPast(at, pastOf(0), keysNow);
  const values = withPast(at, pastOf(1), valuesNow);
  const { context } = attentionCore(at, {
    queries,
    keys,
    values,
    scale: floatOf(at.node, 'scale', 0),
    biases: [microsoftBias(at, optional.mask, queries, keys), optional.bias],
  });
  at.give(0, at.mergeHeads(context));
  if (at.wants(1)) at.give(1, at.concat(0, at.unsqueeze(keys, 0), at.unsqueeze(values, 0)));
}
