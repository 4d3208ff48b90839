import { headMeasures } from '../../../src/engine/measures/definitions';
import type { BlockSummary, HeadMeasureName } from '../../../src/protocol/inspection';
import { planeLegend, radiusLegend, rampLegend } from '../../marks/legends';
import type { Theme } from '../../marks/theme';
import { measureDomain, type ColourChoice } from './encoding';

/** What the colours and sizes of the overview mean. @param radius the measure of the size; undefined where all have one size */
export function legendsOf(
  block: BlockSummary,
  colour: ColourChoice,
  radius: HeadMeasureName | undefined,
  theme: Theme['kind'],
): HTMLElement[] {
  const legends: HTMLElement[] = [];
  if (colour === 'role') legends.push(planeLegend(theme));
  else {
    const { label, unit } = headMeasures[colour];
    legends.push(rampLegend(label, measureDomain(block, colour), unit, theme));
  }
  if (radius) {
    const { label, unit } = headMeasures[radius];
    const [low, high] = measureDomain(block, radius);
    legends.push(radiusLegend(label, [Math.max(0, low), high], unit, 30));
  }
  return legends;
}
