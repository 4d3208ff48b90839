import type { AttentionEdit } from '../../protocol/edits';
import type { BlockName } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { headsOf } from './headAttention';
import { findSinks } from './sink';

/** How attention sinks are calibrated. */
export interface Calibration {
  /** What remains of the attention on a sink before rows are brought back to their sums, 0 to 1; 0.4 in the paper. */
  readonly factor: number;
  /** Leave the first token its attention: the paper does, because models lean on it. */
  readonly keepFirst: boolean;
}

/**
 * The edits that take attention from sinks (tokens whose column mean is over 5 times the average of the head) and give it to the other
 * tokens of the row in proportion. One edit where all heads of a layer have the same sink.
 * Source: Yu 2024 (ACT). There a sink keeps exactly the factor's share; here it is scaled before its row is brought back to its sum, so it
 * keeps a little more.
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
        if (heads.length === sinks.length) edits.push({ block, layer, key, factor });
        else for (const head of heads) edits.push({ block, layer, head, key, factor });
      }
    });
  }
  return edits;
}
