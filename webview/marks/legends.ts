import { twoDigits } from '../../src/protocol/numbers';
import { element, svgElement } from '../element';
import { glyphRadius, ringWidth } from './glyph';
import type { ThemeKind } from './relations';
import { measureColour, roleColour, signedColour } from './scales';

/**
 * The plane of role colours: from semantic (left) to syntactic (right), weak (bottom) to strong (top).
 * Where the difference is d, the larger score is at least abs(d): the corners below that do not exist and stay empty.
 */
export function planeLegend(theme: ThemeKind, label = 'Role'): HTMLElement {
  const columns = 21;
  const rows = 6;
  const cell = 6;
  const svg = svgElement('svg', {
    width: columns * cell,
    height: rows * cell,
    class: 'swatches',
    'aria-hidden': 'true',
  });
  for (let row = 0; row < rows; row++) {
    const strength = 1 - row / (rows - 1);
    for (let column = 0; column < columns; column++) {
      const difference = (2 * column) / (columns - 1) - 1;
      if (Math.abs(difference) > strength + 0.02) continue;
      const semantic = difference <= 0 ? strength : strength - difference;
      const syntactic = difference <= 0 ? strength + difference : strength;
      svg.append(
        svgElement('rect', {
          x: column * cell,
          y: row * cell,
          width: cell,
          height: cell,
          fill: roleColour(semantic, syntactic, theme),
        }),
      );
    }
  }
  const ends = element(
    'div',
    'legend-ends',
    element('span', '', 'semantic'),
    element('span', '', 'syntactic'),
  );
  ends.style.width = `${columns * cell}px`;
  return legend(
    label,
    'Hue: red where the head is more semantic, blue where it is more syntactic, purple between. Strong colour: one of the two scores is high.',
    svg,
    ends,
  );
}

/** Circles of the radius scale with their values. @param domain values at magnitude 0 and 1 */
export function radiusLegend(
  label: string,
  domain: readonly [number, number],
  unit: string,
  size: number,
): HTMLElement {
  const shown = [0, 0.5, 1];
  const width = size + 14;
  const svg = svgElement('svg', { width: width * shown.length, height: size, 'aria-hidden': 'true' });
  const ends = element('div', 'legend-steps');
  // Under the circles, however long the title is.
  ends.style.width = `${width * shown.length}px`;
  shown.forEach((magnitude, i) => {
    const thickness = ringWidth(magnitude, size);
    svg.append(
      svgElement('circle', {
        class: 'legend-ring',
        cx: (i + 0.5) * width,
        cy: size / 2,
        r: glyphRadius(magnitude, size) - thickness / 2,
        'stroke-width': thickness,
      }),
    );
    const value = twoDigits(domain[0] + (domain[1] - domain[0]) * magnitude);
    ends.append(element('span', '', value));
  });
  const words = `Size of the ring: ${label}, from ${twoDigits(domain[0])} to ${twoDigits(domain[1])} ${unit}`;
  return legend(unit ? `${label}, ${unit}` : label, words.trim(), svg, ends);
}

/** A ramp of the measure colours with its ends; diverging where the domain reaches below zero. */
export function rampLegend(
  label: string,
  domain: readonly [number, number],
  unit: string,
  theme: ThemeKind,
): HTMLElement {
  const steps = 21;
  const cell = 6;
  const isSigned = domain[0] < 0;
  const svg = svgElement('svg', {
    width: steps * cell,
    height: 10,
    class: 'swatches',
    'aria-hidden': 'true',
  });
  for (let i = 0; i < steps; i++) {
    const share = i / (steps - 1);
    const fill = isSigned ? signedColour(2 * share - 1, theme) : measureColour(share, theme);
    svg.append(svgElement('rect', { x: i * cell, y: 0, width: cell, height: 10, fill }));
  }
  const [low, high] = domain.map(twoDigits);
  const ends = element('div', 'legend-ends', element('span', '', low), element('span', '', high));
  const words = `Colour: ${label}, from ${low} to ${high} ${unit}`;
  return legend(unit ? `${label}, ${unit}` : label, words.trim(), svg, ends);
}

function legend(title: string, words: string, picture: SVGElement, ends: HTMLElement): HTMLElement {
  const figure = element('figure', 'legend');
  figure.setAttribute('aria-label', words);
  figure.title = words;
  figure.append(element('figcaption', 'legend-title', title), picture, ends);
  return figure;
}
