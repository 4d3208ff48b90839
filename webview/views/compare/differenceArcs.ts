import { signedDigits, twoDigits } from '../../../src/protocol/numbers';
import { element, svgElement } from '../../element';
import { arcPath, lanes, pack } from '../../marks/arcs';
import type { Column } from './alignment';
import type { EdgeChange } from './changes';
import { sidePaint } from './paints';

const sizes = { word: 24, gap: 12, margin: 16, firstLane: 14, lane: 13, breath: 4, arrow: 4 };

/** The words of one column, as they stand in A and in B. */
export interface ColumnWords {
  readonly a?: string;
  readonly b?: string;
}

export interface DifferencePicture {
  readonly columns: readonly Column[];
  readonly words: readonly ColumnWords[];
  readonly changes: readonly EdgeChange[];
  /** Pixels of a text on screen. */
  textWidth(text: string): number;
}

/** A change that is drawn as an arc between two columns. */
interface Arc {
  readonly left: number;
  readonly right: number;
  readonly change: EdgeChange;
}

/**
 * The words of both texts in one row; above it what attends more in B, below it what attends more in A. An arc ends with an
 * arrow at the word that is attended to; its width grows with the change.
 */
export function drawDifference({ columns, words, changes, textWidth }: DifferencePicture): SVGSVGElement {
  const labels = words.map(labelOf);
  const widths = labels.map((label) => textWidth(label) + 12);
  const x = pack(widths, () => sizes.gap, []).map((place) => place + sizes.margin);
  const arcs = changes
    .filter(({ query, key }) => query !== key)
    .map((change): Arc => ({
      left: Math.min(change.query, change.key),
      right: Math.max(change.query, change.key),
      change,
    }));
  const [more, less] = [
    arcs.filter(({ change }) => change.b > change.a),
    arcs.filter(({ change }) => change.b < change.a),
  ];
  const heightOf = (count: number): number => sizes.firstLane + count * sizes.lane;
  const [lanesAbove, lanesBelow] = [more, less].map((some) => lanes(some, columns.length));
  const top = heightOf(Math.max(0, ...lanesAbove)) + sizes.margin;
  const bottom = heightOf(Math.max(0, ...lanesBelow)) + sizes.margin;
  const middle = top + sizes.word / 2 + sizes.breath;
  const width = Math.max(200, (x.at(-1) ?? 0) + (widths.at(-1) ?? 0) / 2 + sizes.margin);
  const svg = svgElement('svg', {
    width,
    height: middle + sizes.word / 2 + sizes.breath + bottom,
    class: 'difference-arcs',
    role: 'img',
  });
  const largest = Math.max(1e-9, ...changes.map(({ a, b }) => Math.abs(b - a)));
  const draw = (some: readonly Arc[], heights: Uint16Array, sign: 1 | -1): void => {
    const baseline = middle - sign * (sizes.word / 2 + sizes.breath);
    some.forEach((arc, i) =>
      svg.append(arcOf(arc, x, baseline, sign * heightOf(heights[i]), largest, labels)),
    );
  };
  draw(less, lanesBelow, -1);
  draw(more, lanesAbove, 1);
  columns.forEach(({ kind }, at) => svg.append(wordOf(words[at], kind, x[at], middle, widths[at])));
  for (const { query, key, a, b } of changes) {
    if (query === key)
      svg.append(selfDot(x[query], middle, { query, key, a, b }, labels[query], widths[query]));
  }
  return svg;
}

/** `slow / quick` where a word was replaced; an arrow would read as attention. */
export function labelOf({ a, b }: ColumnWords): string {
  return a !== undefined && b !== undefined && a !== b ? `${a} / ${b}` : (b ?? a ?? '');
}

function arcOf(
  { left, right, change }: Arc,
  x: Float64Array,
  baseline: number,
  height: number,
  largest: number,
  labels: readonly string[],
): SVGGElement {
  const { query, key, a, b } = change;
  const share = Math.abs(b - a) / largest;
  // Both ends off the middle, so that an arc to the left and one to the right do not share a stem.
  const [x0, x1] = [x[left] + 4, x[right] - 4];
  const side = b > a ? 'b' : 'a';
  const path = svgElement('path', {
    d: arcPath(x0, x1, baseline, height),
    fill: 'none',
    stroke: sidePaint[side],
    'stroke-width': (0.75 + 3 * share).toFixed(2),
    'stroke-opacity': (0.35 + 0.65 * share).toFixed(2),
  });
  const at = key === right ? x1 : x0;
  const tip = height > 0 ? baseline : baseline;
  const back = tip - Math.sign(height) * (sizes.arrow + 2);
  const arrow = svgElement('path', {
    d: `M${at - sizes.arrow},${back}L${at},${tip}L${at + sizes.arrow},${back}Z`,
    fill: sidePaint[side],
    'fill-opacity': (0.35 + 0.65 * share).toFixed(2),
  });
  const said = `${labels[query]} → ${labels[key]}: ${twoDigits(a)} in A, ${twoDigits(b)} in B, ${signedDigits(b - a)}`;
  return svgElement(
    'g',
    { class: 'difference-arc', 'data-edge': `${query} ${key}` },
    svgElement('title', {}, said),
    path,
    arrow,
  );
}

function wordOf(words: ColumnWords, kind: Column['kind'], x: number, y: number, width: number): SVGGElement {
  const box = svgElement('rect', {
    x: x - width / 2,
    y: y - sizes.word / 2,
    width,
    height: sizes.word,
    rx: 3,
  });
  const text = svgElement('text', { x, y, 'text-anchor': 'middle', dy: '0.34em' }, labelOf(words));
  const said = { same: '', changed: 'replaced', inserted: 'only in B', removed: 'only in A' }[kind];
  const group = svgElement('g', { class: `difference-word ${kind}` }, box, text);
  if (said) group.prepend(svgElement('title', {}, `${labelOf(words)}: ${said}`));
  return group;
}

/** What a word attends more or less to itself: a dot on its box. */
function selfDot(x: number, y: number, { a, b }: EdgeChange, label: string, width: number): SVGElement {
  return svgElement(
    'circle',
    {
      cx: x + width / 2 - 1,
      cy: y - sizes.word / 2 + 1,
      r: 3.5,
      fill: sidePaint[b > a ? 'b' : 'a'],
      class: 'difference-self',
    },
    svgElement(
      'title',
      {},
      `${label} to itself: ${twoDigits(a)} in A, ${twoDigits(b)} in B, ${signedDigits(b - a)}`,
    ),
  );
}

/** What the two directions of arcs mean. */
export function differenceLegend(): HTMLElement {
  const entry = (side: 'a' | 'b', words: string): HTMLElement => {
    const swatch = element('span', 'side-swatch');
    swatch.style.backgroundColor = sidePaint[side];
    return element('span', 'difference-key', swatch, words);
  };
  return element(
    'div',
    'difference-legend',
    entry('b', 'above: attends more in B'),
    entry('a', 'below: attends more in A'),
  );
}
