import type { BlockName } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';

/** What one forward run gives, batch dropped. */
export interface ForwardRun {
  /** [C], [S, V] or as the model gives it. */
  readonly logits: Tensor;
  /** Per block and layer [H, Sq, Sk]. */
  readonly attentions: ReadonlyMap<BlockName, readonly Tensor[]>;
  /** Everything else that was asked for, by its name in the headless contract (`hidden_states.self.0`, `queries.self.0` ...). */
  readonly record: ReadonlyMap<string, Tensor>;
}

/** What one backward run gives. */
export interface GradientRun {
  /** ∂target/∂e of each word-embedding look-up, and e itself: [S, D] per stream (`self`, `encoder`, `decoder`, `text`, `vision`). */
  readonly embeddings: ReadonlyMap<BlockName, { readonly value: Tensor; readonly gradient: Tensor }>;
  /** Per block and layer [H]: ∂target/∂ξ at ξ = 1. */
  readonly heads: ReadonlyMap<BlockName, readonly Float32Array[]>;
  /** Per block and layer [H, Sq, Sk]: ∂target/∂A; only where asked for. */
  readonly attentions?: ReadonlyMap<BlockName, readonly Tensor[]>;
}
