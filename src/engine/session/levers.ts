import { Tensor as OrtTensor } from 'onnxruntime-node';
import type { BlockName, HeadRef } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import type { Lever } from '../sites/instrument';
import type { AttentionSite } from '../sites/site';

/** How the levers of one run stand; what is left out is at rest. */
export interface LeverSettings {
  readonly ablate: readonly HeadRef[];
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
      return headMask(
        sites.filter(({ block }) => block === lever.block),
        settings.ablate,
      );
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

/** 1 for each head that is on. @param sites of one block, layer by layer */
function headMask(sites: readonly AttentionSite[], ablate: readonly HeadRef[]): OrtTensor {
  const block = sites[0]?.block;
  const heads = Math.max(...sites.map((site) => site.heads));
  const mask = new Float32Array(sites.length * heads).fill(1);
  for (const { block: where, layer, head } of ablate) {
    if (where !== block) continue;
    if (layer >= sites.length || head >= heads)
      throw new UserError(
        `There is no head ${layer}.${head}: the model has ${sites.length} layers of ${heads} heads.`,
        'input',
      );
    mask[layer * heads + head] = 0;
  }
  return new OrtTensor('float32', mask, [1, sites.length, heads]);
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
