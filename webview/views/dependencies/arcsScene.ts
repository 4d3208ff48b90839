import { placeLabel } from '../../marks/arcs';
import type { LabelledArc } from '../../marks/labelledArcs';
import type { WeightedArc } from '../../marks/weightedArcs';
import { type Highlight, isLit, type PictureModel, shortWeight } from './picture';
import {
  dependencySpans,
  type DependencySpan,
  edgeSpans,
  type EdgeSpan,
  layoutEdges,
  layoutRow,
  type PlacedSpan,
  rootSlots,
  type RowLayout,
  type TextWidth,
} from './row';

/** Sizes in pixels. */
export const sizes = {
  top: 8,
  firstLane: 12,
  laneAbove: 20,
  firstLaneBelow: 14,
  laneBelow: { least: 4, most: 12, together: 130 },
  wordHeight: 22,
  /** Between the words' boxes and the arcs. */
  breath: 4,
  bottom: 10,
  /** Beyond the visible part, so that scrolling shows no bare edge. */
  overdraw: 300,
};

/** One picture with all its places, from which only what is in view gets drawn. */
export interface Scene {
  readonly model: PictureModel;
  readonly row: RowLayout;
  readonly edges: readonly PlacedSpan<EdgeSpan>[];
  readonly wordY: number;
  readonly above: { readonly baseline: number; readonly height: (lane: number) => number };
  readonly below: { readonly baseline: number; readonly height: (lane: number) => number };
  readonly height: number;
}

export function sceneOf(model: PictureModel, textWidth: TextWidth): Scene {
  const spans = model.parse ? dependencySpans(model.parse, model.anchors, model.shows) : [];
  const roots =
    model.parse && model.shows('root') ? rootSlots(model.parse, model.anchors) : new Map<number, number>();
  const row = layoutRow(model.slots, spans, roots, textWidth);
  const edges = layoutEdges(edgeSpans(model.edges, model.slots, model.slotOf, model.direction), row);
  const heightAbove = (lane: number) => sizes.firstLane + lane * sizes.laneAbove;
  const highest = Math.max(row.lanes, ...row.roots.map((root) => root.lane + 1), 0);
  const baseAbove = sizes.top + (model.parse ? heightAbove(highest) : 0);
  const wordY = baseAbove + sizes.breath + sizes.wordHeight / 2;
  const lanesBelow = edges.reduce((top, edge) => Math.max(top, edge.lane), 0);
  const { least, most, together } = sizes.laneBelow;
  const laneBelow = Math.max(least, Math.min(most, together / Math.max(1, lanesBelow)));
  const heightBelow = (lane: number) => -(sizes.firstLaneBelow + lane * laneBelow);
  const baseBelow = wordY + sizes.wordHeight / 2 + sizes.breath;
  return {
    model,
    row,
    edges,
    wordY,
    above: { baseline: baseAbove, height: heightAbove },
    below: { baseline: baseBelow, height: heightBelow },
    height: baseBelow - heightBelow(Math.max(3, lanesBelow)) + sizes.bottom,
  };
}

/** The part of the row that is in view, in pixels from the row's left end. */
export interface View {
  readonly from: number;
  readonly to: number;
}

/**
 * A dependency as a mark. Where a part of the arc is out of view its label moves into the rest, and names the word that
 * cannot be seen.
 */
export function labelledArc(
  { span, x0, x1, lane }: PlacedSpan<DependencySpan>,
  { model, row }: Scene,
  view: View,
  textWidth: TextWidth,
): LabelledArc {
  const stems = row.dependencies
    .filter((other) => other.lane > lane)
    .flatMap((other) => [other.x0, other.x1])
    .filter((x) => x > x0 && x < x1);
  const [from, to] = [Math.max(x0, view.from + 4), Math.min(x1, view.to - 4)];
  const texts = [span.relation];
  if (x0 < view.from !== x1 > view.to) {
    const hidden = model.slots[x0 < view.from ? span.left : span.right].text;
    texts.unshift(x0 < view.from ? `${hidden} ‹ ${span.relation}` : `${span.relation} › ${hidden}`);
  }
  const label = texts.find((text) => textWidth(text, 'label') <= to - from) ?? span.relation;
  const width = textWidth(label, 'label');
  const fits = width <= to - from;
  return {
    key: String(span.word),
    left: span.left,
    right: span.right,
    x0,
    x1,
    lane,
    label,
    labelX: fits ? placeLabel(from, to, width, stems) : placeLabel(x0, x1, width, stems, (from + to) / 2),
    arrowRight: span.dependentRight,
    paint: model.dependencyPaint(span.word),
    strength: model.strengthOf(span.word),
    emphasised: span.relation === model.emphasised,
  };
}

/** An attention edge as a mark. */
export function weightedArc({ span, x0, x1, lane }: PlacedSpan<EdgeSpan>, model: PictureModel): WeightedArc {
  return {
    key: `${span.edge.dependent}:${span.edge.other}`,
    left: span.left,
    right: span.right,
    x0,
    x1,
    lane,
    arrowRight: span.keyRight,
    weight: Math.abs(span.edge.weight),
    paint: model.edgePaint(span.edge),
  };
}

/** A weight that is written under a word, or at the margin beside the name of a word that is out of view. */
export interface NumberText {
  readonly key: string;
  readonly text: string;
  readonly x: number;
  readonly anchor: 'start' | 'middle' | 'end';
  /** Line, from 0: numbers of neighbours that would touch go one line down. */
  readonly tier: number;
}

/** The weights of the highlighted edges. */
export function numbersOf(
  { model, row, edges }: Scene,
  highlight: Highlight | undefined,
  view: View,
  textWidth: TextWidth,
): NumberText[] {
  const lit = edges.filter(({ span }) => isLit(span, highlight));
  // An arc has its number under both ends in one place: the one that is not the highlighted word.
  const other = ({ span }: PlacedSpan<EdgeSpan>): number =>
    highlight && 'slot' in highlight && span.left === highlight.slot ? span.right : span.left;
  const strongest = new Map<string, { slot: number; outgoing: boolean; weight: number }>();
  for (const arc of lit) {
    const slot = other(arc);
    // The mark of a weight that comes from the other word, where both words attend to each other.
    const outgoing = arc.span.keyRight === (slot === arc.span.right);
    strongest.set(`${slot} ${outgoing}`, { slot, outgoing, weight: arc.span.edge.weight });
  }
  const both = (slot: number) => strongest.has(`${slot} true`) && strongest.has(`${slot} false`);
  const inside: NumberText[] = [];
  const outside: NumberText[] = [];
  const rightmost: number[] = [];
  const entries = [...strongest.values()].sort((a, b) => row.x[a.slot] - row.x[b.slot]);
  for (const { slot, outgoing, weight } of entries) {
    const text = (both(slot) ? (outgoing ? '→ ' : '← ') : '') + shortWeight(weight);
    const x = row.x[slot];
    const key = `${slot} ${outgoing}`;
    if (x < view.from || x > view.to) {
      const left = x < view.from;
      const tier = outside.filter((one) => (one.anchor === 'start') === left).length;
      const word = model.slots[slot].text;
      outside.push({
        key,
        text: left ? `‹ ${word} ${text}` : `${word} ${text} ›`,
        x: left ? view.from + 6 : view.to - 6,
        anchor: left ? 'start' : 'end',
        tier,
      });
      continue;
    }
    const half = textWidth(text, 'label') / 2 + 2;
    let tier = 0;
    while (rightmost[tier] !== undefined && rightmost[tier] > x - half) tier++;
    rightmost[tier] = x + half;
    inside.push({ key, text, x, anchor: 'middle', tier });
  }
  return [...inside, ...outside];
}
