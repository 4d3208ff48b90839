import { interpolateRgb, rgb } from 'd3';
import { svgElement, element } from '../../element';
import { headColour, headPaint } from '../../marks/relations';
import type { Theme } from '../../marks/theme';

/** The two sides of a comparison. */
export type SideName = 'a' | 'b';

/** One colour per side, the same in every part of the comparison. */
export const sidePaint: Readonly<Record<SideName, string>> = { a: headPaint(0), b: headPaint(1) };

/**
 * Diverging scale of a change B − A: the colour of the side that has more, the stronger the larger the change.
 * @param share change / largest absolute change, −1 to 1
 * @returns `#rrggbb`; a grey for none
 */
export function changeColour(share: number, theme: Theme): string {
  const none = interpolateRgb(theme.background, theme.foreground)(theme.isHighContrast ? 0.45 : 0.25);
  const full = headColour(share < 0 ? 0 : 1, theme.kind);
  const strength = Number.isNaN(share) ? 0 : Math.min(1, Math.abs(share));
  return rgb(interpolateRgb(none, full)(strength)).formatHex();
}

/** The diverging scale with its ends. @param largest absolute change at both ends, as it is written */
export function changeLegend(largest: string, unit: string, theme: Theme): HTMLElement {
  const [steps, cell] = [21, 6];
  const svg = svgElement('svg', {
    width: steps * cell,
    height: 10,
    class: 'swatches',
    'aria-hidden': 'true',
  });
  for (let i = 0; i < steps; i++) {
    const fill = changeColour((2 * i) / (steps - 1) - 1, theme);
    svg.append(svgElement('rect', { x: i * cell, y: 0, width: cell, height: 10, fill }));
  }
  const figure = element(
    'figure',
    'legend',
    element('figcaption', 'legend-title', unit ? `B − A, ${unit}` : 'B − A'),
    svg,
    element(
      'div',
      'legend-ends',
      element('span', '', `−${largest} less in B`),
      element('span', '', `+${largest} more`),
    ),
  );
  figure.setAttribute(
    'aria-label',
    `Colour: change from A to B, from −${largest} to +${largest} ${unit}`.trim(),
  );
  return figure;
}
