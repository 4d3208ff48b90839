import type { Group } from './group';
import { arcPath, roundness, type Roundness } from './arcs';

/** How much an arc stands out: `strong` and `weak` have their colour, `none` is part of the grey. */
export type Strength = 'strong' | 'weak' | 'none';

/** An arc over a row with its name on top and an arrow head at one end. */
export interface LabelledArc {
  readonly key: string;
  /** Places of its two ends, for hovering; see {@link Span}. */
  readonly left: number;
  readonly right: number;
  readonly x0: number;
  readonly x1: number;
  readonly lane: number;
  readonly label: string;
  /** Middle of the label. */
  readonly labelX: number;
  readonly arrowRight: boolean;
  /** A CSS colour; not used where the strength is `none`. */
  readonly paint: string;
  readonly strength: Strength;
  readonly emphasised: boolean;
}

export interface ArcScales {
  /** y at which the arcs stand. */
  readonly baseline: number;
  /** Height of a lane over the baseline; negative below it. */
  readonly height: (lane: number) => number;
  readonly round?: Roundness;
}

/** Pixels between an arc and the text over it. */
const labelLift = 4;

/** Draws labelled arcs into a group: one `g.arc` each, with `line`, `head`, `label` and a broad transparent `hit`. */
export function labelledArcs(
  selection: Group,
  arcs: readonly LabelledArc[],
  { baseline, height, round = roundness }: ArcScales,
): void {
  const path = (arc: LabelledArc) => arcPath(arc.x0, arc.x1, baseline, height(arc.lane), round);
  const groups = selection
    .selectAll<SVGGElement, LabelledArc>('g.arc')
    .data(arcs, (arc) => arc.key)
    .join((enter) => {
      const group = enter.append('g').attr('class', 'arc');
      group.append('path').attr('class', 'hit');
      group.append('path').attr('class', 'line');
      group.append('path').attr('class', 'head');
      group.append('text').attr('class', 'label');
      return group;
    })
    .attr('data-key', (arc) => arc.key)
    .attr('data-left', (arc) => arc.left)
    .attr('data-right', (arc) => arc.right)
    .attr('data-strength', (arc) => arc.strength)
    .classed('emphasised', (arc) => arc.emphasised)
    .style('--paint', (arc) => (arc.strength === 'none' ? null : arc.paint));
  groups.select('.hit').attr('d', path);
  groups.select('.line').attr('d', path);
  groups
    .select('.head')
    .attr('d', (arc) =>
      arrowHead(arc.arrowRight ? arc.x1 : arc.x0, baseline, Math.sign(height(arc.lane)), 3),
    );
  groups
    .select('.label')
    .attr('x', (arc) => arc.labelX)
    .attr('y', (arc) => baseline - height(arc.lane) - labelLift)
    .text((arc) => arc.label);
}

/** A triangle whose tip stands at (x, y). @param side 1 where it comes from above, −1 from below */
export function arrowHead(x: number, y: number, side: number, half: number): string {
  const tail = y - side * (half * 2);
  return `M${(x - half).toFixed(2)},${tail.toFixed(2)}H${(x + half).toFixed(2)}L${x.toFixed(2)},${y.toFixed(2)}Z`;
}
