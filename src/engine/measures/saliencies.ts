import type { SaliencyName } from '../../protocol/inspection';
import { attentionFlowSaliency } from './flow';
import { gradientL1, gradientL2, inputXGradient } from './gradientSaliency';
import { integratedGradients } from './integratedGradients';
import { occlusion } from './occlusion';
import { attentionRollout } from './rollout';
import type { SaliencyInputs, SaliencyMeasure } from './saliency';
import { smoothGrad } from './smoothGrad';
import { surprisal } from './surprisal';

/** Every saliency measure by its name in measures.md. */
export const saliencyMeasures: Readonly<Record<SaliencyName, SaliencyMeasure>> = {
  'gradient-l1': gradientL1,
  'gradient-l2': gradientL2,
  'input-x-gradient': inputXGradient,
  'integrated-gradients': integratedGradients,
  'smooth-grad': smoothGrad,
  occlusion,
  'attention-rollout': attentionRollout,
  'attention-flow': attentionFlowSaliency,
  surprisal,
};

/**
 * The saliency that one forward and backward run suffices for.
 * @returns [S] each; measures that lack an input, or need further runs of the model, are left out
 */
export function computeSaliency(
  inputs: SaliencyInputs,
  names: readonly SaliencyName[],
): Partial<Record<SaliencyName, Float32Array>> {
  const computed: Partial<Record<SaliencyName, Float32Array>> = {};
  for (const name of names) {
    const scores = saliencyMeasures[name].compute?.(inputs);
    if (scores) computed[name] = scores;
  }
  return computed;
}
