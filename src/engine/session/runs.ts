import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { BlockName } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { gradientName } from '../gradients/differentiate';
import type { Instrumented } from '../sites/instrument';
import type { AttentionSite } from '../sites/site';
import { streamOutput } from './gradientGraphs';
import { attentionIn, rows, unbatched } from './outputs';

/** What one forward run gives, batch dropped. */
export interface ForwardRun {
  /** [C], [S, V] or as the model gives it. */
  readonly logits: Tensor;
  /** [S, D] what every row of the answer is made of; there where only some rows were computed (unembedding.ts). */
  readonly stream?: Tensor;
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

type Results = Readonly<Record<string, OrtTensor>>;

/** @param answer the output that holds the logits */
export function forwardRunOf(
  { taps }: Pick<Instrumented, 'taps'>,
  results: Results,
  answer: string,
): ForwardRun {
  const record = new Map<string, Tensor>();
  const attentions = new Map<BlockName, Tensor[]>();
  for (const [name, tap] of taps) {
    const tensor = unbatched(results[name]);
    if (tap.kind === 'attentions') listOf(attentions, tap.block)[tap.index] = tensor;
    else record.set(name, tensor);
  }
  const stream = results[streamOutput] as OrtTensor | undefined;
  return {
    logits: unbatched(results[answer]),
    ...(stream === undefined ? {} : { stream: unbatched(stream) }),
    attentions,
    record,
  };
}

/** @param sites whose attention gradients were asked for */
export function gradientRunOf(
  { taps, embedded, levers, probabilities }: Omit<Instrumented, 'model'>,
  results: Results,
  sites?: readonly AttentionSite[],
): GradientRun {
  const embeddings = new Map<BlockName, { value: Tensor; gradient: Tensor }>();
  for (const [name, tap] of taps) {
    const tensor = embedded.get(tap.block);
    const gradient =
      tap.kind === 'embeddings' && tensor !== undefined ? results[gradientName(tensor)] : undefined;
    if (gradient !== undefined)
      embeddings.set(tap.block, { value: unbatched(results[name]), gradient: unbatched(gradient) });
  }
  const heads = new Map<BlockName, Float32Array[]>();
  for (const [name, lever] of levers) {
    if (lever.kind === 'head_mask') heads.set(lever.block, rows(unbatched(results[gradientName(name)])));
  }
  if (sites === undefined) return { embeddings, heads };
  const attentions = new Map<BlockName, Tensor[]>();
  for (const { block, layer, order, probabilities: own } of sites) {
    const name = probabilities.get(`${block}.${layer}`) ?? '';
    // Edited attention is [B, H, Sq, Sk] whatever the model's own lies like.
    const axes = name === own ? order : [0, 1, 2, 3];
    listOf(attentions, block)[layer] = attentionIn(results[gradientName(name)], axes);
  }
  return { embeddings, heads, attentions };
}

function listOf<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
