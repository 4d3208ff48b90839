import type { RewriteSite } from './rewrite';

/**
 * Rotary position embedding (Su 2021): pairs of features turned by an angle that grows with the position.
 * @param x [B, H, S, d]
 * @param cos, sin [B or 1, 1, S, r/2]; features from r on stay as they are
 * @param half r/2
 * @param interleaved pairs are neighbours (0, 1), (2, 3) …; else the first half meets the second
 */
export function rotate(
  at: RewriteSite,
  x: string,
  cos: string,
  sin: string,
  half: number,
  interleaved: boolean,
): string {
  const rotary = 2 * half;
  const isPartial = at.size(x, 3) !== rotary;
  const turned = isPartial ? at.slice(x, 3, 0, rotary) : x;
  const a = interleaved ? at.slice(turned, 3, 0, rotary, 2) : at.slice(turned, 3, 0, half);
  const b = interleaved ? at.slice(turned, 3, 1, rotary, 2) : at.slice(turned, 3, half, rotary);
  const first = at.op('Sub', [at.op('Mul', [a, cos]), at.op('Mul', [b, sin])]);
  const second = at.op('Add', [at.op('Mul', [b, cos]), at.op('Mul', [a, sin])]);
  const done = interleaved ? interleave(at, first, second, rotary) : at.concat(3, first, second);
  return isPartial ? at.concat(3, done, at.slice(x, 3, rotary, Number.MAX_SAFE_INTEGER)) : done;
}

function interleave(at: RewriteSite, a: string, b: string, width: number): string {
  const pairs = at.concat(4, at.unsqueeze(a, 4), at.unsqueeze(b, 4));
  return at.reshape(pairs, 0, 0, 0, width);
}

/** Rows of a cache [M, r/2] at positions [B or 1, S], as [B or 1, 1, S, r/2]. */
export function atPositions(at: RewriteSite, cache: string, positions: string): string {
  return at.unsqueeze(at.op('Gather', [cache, positions]), 1);
}
