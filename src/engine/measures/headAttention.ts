import type { Tensor } from '../../protocol/tensor';

interface Sums {
  readonly columns: Float64Array;
  readonly attending: Uint8Array;
  readonly rows: number;
}

/** One head's attention over one text; what several measures need of it is computed once. */
export class HeadAttention {
  private cached: Sums | undefined;

  /**
   * @param weights [Sq, Sk] `weights[i * Sk + j]` is how much query token i attends to key token j; rows sum to 1
   * @throws RangeError where the length does not fit
   */
  constructor(
    readonly weights: Float32Array,
    readonly queries: number,
    readonly keys: number,
  ) {
    if (weights.length !== queries * keys) {
      throw new RangeError(`${weights.length} weights are not ${queries} rows of ${keys}.`);
    }
  }

  /** [Sk] how much attention each key token gets from all query tokens together. */
  get columnSums(): Float64Array {
    return this.sums.columns;
  }

  /**
   * [Sq] 1 for rows that attend at all. A fully masked row has zeros or NaN, as the exporter liked; means over rows leave it
   * out.
   */
  get attending(): Uint8Array {
    return this.sums.attending;
  }

  /** Number of rows that attend. */
  get attendingRows(): number {
    return this.sums.rows;
  }

  private get sums(): Sums {
    return (this.cached ??= sumUp(this));
  }
}

function sumUp({ weights, queries, keys }: HeadAttention): Sums {
  const columns = new Float64Array(keys);
  const attending = new Uint8Array(queries);
  let rows = 0;
  for (let i = 0; i < queries; i++) {
    const row = i * keys;
    let sum = 0;
    for (let j = 0; j < keys; j++) sum += weights[row + j];
    if (!(sum > 0)) continue;
    attending[i] = 1;
    rows++;
    for (let j = 0; j < keys; j++) columns[j] += weights[row + j];
  }
  return { columns, attending, rows };
}

/** The heads of one layer, as views. @param attention [H, Sq, Sk] */
export function headsOf(attention: Tensor): HeadAttention[] {
  const [heads, queries, keys] = attention.dims;
  const size = queries * keys;
  return Array.from(
    { length: heads },
    (_, head) => new HeadAttention(attention.data.subarray(head * size, (head + 1) * size), queries, keys),
  );
}

/**
 * Attention, or gradients of it, without the rows and columns of padding.
 * @param attention [H, Sq, Sk]
 * @param queryMask [Sq] 0 for padding
 * @param keyMask [Sk] 0 for padding
 * @returns [H, Sq', Sk']; the same tensor where there is no padding
 */
export function cutPadding(
  attention: Tensor,
  queryMask: ArrayLike<number>,
  keyMask: ArrayLike<number> = queryMask,
): Tensor {
  const [heads, queries, keys] = attention.dims;
  const rows = keptOf(queryMask);
  const columns = keptOf(keyMask);
  if (rows.length === queries && columns.length === keys) return attention;
  const data = new Float32Array(heads * rows.length * columns.length);
  let at = 0;
  for (let head = 0; head < heads; head++) {
    for (const i of rows) {
      const row = (head * queries + i) * keys;
      for (const j of columns) data[at++] = attention.data[row + j];
    }
  }
  return { data, dims: [heads, rows.length, columns.length] };
}

function keptOf(mask: ArrayLike<number>): number[] {
  return Array.from(mask, (kept, i) => (kept ? i : -1)).filter((i) => i >= 0);
}
