import type { AttentionEdit } from '../../protocol/edits';
import type { BlockName } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { headsOf } from './headAttention';
import { findSinks } from './sink';

/** How attention sinks are calibrated. */
export interface Calibration {
  /** β, what exactly remains of the attention on a sink, 0 to 1; 0.4 in the paper. */
  readonly factor: number;
  /** Leave the first token its attention: the paper does, because models lean on it. */
  readonly keepFirst: boolean;
}

/**
 * The edits that take attention from sinks (tokens whose column mean is over 5 times the average of the head) and give it to the other
 * tokens of the row in proportion. One edit where all heads of a layer have the same sink.
 * In a row A with sinks K, A′[s] = β·A[s] for s in K, A′[j] = A[j] + A[j] / Σ_{j∉K} A[j] · Σ_{s∈K} (1 − β)·A[s] for all others.
 * Source: Yu 2024 (ACT, “Unveiling and Harnessing Hidden Attention Sinks”).
 * @param attentions per block and layer [H, Sq, Sk]
 */
export function calibrationEdits(
  attentions: ReadonlyMap<BlockName, readonly Tensor[]>,
  { factor, keepFirst }: Calibration,
): AttentionEdit[] {
  const edits: AttentionEdit[] = [];
  for (const [block, layers] of attentions) {
    layers.forEach((attention, layer) => {
      const sinks = headsOf(attention).map((head) =>
        findSinks(head).tokens.filter((token) => !(keepFirst && token === 0)),
      );
      for (const key of [...new Set(sinks.flat())].sort((a, b) => a - b)) {
        const heads = Array.from(sinks.keys()).filter((head) => sinks[head].includes(key));
        if (heads.length === sinks.length) edits.push({ block, layer, key, factor, isExact: true });
        else for (const head of heads) edits.push({ block, layer, head, key, factor, isExact: true });
      }
    });
  }
  return edits;
}
