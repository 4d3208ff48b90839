import { Tensor as OrtTensor } from 'onnxruntime-node';
import type { ValueType } from '../onnx/graph';
import { repeated, variantIds } from './batches';
import { fillInputs, type SequenceInputs } from './feeds';
import { positionsInput, seedInput } from './gradientGraphs';
import type { Seed } from './targets';

/** What is asked of one run, besides where its levers stand. */
export interface RunExtras {
  /** What the target of each copy is. */
  readonly seed?: Seed;
  /** Rows of the answer that are computed, where no gradient is wanted. */
  readonly positions?: readonly number[];
  /** Ids of each copy, instead of the same for all. */
  readonly variants?: readonly (readonly number[])[];
  /** The model's own inputs, of a batch of other texts. */
  readonly feeds?: Readonly<Record<string, OrtTensor>>;
}

/** What the model's own inputs are fed: the text in as many copies as there are, or the texts of the batch. */
export function textFeeds(
  inputs: readonly ValueType[],
  sequence: SequenceInputs | undefined,
  { feeds: given, variants }: RunExtras,
  copies: number,
): Record<string, OrtTensor> {
  if (given !== undefined || sequence === undefined) return { ...given };
  const feeds: Record<string, OrtTensor> = {};
  for (const [name, feed] of Object.entries(fillInputs(inputs, sequence)))
    feeds[name] = repeated(feed, copies);
  if (variants !== undefined) feeds['input_ids'] = variantIds(feeds['input_ids'], variants);
  return feeds;
}

/**
 * The inputs that say which rows of the answer are computed, and how they are weighed: the same for all copies of a batch, unless the seed
 * says otherwise.
 * @param hasPositions the answer has a row for every token
 */
export function askedFeeds(
  { seed, positions = seed?.positions }: RunExtras,
  hasPositions: boolean,
  copies: number,
): Record<string, OrtTensor> {
  const feeds: Record<string, OrtTensor> = {};
  if (hasPositions && positions !== undefined) {
    const rows = BigInt64Array.from(positions, BigInt);
    feeds[positionsInput] = new OrtTensor('int64', rows, [rows.length]);
  }
  if (seed !== undefined) {
    const { weights, positions: weighed, each } = seed;
    const size = hasPositions ? [weighed.length, weights.length / weighed.length] : [weights.length];
    feeds[seedInput] =
      each === undefined
        ? repeated(new OrtTensor('float32', weights, [1, ...size]), copies)
        : new OrtTensor('float32', joined(each), [each.length, ...size]);
  }
  return feeds;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
