import {
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  type SymbolType,
} from 'd3';
import { element, svgElement } from '../../element';
import { rampLegend } from '../../marks/legends';
import type { ThemeKind } from '../../marks/relations';
import { measureColour } from '../../marks/scales';
import type { Theme } from '../../marks/theme';
import type { Rows } from './rows';

/** What the colours of the map can show. */
export const colourChoices = ['label', 'predicted', 'confidence', 'correct'] as const;
export type ColourChoice = (typeof colourChoices)[number];

/** How a point looks: colour and shape say the same, so that neither has to be told apart alone. */
export interface PointStyle {
  readonly name: string;
  readonly colour: string;
  readonly shape: SymbolType;
}

/** Points in their looks. */
export interface Encoding {
  readonly styles: readonly PointStyle[];
  /** [N] index into the styles. */
  readonly styleOf: Uint8Array;
  readonly legend: HTMLElement;
}

/**
 * Colours of classes: those of Okabe and Ito 2008, which people of any colour vision can tell apart, moved in lightness so that
 * each has a contrast of 3 : 1 at least against the backgrounds of its kind of theme.
 */
const classColours: Readonly<Record<ThemeKind, readonly string[]>> = {
  dark: ['#56b4e9', '#e69f00', '#2bb98c', '#d98cb8', '#f0e442', '#e8743b'],
  light: ['#0072b2', '#b35900', '#00795a', '#a8508a', '#7a6a00', '#c2410c'],
  'hc-dark': ['#6cc7ff', '#ffb52e', '#38d9a9', '#ff9bd0', '#f0e442', '#ff8a5b'],
  'hc-light': ['#004f86', '#8a4300', '#005c43', '#86306b', '#5c4f00', '#99300a'],
};
const shapes: readonly SymbolType[] = [
  symbolCircle,
  symbolSquare,
  symbolTriangle,
  symbolDiamond,
  symbolStar,
  symbolCross,
];

/** A cross lying on its side, with an area that can be filled: d3's own `symbolTimes` is of strokes alone. */
const symbolSaltire: SymbolType = {
  draw(context, size) {
    const r = Math.sqrt(size / 5) / 2;
    const upright = [
      [-3, -1],
      [-1, -1],
      [-1, -3],
      [1, -3],
      [1, -1],
      [3, -1],
      [3, 1],
      [1, 1],
      [1, 3],
      [-1, 3],
      [-1, 1],
      [-3, 1],
    ] as const;
    upright.forEach(([x, y], i) => {
      const corner = [(r * (x - y)) / Math.SQRT2, (r * (x + y)) / Math.SQRT2] as const;
      if (i === 0) context.moveTo(...corner);
      else context.lineTo(...corner);
    });
    context.closePath();
  },
};

/** Steps in which confidence is coloured. */
const steps = 24;

/** What has no such value, and classes beyond those that can be told apart. */
function mutedStyle(name: string, { foreground, background, isHighContrast }: Theme): PointStyle {
  const share = isHighContrast ? 70 : 45;
  return {
    name,
    colour: mixed(foreground, background, share),
    shape: symbolCircle,
  };
}

/** The look of one class. @param label index into the labels, −1 for none */
export function classStyle(rows: Rows, label: number, theme: Theme): PointStyle {
  const colours = classColours[theme.kind];
  if (label < 0) return mutedStyle('none', theme);
  if (label >= colours.length) return mutedStyle('other', theme);
  return { name: rows.nameOf(label), colour: colours[label], shape: shapes[label] };
}

/** Looks of right and wrong predictions. */
export function verdictStyles(theme: Theme): readonly [correct: PointStyle, wrong: PointStyle] {
  const [blue, orange] = classColours[theme.kind];
  return [
    { name: 'correct', colour: blue, shape: symbolCircle },
    { name: 'wrong', colour: orange, shape: symbolSaltire },
  ];
}

/** What the map can show of these rows. */
export function possibleChoices(rows: Rows): ColourChoice[] {
  const { confidence } = rows.columns;
  return colourChoices.filter(
    (choice) =>
      (choice === 'label' && rows.hasLabels) ||
      (choice === 'predicted' && rows.hasPredictions) ||
      (choice === 'confidence' && confidence.some((value) => !Number.isNaN(value))) ||
      (choice === 'correct' && rows.isComparable),
  );
}

/** @param shown counted in the legend */
export function encode(rows: Rows, choice: ColourChoice, shown: Uint32Array, theme: Theme): Encoding {
  if (choice === 'confidence') return byConfidence(rows, theme);
  if (choice === 'correct') {
    const styles = [...verdictStyles(theme), mutedStyle('not known', theme)];
    const places = { correct: 0, wrong: 1, unknown: 2 };
    return categories(styles, rows.count, (row) => places[rows.verdict(row)], shown);
  }
  const column = rows.columns[choice];
  const width = classColours[theme.kind].length;
  const classes = rows.labels.slice(0, width).map((_, label) => classStyle(rows, label, theme));
  const styles = [...classes, classStyle(rows, width, theme), classStyle(rows, -1, theme)];
  const styleOf = (row: number): number =>
    column[row] < 0 ? classes.length + 1 : Math.min(column[row], classes.length);
  return categories(styles, rows.count, styleOf, shown);
}

function byConfidence(rows: Rows, theme: Theme): Encoding {
  const styles = Array.from({ length: steps }, (_, step) => ({
    name: '',
    colour: measureColour(step / (steps - 1), theme.kind),
    shape: symbolCircle,
  }));
  const { confidence } = rows.columns;
  const styleOf = Uint8Array.from(confidence, (value) =>
    Number.isNaN(value) ? steps : Math.min(steps - 1, Math.floor(value * steps)),
  );
  const legend = rampLegend('Confidence', [0, 100], '%', theme.kind);
  return { styles: [...styles, mutedStyle('none', theme)], styleOf, legend };
}

function categories(
  styles: readonly PointStyle[],
  count: number,
  of: (row: number) => number,
  shown: Uint32Array,
): Encoding {
  const styleOf = Uint8Array.from({ length: count }, (_, row) => of(row));
  const counts = new Uint32Array(styles.length);
  for (const row of shown) counts[styleOf[row]]++;
  const entries = styles.map((style, i) =>
    element(
      'li',
      'map-key',
      swatch(style),
      element('span', '', style.name),
      element('span', 'map-key-count', counts[i].toLocaleString('en')),
    ),
  );
  const legend = element('ul', 'map-keys', ...entries.filter((_, i) => counts[i] > 0));
  legend.ariaLabel = 'Colours and shapes of the points';
  return { styles, styleOf, legend };
}

/** A style as a small picture beside its name. */
export function swatch({ colour, shape }: PointStyle): SVGElement {
  return svgElement(
    'svg',
    { class: 'swatch', viewBox: '-6 -6 12 12', width: 11, height: 11, 'aria-hidden': 'true' },
    svgElement('path', { d: symbol(shape, 64)() ?? '', fill: colour }),
  );
}

function mixed(first: string, second: string, share: number): string {
  const part = (colour: string, at: number): number => parseInt(colour.slice(at, at + 2), 16);
  const channel = (at: number): string =>
    Math.round((part(first, at) * share + part(second, at) * (100 - share)) / 100)
      .toString(16)
      .padStart(2, '0');
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}
