import type { BlockName } from './inspection';

/** One attention site as the user may read about it. */
export interface SiteSummary {
  readonly block: BlockName;
  readonly layer: number;
  readonly heads: number;
  /** The form that was found, in words: `eager, mask added`, `fused Attention`. */
  readonly form: string;
  /** scale · queries · keysᵀ is the score before bias, soft-cap and mask; NaN where it is not known before a run. */
  readonly scale: number;
}

/** What is known of a model without running it. */
export interface ModelSummary {
  /** Name of a built-in or added model, or the path of a folder or file. */
  readonly reference: string;
  readonly name: string;
  readonly architecture: string;
  readonly task:
    'classification' | 'causal-lm' | 'masked-lm' | 'seq2seq' | 'embedding' | 'image' | 'parser' | 'unknown';
  readonly labels: readonly string[];
  /** Id of the token that stands for a masked one, where the vocabulary has one. */
  readonly mask?: number;
  readonly inputs: readonly {
    readonly name: string;
    readonly type: string;
    readonly dims: readonly (number | string)[];
  }[];
  readonly outputs: readonly {
    readonly name: string;
    readonly type: string;
    readonly dims: readonly (number | string)[];
  }[];
  readonly sites: readonly SiteSummary[];
  /** Sentences: what could not be found or done, and why. */
  readonly missing: readonly string[];
  readonly quantisation: string;
  /** Most tokens that the model takes; 0 where it does not say. */
  readonly contextLength: number;
  /** Bytes on disk, external weights included. */
  readonly bytes: number;
  readonly file: string;
}
