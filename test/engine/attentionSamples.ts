import fc from 'fast-check';
import { HeadAttention } from '../../src/engine/measures/headAttention';
import type { TokenFacts } from '../../src/engine/measures/tokenFacts';
import type { Tensor } from '../../src/protocol/tensor';

/** A head from its rows. */
export function head(rows: readonly (readonly number[])[]): HeadAttention {
  return new HeadAttention(Float32Array.from(rows.flat()), rows.length, rows[0].length);
}

/** One layer from heads of the same size. */
export function attentionOf(heads: readonly HeadAttention[]): Tensor {
  return {
    data: Float32Array.from(heads.flatMap(({ weights }) => [...weights])),
    dims: [heads.length, heads[0].queries, heads[0].keys],
  };
}

/** `size` different tokens, none special, none a separator. */
export function tokens(size: number): TokenFacts {
  return {
    ids: Int32Array.from({ length: size }, (_, i) => i),
    special: new Uint8Array(size),
    separators: new Uint8Array(size),
  };
}

/** Self-attention over 1 to `largest` tokens, from scores that leave rows between even and one-sided. */
export function anyHead(largest = 9): fc.Arbitrary<HeadAttention> {
  return fc.integer({ min: 1, max: largest }).chain((size) =>
    fc
      .array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: size * size, maxLength: size * size })
      .map((scores) => {
        const rows = Array.from({ length: size }, (_, i) => {
          const powers = scores.slice(i * size, (i + 1) * size).map((score) => Math.exp(score));
          const sum = powers.reduce((total, power) => total + power, 0);
          return powers.map((power) => power / sum);
        });
        return head(rows);
      }),
  );
}
