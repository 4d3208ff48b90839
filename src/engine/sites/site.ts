import type { BlockName } from '../../protocol/inspection';

/** Roles of the axes of one operand of a product of matrices, for every matrix of the batch. */
export interface Operand {
  readonly tensor: string;
  /** Axes that only number the matrices (batch, heads), outermost first. */
  readonly batch: readonly number[];
  /** The axis that the product keeps: query tokens of q, key tokens of k, features of v. */
  readonly free: number;
  /** The axis that the product sums over: features of q and k, key tokens of v. */
  readonly inner: number;
}

/** A product of two activations (`MatMul`, `FusedMatMul`, `Einsum` ...). */
export interface Product {
  /** The operator, in the words of the form: `MatMul`. */
  readonly form: string;
  readonly a: Operand;
  readonly b: Operand;
  /** A factor that the operator itself applies. */
  readonly alpha: number;
  readonly output: string;
  /** Axes of the result: batch axes, then the kept axis of a (rows) and of b (columns). */
  readonly result: { readonly batch: readonly number[]; readonly rows: number; readonly columns: number };
}

/** A tensor that is [B, H, S, d] after reordering: by `order` its axes become (batch axes ..., S, d). */
export interface HeadTensor {
  readonly tensor: string;
  readonly order: readonly number[];
  /** Heads may be fewer than those of the probabilities (keys and values of grouped queries that the product repeats by broadcasting). */
  readonly isShared: boolean;
  /** One-element tensors that the model multiplies into this operand only to split the scale of the scores; taken out again. */
  readonly undo?: { readonly factor: string; readonly op: 'Mul' | 'Div' };
}

/**
 * How a probabilities tensor lies in memory: `BHSS` [B, H, Sq, Sk], `(BH)SS` [B·H, Sq, Sk] (also [B, Sq, Sk] of a single head),
 * `BGHSS` [B, key-value heads, queries per key-value head, Sq, Sk], `SS` [Sq, Sk].
 */
export type ProbabilityLayout = 'BHSS' | '(BH)SS' | 'BGHSS' | 'SS';

/** One attention call of a model. Tensors are named; nothing here points into the graph, so that copies of the model can be edited. */
export interface AttentionSite {
  readonly block: BlockName;
  /** Counted from 0 within the block, in the order of data flow. */
  readonly layer: number;
  /** The form that was found, in words: `MatMul, scale after the product, mask added`. */
  readonly form: string;
  /** Output of the Softmax itself. */
  readonly softmax: string;
  /** The last tensor before the product with the values that still holds the probabilities: behind casts, dropout and NaN guards. */
  readonly probabilities: string;
  /** Which of its axes become (batch axes ..., Sq, Sk); the layout is that of the reordered tensor. */
  readonly order: readonly number[];
  readonly layout: ProbabilityLayout;
  /** The one reader of `probabilities` on the way to the values: the node that makes tensor `output`, at input `slot`. */
  readonly reader: { readonly output: string; readonly slot: number };
  /** Input of the Softmax: scaled, biased, masked. */
  readonly scores: string;
  /** The product of queries and keys. */
  readonly product: string;
  readonly queries: HeadTensor;
  readonly keys: HeadTensor;
  readonly values: HeadTensor;
  /** probabilities · values, per head. */
  readonly context: HeadTensor;
  /**
   * `scale · queries · keysᵀ` (of the tensors as they are given out) is the score before bias, soft-capping and mask.
   * NaN where the graph computes it from something that is not known before a run.
   */
  readonly scale: number;
  /** c where scores are soft-capped as c · tanh(score / c). */
  readonly softcap?: number;
  /** Heads, where the graph states them; else 0. */
  readonly heads: number;
  /** Features per head, where the graph states them; else 0. */
  readonly headSize: number;
  /** The residual stream that the attention is added to, and the sum. */
  readonly residual?: { readonly input: string; readonly output: string };
  /** Name of the graph output that already gives the probabilities. */
  readonly exposed?: string;
}

/** A word-embedding look-up, or the patch convolution of an image model. */
export interface EmbeddingSite {
  /** The stack that it feeds. */
  readonly stream: BlockName;
  /** [B, S, E]. */
  readonly tensor: string;
  /** The graph input with the ids (or pixels). */
  readonly input: string;
  readonly kind: 'tokens' | 'patches';
  /** Rows of the table; 0 for patches. */
  readonly vocabulary: number;
  /** E, where the graph states it; else 0. */
  readonly width: number;
}

/** The normalisation between a pre-norm stack and its head. */
export interface FinalNorm {
  readonly input: string;
  readonly output: string;
}

/** Everything that was found in a graph. */
export interface SiteTable {
  readonly sites: readonly AttentionSite[];
  /**
   * Per stack the L + 1 hidden states [B, S, D] as `transformers` returns them: the embedding block's output, then each layer's; in causal
   * models and encoder-decoders with pre-norm layers the last one is after the final norm. Undefined where one could not be told.
   */
  readonly hiddenStates: ReadonlyMap<BlockName, readonly (string | undefined)[]>;
  readonly finalNorms: ReadonlyMap<BlockName, FinalNorm>;
  readonly embeddings: readonly EmbeddingSite[];
  /** Sentences: what could not be found, and why. */
  readonly missing: readonly string[];
}
