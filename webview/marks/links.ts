import type { Group } from './group';

/** How much a link stands out: `strong` and `weak` have their colour, `none` is part of the grey. */
export type Strength = 'strong' | 'weak' | 'none';

/** What all links between two places of a drawing have. */
interface Link {
  readonly key: string;
  /** Numbers of the places that it joins, for hovering. */
  readonly left: number;
  readonly right: number;
  /** SVG path of the line, and of the arrow head at one of its ends. */
  readonly path: string;
  readonly head: string;
  /** A CSS colour; undefined: part of the grey. */
  readonly paint?: string;
}

/** A link with a name. */
export interface LabelledLink extends Link {
  readonly strength: Strength;
  readonly emphasised: boolean;
  /** Middle of the text's baseline; left out where there is no room or another mark says the name. */
  readonly label?: { readonly text: string; readonly x: number; readonly y: number; readonly turn?: number };
}

/** A link whose width and opacity say a weight, 0 to 1. */
export interface WeightedLink extends Link {
  readonly weight: number;
}

/** Pixels of stroke for a weight: linear, so that widths can be compared, with a floor that can still be seen. */
export function strokeOfWeight(weight: number): number {
  return 1 + 3.5 * Math.min(1, Math.abs(weight));
}

export function opacityOfWeight(weight: number): number {
  return 0.45 + 0.55 * Math.min(1, Math.abs(weight));
}

/** Draws links with names into a group: one `g.link` each, with `line`, `head`, `label` and a broad transparent `hit`. */
export function labelledLinks(group: Group, links: readonly LabelledLink[]): void {
  const groups = joinLinks(group, links)
    .attr('data-strength', (link) => link.strength)
    .style('--paint', (link) => (link.strength === 'none' ? null : (link.paint ?? null)))
    .classed('emphasised', (link) => link.emphasised);
  groups
    .selectAll<SVGTextElement, LabelledLink>('text')
    .data((link) => (link.label ? [link.label] : []))
    .join((enter) => enter.append('text').attr('class', 'label'))
    .attr(
      'transform',
      ({ x, y, turn }) => `translate(${px(x)},${px(y)})${turn ? ` rotate(${px(turn)})` : ''}`,
    )
    .text(({ text }) => text);
}

/** Draws weighted links into a group: one `g.link` each, the strongest on top. */
export function weightedLinks(group: Group, links: readonly WeightedLink[]): void {
  const groups = joinLinks(group, links)
    .attr('data-strength', (link) => (link.paint === undefined ? 'none' : 'strong'))
    .style('--paint', (link) => link.paint ?? null)
    .style('--weight-opacity', (link) => opacityOfWeight(link.weight));
  groups.select('.line').attr('stroke-width', (link) => px(strokeOfWeight(link.weight)));
  groups.sort((a, b) => Number(a.paint !== undefined) - Number(b.paint !== undefined) || a.weight - b.weight);
}

function joinLinks<L extends Link>(group: Group, links: readonly L[]) {
  const groups = group
    .selectAll<SVGGElement, L>('g.link')
    .data(links, (link) => link.key)
    .join((enter) => {
      const added = enter.append('g').attr('class', 'link');
      added.append('path').attr('class', 'hit');
      added.append('path').attr('class', 'line');
      added.append('path').attr('class', 'head');
      return added;
    })
    .attr('data-key', (link) => link.key)
    .attr('data-left', (link) => link.left)
    .attr('data-right', (link) => link.right);
  groups.select('.hit').attr('d', (link) => link.path);
  groups.select('.line').attr('d', (link) => link.path);
  groups.select('.head').attr('d', (link) => link.head);
  return groups;
}

/** A triangle whose tip stands at (x, y). @param towards direction in which it points, in radians; 0 is to the right */
export function arrowHead(x: number, y: number, towards: number, half: number): string {
  const [cos, sin] = [Math.cos(towards), Math.sin(towards)];
  const corner = (side: number) =>
    `${px(x - 2 * half * cos - side * half * sin)},${px(y - 2 * half * sin + side * half * cos)}`;
  return `M${corner(1)}L${px(x)},${px(y)}L${corner(-1)}Z`;
}

/** Half the width of the arrow head of a weighted link. */
export function headOfWeight(weight: number): number {
  return 2 + 0.6 * strokeOfWeight(weight);
}

/** Hundredths of a pixel are finer than any screen; more digits only make exports large. */
export function px(value: number): number {
  return Math.round(value * 100) / 100;
}
