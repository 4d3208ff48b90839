import type { Tensor } from '../../protocol/tensor';
import type { AggregationRule } from './aggregate';
import type { Definition } from './measure';

/** What saliency can be computed from without a further run of the model. */
export interface SaliencyInputs {
  /** [S, D] ∂target/∂e, e the output of the word-embedding look-up. */
  readonly gradient?: Tensor;
  /** [S, D] e. */
  readonly embeddings?: Tensor;
  /** Self-attention of all layers, [H, S, S] each, and the row of it that the prediction is made from. */
  readonly flow?: { readonly attentions: readonly Tensor[]; readonly position: number };
  /** Causal models: [S, V] logits, and the [S] ids of the same tokens. */
  readonly causal?: { readonly logits: Tensor; readonly ids: Int32Array };
}

/** A score for every token. A new one is a file with such an object, and a line in the table of `saliencies.ts`. */
export interface SaliencyMeasure extends Definition {
  /** Scores below 0 speak against the target: drawn with diverging colours. */
  readonly isSigned: boolean;
  /** How the scores of pieces make the score of a word. */
  readonly aggregation: AggregationRule;
  /** [S]; undefined where an input is missing. Left out for measures that need further runs of the model. */
  readonly compute?: (inputs: SaliencyInputs) => Float32Array | undefined;
}

/**
 * A number for each row of a matrix, summed up in double precision.
 * @param matrix [S, D]
 * @param term what position `at` of the matrix adds to its row
 * @returns [S]
 */
export function sumRows({ dims: [rows, width] }: Tensor, term: (at: number) => number): Float32Array {
  const sums = new Float32Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let at = i * width, end = at + width; at < end; at++) sum += term(at);
    sums[i] = sum;
  }
  return sums;
}
