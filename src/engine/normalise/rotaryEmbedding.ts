import { intOf } from '../onnx/graph';
import type { Rewrite, RewriteSite } from './rewrite';
import { atPositions, rotate } from './rotary';

/**
 * onnxruntime's RotaryEmbedding. Inputs: x [B, S, H·d] or [B, H, S, d], position ids [1] (the first position) or [B, S], cos cache
 * and sin cache [M, r/2].
 */
export const microsoftRotaryEmbedding: Rewrite = {
  operators: ['com.microsoft::RotaryEmbedding'],
  rewrite(at) {
    if (intOf(at.node, 'is_packed_batching', 0) !== 0) at.fail('its batch is packed into one sequence');
    const [x, cos, sin] = [at.need(0), at.need(2), at.need(3)];
    const is4D = at.rank(x) === 4;
    const sequence = at.length(x, is4D ? 2 : 1);
    const stated = at.need(1);
    const positions =
      at.rank(stated) === 1
        ? at.unsqueeze(at.op('Add', [at.range(at.ints(0), sequence), stated]), 0)
        : stated;
    rotateAll(at, atPositions(at, cos, positions), atPositions(at, sin, positions), halfOf(at, cos));
  },
};

/** ONNX's RotaryEmbedding (operator set 23). Inputs: x, cos cache, sin cache ([M, r/2], or [B, S, r/2] without position ids), position ids [B, S]. */
export const onnxRotaryEmbedding: Rewrite = {
  operators: ['RotaryEmbedding'],
  rewrite(at) {
    const [cos, sin, positions] = [at.need(1), at.need(2), at.input(3)];
    const look = (cache: string): string =>
      positions === undefined ? at.unsqueeze(cache, 1) : atPositions(at, cache, positions);
    rotateAll(at, look(cos), look(sin), halfOf(at, cos));
  },
};

function halfOf(at: RewriteSite, cache: string): number {
  return at.size(cache, -1) ?? at.fail('the width of its cosine cache is not stated');
}

function rotateAll(at: RewriteSite, cos: string, sin: string, half: number): void {
  const x = at.need(0);
  const interleaved = intOf(at.node, 'interleaved', 0) !== 0;
  if (at.rank(x) === 4) return at.give(0, rotate(at, x, cos, sin, half, interleaved));
  const width = at.size(x, 2);
  const stated = intOf(at.node, 'num_heads', 0);
  // onnxruntime allows leaving the heads out where all features of a head are turned.
  const heads =
    stated > 0
      ? stated
      : width === undefined
        ? at.fail('the number of its heads is not stated')
        : width / (2 * half);
  at.give(0, at.mergeHeads(rotate(at, at.splitHeads(x, heads), cos, sin, half, interleaved)));
}
