import type { BlockName, HeadRef } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import type { HeadEdge, TokenAttention } from '../../protocol/token';

/** One block's attention, and which of its tokens are special. */
export interface AttentionOfBlock {
  readonly block: BlockName;
  /** Per layer [H, Sq, Sk], rows sum to 1. */
  readonly layers: readonly Tensor[];
  /** [Sq] and [Sk], 1 for special tokens; undefined where nothing is known of the row's tokens. */
  readonly specialQueries?: Uint8Array;
  readonly specialKeys?: Uint8Array;
  /** Queries and keys are the same tokens. */
  readonly isSelf: boolean;
}

/**
 * The heads that attend most from a token and to it, each with its strongest edge.
 * @param query the token as a query of these blocks; undefined where it is none of their queries
 * @param key the same as a key
 * @param most entries per list
 */
export function strongestOfToken(
  blocks: readonly (AttentionOfBlock & { readonly query?: number; readonly key?: number })[],
  most: number,
): TokenAttention {
  const from: HeadEdge[] = [];
  const to: HeadEdge[] = [];
  for (const { block, layers, specialQueries, specialKeys, isSelf, query, key } of blocks) {
    layers.forEach(({ data, dims: [heads, queries, keys] }, layer) => {
      for (let head = 0; head < heads; head++) {
        const start = head * queries * keys;
        const ref: HeadRef = { block, layer, head };
        if (query !== undefined && query < queries) {
          const weightAt = (other: number) => data[start + query * keys + other];
          from.push(strongest(ref, keys, weightAt, specialKeys, isSelf ? query : undefined));
        }
        if (key !== undefined && key < keys) {
          const weightAt = (other: number) => data[start + other * keys + key];
          to.push(strongest(ref, queries, weightAt, specialQueries, isSelf ? key : undefined));
        }
      }
    });
  }
  return { from: best(from, most), to: best(to, most) };
}

function strongest(
  head: HeadRef,
  count: number,
  weightAt: (other: number) => number,
  special: Uint8Array | undefined,
  itself: number | undefined,
): HeadEdge {
  let edge: HeadEdge = { head, other: -1, weight: 0 };
  for (let other = 0; other < count; other++) {
    if (other === itself || special?.[other] === 1) continue;
    const weight = weightAt(other);
    if (weight > edge.weight) edge = { head, other, weight };
  }
  return edge;
}

/** Ties stay in the order of layers and heads. */
function best(edges: readonly HeadEdge[], most: number): HeadEdge[] {
  return edges
    .filter(({ other }) => other >= 0)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, most);
}
