import { Tensor as OrtTensor } from 'onnxruntime-node';
import type { BlockName, HeadRef } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import type { Lever } from '../sites/instrument';
import type { AttentionSite } from '../sites/site';
import type { AttentionScales } from './attentionScales';

/** What is changed inside the model, the same in every run about one inspection. */
export interface Interventions {
  readonly ablate: readonly HeadRef[];
  /** There where attention is edited. */
  readonly scales?: AttentionScales;
}

/** How the levers of one run stand; what is left out is at rest. */
export interface LeverSettings extends Interventions {
  /** [N] per copy: further heads that are off in it. */
  readonly ablateEach?: readonly (readonly HeadRef[])[];
  /** Number of copies of the text in the batch: steps of a path, noisy copies. Default 1. */
  readonly batch?: number;
  /** [N] per copy: the model sees `scale · e + (1 − scale) · baseline`. */
  readonly embeddingScale?: {
    readonly stream: BlockName;
    readonly scale: Float32Array;
    readonly baseline: Float32Array;
  };
  /** [N, S, E] added to the embeddings. */
  readonly embeddingNoise?: { readonly stream: BlockName; readonly noise: Tensor };
}

/** What a lever is fed; at rest unless the settings move it. @throws UserError naming a head that the model does not have */
export function leverFeed(lever: Lever, settings: LeverSettings, sites: readonly AttentionSite[]): OrtTensor {
  const batch = settings.batch ?? 1;
  const path = settings.embeddingScale;
  const noise = settings.embeddingNoise;
  switch (lever.kind) {
    case 'head_mask':
      return headMask(lever.block, sites, settings);
    case 'attention_scale':
      return ofLayer(settings.scales?.get(`${lever.block}.${lever.layer}`)?.scale, 1);
    case 'attention_exact':
      return ofLayer(settings.scales?.get(`${lever.block}.${lever.layer}`)?.exact, 0);
    case 'embedding_scale':
      return path?.stream === lever.block
        ? new OrtTensor('float32', path.scale, [batch, 1, 1])
        : new OrtTensor('float32', new Float32Array(1).fill(1), [1, 1, 1]);
    case 'embedding_baseline': {
      const baseline = path?.stream === lever.block ? path.baseline : zerosOf(lever);
      return new OrtTensor('float32', baseline, [1, 1, baseline.length]);
    }
    case 'embedding_noise':
      return noise?.stream === lever.block
        ? new OrtTensor('float32', noise.noise.data, noise.noise.dims)
        : zeroLever(lever);
  }
}

/** What an edited layer is fed [1, H, Sq, Sk], one number where there is nothing to say of its weights. */
function ofLayer(weights: Tensor | undefined, rest: number): OrtTensor {
  return weights === undefined
    ? new OrtTensor('float32', Float32Array.of(rest), [1, 1, 1, 1])
    : new OrtTensor('float32', weights.data, [1, ...weights.dims]);
}

/** 1 for each head that is on: [1, L, H], or [N, L, H] where the copies differ. */
function headMask(
  block: BlockName,
  sites: readonly AttentionSite[],
  { ablate, ablateEach = [[]] }: LeverSettings,
): OrtTensor {
  const layers = sites.filter((site) => site.block === block);
  const width = Math.max(...layers.map(({ heads }) => heads));
  const size = layers.length * width;
  const mask = new Float32Array(ablateEach.length * size).fill(1);
  ablateEach.forEach((off, copy) => {
    for (const head of [...ablate, ...off]) {
      requireHead(head, sites);
      if (head.block === block) mask[copy * size + head.layer * width + head.head] = 0;
    }
  });
  return new OrtTensor('float32', mask, [ablateEach.length, layers.length, width]);
}

/** @throws UserError saying which heads there are, where this is none of them */
function requireHead({ block, layer, head }: HeadRef, sites: readonly AttentionSite[]): void {
  const layers = sites.filter((site) => site.block === block);
  if (layers.length === 0) {
    const blocks = [...new Set(sites.map((site) => site.block))];
    throw new UserError(
      `There is no block “${block}” with heads to switch off: the model has ${blocks.join(', ')}. Say in which block the head ${layer}.${head} is.`,
      'input',
    );
  }
  const heads = Math.max(...layers.map((site) => site.heads));
  if (layer < layers.length && head < heads) return;
  throw new UserError(
    `There is no head ${layer}.${head}: the model has ${layers.length} layers of ${heads} heads.`,
    'input',
  );
}

/** As wide as the embeddings where the graph says how wide they are; else one number that is broadcast. */
function zerosOf({ dims }: Lever): Float32Array {
  const width = Number(dims[dims.length - 1]);
  return new Float32Array(Number.isFinite(width) ? width : 1);
}

function zeroLever(lever: Lever): OrtTensor {
  const zeros = zerosOf(lever);
  return new OrtTensor('float32', zeros, [1, 1, zeros.length]);
}
