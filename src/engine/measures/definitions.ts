import { plainHeadMeasureNames } from '../../protocol/inspection';
import type { HeadMeasureName } from '../../protocol/inspection';
import { ablationEffect } from './ablationEffect';
import { attentionGradient } from './attentionGradient';
import { confidence } from './confidence';
import { directLogitAttribution } from './directLogitAttribution';
import { distance } from './distance';
import { entropy } from './entropy';
import { headDeviation } from './headDeviation';
import { headsOf } from './headAttention';
import { importance } from './importance';
import { induction } from './induction';
import type { BlockInputs, HeadMeasure, HeadNeed } from './measure';
import { first, next, previous, self, separator } from './positions';
import { prefixMatching } from './prefixMatching';
import { semantic } from './semantic';
import { shapleyValue } from './shapleyValue';
import { sink } from './sink';
import { syntactic } from './syntacticScore';

/** Every head measure by its name in measures.md. */
export const headMeasures: Readonly<Record<HeadMeasureName, HeadMeasure>> = {
  confidence,
  semantic,
  syntactic,
  importance,
  'attention-gradient': attentionGradient,
  entropy,
  distance,
  previous,
  next,
  self,
  first,
  separator,
  sink,
  induction,
  'ablation-effect': ablationEffect,
  'prefix-matching': prefixMatching,
  'shapley-value': shapleyValue,
  'direct-logit-attribution': directLogitAttribution,
  'head-deviation': headDeviation,
};

/**
 * Measures all heads of a block.
 * @param names which measures; default: all that the inputs suffice for
 * @returns [L, H] each, H of the layer with most heads; NaN where a head has no such number. Measures whose needs are not
 *   met are left out.
 */
export function computeHeadMeasures(
  inputs: BlockInputs,
  names: readonly HeadMeasureName[] = plainHeadMeasureNames,
): Partial<Record<HeadMeasureName, Float32Array>> {
  const possible = names.filter((name) => has(inputs, headMeasures[name].needs));
  const width = headsPerLayer(inputs);
  const measures: Partial<Record<HeadMeasureName, Float32Array>> = {};
  const columns = possible.map((name) => {
    const values = new Float32Array(inputs.attentions.length * width).fill(NaN);
    measures[name] = values;
    return { measure: headMeasures[name], values };
  });
  inputs.attentions.forEach((layerAttention, layer) => {
    const gradients = inputs.attentionGradients?.[layer];
    headsOf(layerAttention).forEach((attention, head) => {
      const size = attention.weights.length;
      const measured = {
        layer,
        head,
        attention,
        gradient: inputs.headGradients?.[layer][head],
        attentionGradient: gradients?.data.subarray(head * size, (head + 1) * size),
        block: inputs,
      };
      for (const { measure, values } of columns)
        values[layer * width + head] = measure.compute?.(measured) ?? NaN;
    });
  });
  return measures;
}

/** Heads of the layer with most heads. */
export function headsPerLayer({ attentions }: Pick<BlockInputs, 'attentions'>): number {
  return attentions.reduce((most, { dims }) => Math.max(most, dims[0]), 0);
}

function has(inputs: BlockInputs, need: HeadNeed): boolean {
  switch (need) {
    case 'attention':
      return true;
    case 'headGradient':
      return inputs.headGradients !== undefined;
    case 'attentionGradient':
      return inputs.attentionGradients !== undefined;
    case 'saliency':
      return inputs.saliency !== undefined;
    case 'parse':
      return inputs.syntax !== undefined;
    case 'furtherRuns':
      return false;
  }
}
