import { headMeasures } from '../../../src/engine/measures/definitions';
import type { BlockSummary, HeadMeasureName } from '../../../src/protocol/inspection';
import { planeLegend, radiusLegend, rampLegend } from '../../marks/legends';
import type { ThemeKind } from '../../marks/relations';
import { type ColourChoice, measureDomain } from './encoding';

/**
 * What colour and size of the glyphs mean.
 * @param mean what the numbers are means over, where they are
 */
export function headLegends(
  block: BlockSummary,
  colour: ColourChoice,
  radius: HeadMeasureName | undefined,
  theme: ThemeKind,
  mean: string | undefined,
): HTMLElement[] {
  const named = (label: string): string => (mean ? `${label}, ${mean}` : label);
  const legends: HTMLElement[] = [];
  if (colour === 'role') legends.push(planeLegend(theme, named('Role')));
  else {
    const { label, unit } = headMeasures[colour];
    legends.push(rampLegend(named(label), measureDomain(block, colour), unit, theme));
  }
  if (radius) {
    const { label, unit } = headMeasures[radius];
    const [low, high] = measureDomain(block, radius);
    legends.push(radiusLegend(named(label), [Math.max(0, low), high], unit, 30));
  }
  return legends;
}
