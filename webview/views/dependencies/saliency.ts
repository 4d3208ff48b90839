import { aggregate, type AggregationRule } from '../../../src/engine/measures/aggregate';
import type { Inspection, SaliencyName } from '../../../src/protocol/inspection';
import { largestOf, shownSaliency } from '../../marks/saliency';
import { saliencyColour, textColour } from '../../marks/scales';
import { readTheme } from '../../marks/theme';
import type { Words } from './model';
import type { PictureModel } from './picture';

/** Colours of each slot by saliency, relative to the most salient unit; folded sentences keep the theme's. */
export function wordBackground(
  inspection: Inspection,
  wanted: SaliencyName,
  { units, slots }: Words,
): PictureModel['background'] {
  const saliency = shownSaliency(inspection, wanted);
  if (!saliency) return () => undefined;
  const unitOf = new Int32Array(saliency.scores.length).fill(-1);
  units.forEach((unit, i) => unit.tokens.forEach((token) => (unitOf[token] = i)));
  const byUnit = aggregate(saliency.scores, unitOf, wordRule(saliency.name), units.length);
  const largest = largestOf(byUnit);
  const theme = readTheme(document);
  return (index) => {
    const slot = slots[index];
    const score = slot.folded ? NaN : byUnit[slot.units[0]];
    if (!Number.isFinite(score) || largest === 0) return undefined;
    const background = saliencyColour(score / largest, theme);
    return { background, ink: textColour(background, theme) };
  };
}

/** How a measure's scores of pieces add up to words (measures.md): norms by the root of their squares. */
function wordRule(name: SaliencyName): AggregationRule {
  return name === 'gradient-l2' || name === 'smooth-grad' ? 'root-of-squares' : 'sum';
}
