import type { LoadedModel } from '../session/loaded';
import type { RowInputs } from './rowInputs';

/** What batches of a model may be like. */
export interface BatchLimits {
  /** Tokens of a batch, padding included. */
  readonly tokens: number;
  readonly rows: number;
  /** Rows of different lengths may share a batch: the model has a mask for the padding. */
  readonly mayPad: boolean;
  /** Numbers that attention of a batch may have, in all layers together. */
  readonly attention: number;
  /** H · L. */
  readonly heads: number;
}

/** Enough for all cores, and over before anybody who waits for an inspection notices. */
const tokensAtOnce = 1536;
const rowsAtOnce = 128;
const attentionAtOnce = 8 << 20;

/** How rows of a model may be put together without changing its numbers. */
export function limitsOf(model: LoadedModel, withAttention: boolean): BatchLimits {
  const { inputs } = model.anatomy.model.graph;
  const hasMask = inputs.some(({ name }) => /(^|_)(attention|input)_mask(:0)?$/.test(name));
  // Causal classifiers answer at the last token that is no padding, and find it by its id.
  const knowsPadding = model.hasPositions || model.config.padToken !== undefined;
  // Numbers that are quantised as they come have one scale for the whole batch, so that rows would change one another.
  const isAlone =
    model.summary.quantisation === 'int8 (dynamic)' ||
    inputs.some(({ dims }) => typeof dims?.[0] === 'number' && dims.length > 1);
  const heads = model.anatomy.table.sites.reduce((sum, site) => sum + Math.max(1, site.heads), 0);
  return {
    tokens: tokensAtOnce,
    rows: isAlone ? 1 : rowsAtOnce,
    mayPad: hasMask && knowsPadding,
    attention: withAttention ? attentionAtOnce : Infinity,
    heads,
  };
}

/** Puts rows of similar length together, so that little of a batch is padding. */
export function batchesOf(inputs: readonly RowInputs[], limits: BatchLimits): RowInputs[][] {
  const lengthOf = ({ ids, decoderIds }: RowInputs): number => ids.length + (decoderIds?.length ?? 0);
  const sorted = [...inputs].sort(
    (a, b) => a.ids.length - b.ids.length || lengthOf(a) - lengthOf(b) || a.row - b.row,
  );
  const batches: RowInputs[][] = [];
  let batch: RowInputs[] = [];
  let longestDecoder = 0;
  for (const input of sorted) {
    const decoder = Math.max(longestDecoder, input.decoderIds?.length ?? 0);
    const length = input.ids.length + decoder;
    const count = batch.length + 1;
    const isFull =
      count > limits.rows ||
      count * length > limits.tokens ||
      count * length * length * limits.heads > limits.attention ||
      (!limits.mayPad && batch.length > 0 && lengthOf(batch[0]) !== lengthOf(input));
    if (isFull && batch.length > 0) {
      batches.push(batch);
      batch = [];
      longestDecoder = input.decoderIds?.length ?? 0;
    } else longestDecoder = decoder;
    batch.push(input);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
