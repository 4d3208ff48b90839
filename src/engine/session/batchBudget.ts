import type { LoadedModel, ModelAnatomy } from './loaded';

/** What the memory of a run depends on. */
export interface ModelSize {
  /** Attention calls of all blocks. */
  readonly layers: number;
  /** Of the attention call that has the most. */
  readonly heads: number;
  /** Of the residual stream. */
  readonly width: number;
  /** Bytes of all weights. */
  readonly weights: number;
}

/** A batch runs the model only, or the backward pass as well, which needs all activations. */
export type BatchKind = 'forward' | 'gradient';

/** What one model is allowed to take anyway: small models are faster in large batches, and nobody misses the memory. */
const smallestBudget = 192 << 20;
/** Beyond this no batch becomes faster, and cancelling and progress wait for the batch in progress. */
const mostTokens = 2048;

/**
 * Bytes of activations of one copy of a text.
 *
 * With gradients each layer keeps about 20 tensors of the stream's width (queries, keys, values, context, the feed-forward block of
 * four times the width before and after its activation, normalisations and sums) and 5 of the size of its attention; a forward
 * run has at most one layer's tensors at a time. Measured with onnxruntime 1.30 on a model of BERT's base size, see test/engine/batchBudget.test.ts.
 * @param tokens S
 */
export function activationBytes(
  { layers, heads, width }: ModelSize,
  tokens: number,
  kind: BatchKind,
): number {
  const layer = 4 * tokens * (20 * width + 5 * heads * tokens);
  return kind === 'gradient' ? layers * layer : layer;
}

/**
 * Copies of a text that one batch may have: as many as keep its memory within twice that of one pass over the text with all activations.
 * @returns at least 1
 */
export function copiesAtOnce(size: ModelSize, tokens: number, kind: BatchKind): number {
  const onePass = size.weights + activationBytes(size, tokens, 'gradient');
  const budget = Math.max(smallestBudget, onePass);
  const fitting = Math.floor(budget / Math.max(1, activationBytes(size, tokens, kind)));
  return Math.max(1, Math.min(fitting, Math.floor(mostTokens / Math.max(1, tokens))));
}

/** How large a model is, from its graph; what the graph does not state counts as one. */
export function sizeOf({ model, table }: Pick<ModelAnatomy, 'model' | 'table'>): ModelSize {
  const sites = table.sites;
  let weights = 0;
  for (const { content } of model.graph.initializers.values()) {
    if (content.kind === 'external') weights += content.length;
    else if (content.kind === 'inline') weights += content.bytes.byteLength;
  }
  return {
    layers: Math.max(1, sites.length),
    heads: Math.max(1, ...sites.map(({ heads }) => heads)),
    width: Math.max(
      1,
      ...table.embeddings.map(({ width }) => width),
      ...sites.map(({ heads, headSize }) => heads * headSize),
    ),
    weights,
  };
}

/** {@link copiesAtOnce} of a model. @param tokens of the longest row of a copy */
export function batchSize(model: LoadedModel, tokens: number, kind: BatchKind): number {
  return copiesAtOnce(sizeOf(model.anatomy), tokens, kind);
}

/** So many copies, divided into batches of at most `size`. */
export function batchesOf(total: number, size: number): { readonly from: number; readonly count: number }[] {
  return Array.from({ length: Math.ceil(total / size) }, (_, batch) => ({
    from: batch * size,
    count: Math.min(size, total - batch * size),
  }));
}
