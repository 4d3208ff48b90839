import type { SyntaxScores } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import type { HeadAttention } from './headAttention';
import type { TokenFacts } from './tokenFacts';

/** What the user interface says where a measure's name is pointed at. */
export interface Definition {
  /** As on a legend: `Confidence`. */
  readonly label: string;
  /** A few sentences with the formula; `A[i, j]` is how much query token i attends to key token j. */
  readonly description: string;
  readonly source: string;
  /** Written after a number: `bits`, `tokens`; empty for shares and for units of the target. */
  readonly unit: string;
  /** Smallest and largest value that can occur. */
  readonly range: readonly [number, number];
  /** What a higher value means, as the end of a sentence that begins with “Higher:”. */
  readonly higher: string;
}

/** What must be at hand for a head measure, besides the attention itself. */
export type HeadNeed =
  'attention' | 'headGradient' | 'attentionGradient' | 'saliency' | 'parse' | 'furtherRuns';

/** Everything that the heads of one block are measured by. Padding is cut off before ({@link cutPadding}). */
export interface BlockInputs {
  /** Per layer [H, Sq, Sk], probabilities: rows sum to 1. H may differ between layers. */
  readonly attentions: readonly Tensor[];
  /** Queries and keys are the same tokens, so that positions can be compared. */
  readonly isSelf: boolean;
  /** The key tokens. */
  readonly keys: TokenFacts;
  /** Per layer [H]: ∂target/∂ξ at ξ = 1, ξ a factor on the head's output. */
  readonly headGradients?: readonly Float32Array[];
  /** Per layer [H, Sq, Sk]: ∂target/∂A. */
  readonly attentionGradients?: readonly Tensor[];
  /** [Sk] gradient-l1 of the predicted class, special tokens included. */
  readonly saliency?: Float32Array;
  readonly syntax?: SyntaxScores;
}

/** One head under measurement. */
export interface MeasuredHead {
  readonly layer: number;
  readonly head: number;
  readonly attention: HeadAttention;
  readonly gradient?: number;
  /** [Sq, Sk] */
  readonly attentionGradient?: Float32Array;
  readonly block: BlockInputs;
}

/** A number for every head. A new one is a file with such an object, and a line in the table of `definitions.ts`. */
export interface HeadMeasure extends Definition {
  readonly needs: HeadNeed;
  /** NaN where this head has no such number. Left out for measures that need further runs of the model. */
  readonly compute?: (head: MeasuredHead) => number;
}
