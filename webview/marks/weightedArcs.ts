import type { Group } from './group';
import { arcPath, roundness } from './arcs';
import { arrowHead, type ArcScales } from './labelledArcs';

/** An arc whose width and opacity say a weight. */
export interface WeightedArc {
  readonly key: string;
  readonly left: number;
  readonly right: number;
  readonly x0: number;
  readonly x1: number;
  readonly lane: number;
  readonly arrowRight: boolean;
  /** 0 to 1. */
  readonly weight: number;
  /** A CSS colour; undefined: part of the grey. */
  readonly paint?: string;
}

/** Pixels of stroke for a weight: linear, so that widths can be compared, with a floor that can still be seen. */
export function strokeOfWeight(weight: number): number {
  return 1 + 3.5 * Math.min(1, Math.abs(weight));
}

export function opacityOfWeight(weight: number): number {
  return 0.45 + 0.55 * Math.min(1, Math.abs(weight));
}

/** Draws weighted arcs into a group: one `g.arc` each, the strongest on top. */
export function weightedArcs(
  selection: Group,
  arcs: readonly WeightedArc[],
  { baseline, height, round = roundness }: ArcScales,
): void {
  const path = (arc: WeightedArc) => arcPath(arc.x0, arc.x1, baseline, height(arc.lane), round);
  const groups = selection
    .selectAll<SVGGElement, WeightedArc>('g.arc')
    .data(arcs, (arc) => arc.key)
    .join((enter) => {
      const group = enter.append('g').attr('class', 'arc');
      group.append('path').attr('class', 'hit');
      group.append('path').attr('class', 'line');
      group.append('path').attr('class', 'head');
      return group;
    })
    .attr('data-key', (arc) => arc.key)
    .attr('data-left', (arc) => arc.left)
    .attr('data-right', (arc) => arc.right)
    .attr('data-strength', (arc) => (arc.paint === undefined ? 'none' : 'strong'))
    .style('--paint', (arc) => arc.paint ?? null)
    .style('--weight-opacity', (arc) => opacityOfWeight(arc.weight));
  groups.select('.hit').attr('d', path);
  groups
    .select('.line')
    .attr('d', path)
    .attr('stroke-width', (arc) => strokeOfWeight(arc.weight).toFixed(2));
  groups
    .select('.head')
    .attr('d', (arc) =>
      arrowHead(
        arc.arrowRight ? arc.x1 : arc.x0,
        baseline,
        Math.sign(height(arc.lane)),
        2 + strokeOfWeight(arc.weight) * 0.6,
      ),
    );
  groups.sort((a, b) => Number(a.paint !== undefined) - Number(b.paint !== undefined) || a.weight - b.weight);
}
