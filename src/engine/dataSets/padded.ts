import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { ValueType } from '../onnx/graph';
import { repeated } from '../session/batches';
import { fillInputs } from '../session/feeds';
import type { RowInputs } from './rowInputs';

/** Rows of different lengths as one batch: padded at their ends, where neither positions nor causal attention are touched. */
export interface PaddedBatch {
  readonly rows: readonly RowInputs[];
  /** S of the longest row. */
  readonly length: number;
  readonly decoderLength: number;
  readonly feeds: Readonly<Record<string, OrtTensor>>;
}

/** Pads rows and fills the model's inputs. @param pad the id that padding has; masked out, so that any will do */
export function padBatch(rows: readonly RowInputs[], inputs: readonly ValueType[], pad: number): PaddedBatch {
  const length = Math.max(...rows.map(({ ids }) => ids.length));
  const decoderLength = Math.max(...rows.map(({ decoderIds }) => decoderIds?.length ?? 0));
  const filled = rows.map(({ ids, typeIds, decoderIds }) =>
    fillInputs(inputs, {
      inputIds: extended(ids, length, pad),
      attentionMask: maskOf(ids.length, length),
      typeIds: extended(typeIds, length, 0),
      ...(decoderIds === undefined ? {} : { decoderInputIds: extended(decoderIds, decoderLength, pad) }),
    }),
  );
  const feeds: Record<string, OrtTensor> = {};
  for (const [name, first] of Object.entries(filled[0]))
    feeds[name] = stacked(
      name,
      first,
      filled.map((feed) => feed[name]),
    );
  return { rows, length, decoderLength, feeds };
}

function extended(values: ArrayLike<number>, length: number, filler: number): Int32Array {
  const row = new Int32Array(length).fill(filler);
  row.set(values);
  return row;
}

function maskOf(attended: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(1, 0, attended);
}

/** Feeds of single rows along their batch axis; what has none is the same for all. */
function stacked(name: string, first: OrtTensor, feeds: readonly OrtTensor[]): OrtTensor {
  if (first.dims.length < 2 && name !== 'seqlens_k') return first;
  const batch = repeated(first, feeds.length);
  if (batch === first) return first;
  const all = batch.data as Int32Array;
  feeds.forEach((feed, row) => all.set(feed.data as Int32Array, row * first.size));
  return batch;
}
