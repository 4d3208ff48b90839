import { arcPath, placeLabel, type Roundness } from '../../marks/arcs';
import { arrowHead, headOfWeight, type LabelledLink, px, type WeightedLink } from '../../marks/links';
import type { PlacedWord } from '../../marks/wordRow';
import { type NumberText, type PlaceWords, type View, wordHeight, wordLook } from './layout';
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
const sizes = {
  /** Room for the label of the highest lane. */
  top: 20,
  /** Between an arc and the text over it. */
  labelLift: 4,
  firstLane: 12,
  laneAbove: 20,
  firstLaneBelow: 16,
  laneBelow: { least: 2, most: 12, together: 140 },
  /** Between the words' boxes and the arcs. */
  breath: 4,
  bottom: 10,
  /** Strongest edges to words out of view whose numbers are written at one margin. */
  mostAtMargin: 6,
  /** Beyond the visible part, so that scrolling shows no bare edge. */
  overdraw: 300,
  /** The picture fades at an edge beyond which it goes on; labels keep off. */
  fade: 18,
};

/** Heights of a picture's arcs. */
interface ArcScales {
  /** y at which the arcs stand. */
  readonly baseline: number;
  /** Height of a lane over the baseline; negative below it. */
  readonly height: (lane: number) => number;
  readonly round?: Roundness;
}

/** The places of a row with the heights of its arcs. */
interface Arcs {
  readonly model: PictureModel;
  readonly row: RowLayout;
  readonly edges: readonly PlacedSpan<EdgeSpan>[];
  readonly wordY: number;
  readonly above: ArcScales;
  readonly below: ArcScales;
  readonly height: number;
}

function arcsOf(model: PictureModel, textWidth: TextWidth): Arcs {
  const { relations } = model;
  const spans = relations ? dependencySpans(relations, model.anchors, model.shows) : [];
  const roots =
    relations && model.shows('root') ? rootSlots(relations, model.anchors) : new Map<number, number>();
  const row = layoutRow(model.slots, spans, roots, textWidth);
  const edges = layoutEdges(edgeSpans(model.edges, model.slots, model.slotOf, model.direction), row);
  const heightAbove = (lane: number) => sizes.firstLane + lane * sizes.laneAbove;
  const highest = Math.max(row.lanes, ...row.roots.map((root) => root.lane + 1), 0);
  const baseAbove = relations ? sizes.top + heightAbove(highest) : sizes.breath;
  const wordY = baseAbove + sizes.breath + wordHeight / 2;
  const lanesBelow = edges.reduce((top, edge) => Math.max(top, edge.lane), 0);
  const { least, most, together } = sizes.laneBelow;
  const laneBelow = Math.max(least, Math.min(most, together / Math.max(1, lanesBelow)));
  const heightBelow = (lane: number) => -(sizes.firstLaneBelow + lane * laneBelow);
  const baseBelow = wordY + wordHeight / 2 + sizes.breath;
  return {
    model,
    row,
    edges,
    wordY,
    above: { baseline: baseAbove, height: heightAbove },
    below: { baseline: baseBelow, height: heightBelow, round: { rx: 24, ry: 24 } },
    height: baseBelow - heightBelow(Math.max(3, lanesBelow)) + sizes.bottom,
  };
}

/** Words in a row, dependencies as arcs over them, attention as arcs under them; only what is in view is drawn. */
export const placeInRow: PlaceWords = (model, textWidth) => {
  const arcs = arcsOf(model, textWidth);
  const { row, edges } = arcs;
  const firsts = model.slots.flatMap((slot, i) =>
    model.sentences > 1 && !slot.folded && slot.sentence !== model.slots[i - 1]?.sentence ? [i] : [],
  );
  return {
    width: row.width,
    height: arcs.height,
    smallestScale: 1,
    spans: [...row.dependencies, ...edges].map(({ span }) => span),
    shapes(view) {
      const near = (x0: number, x1 = x0) =>
        x1 >= view.from - sizes.overdraw && x0 <= view.to + sizes.overdraw;
      return {
        words: model.slots.flatMap((_, i): PlacedWord[] =>
          near(row.x[i] - row.widths[i], row.x[i] + row.widths[i])
            ? [{ ...wordLook(model, i), x: row.x[i], y: arcs.wordY, width: row.widths[i] }]
            : [],
        ),
        dependencies: [
          ...row.roots.filter(({ slot }) => near(row.x[slot])).map((root) => rootStem(root, arcs)),
          ...row.dependencies
            .filter(({ x0, x1 }) => near(x0, x1))
            .map((arc) => dependencyArc(arc, arcs, view, textWidth)),
        ],
        edges: edges.filter(({ x0, x1 }) => near(x0, x1)).map((arc) => attentionArc(arc, arcs)),
        folds: firsts
          .filter((slot) => near(row.x[slot]))
          .map((slot) => ({
            sentence: model.slots[slot].sentence,
            x: row.x[slot] - row.widths[slot] / 2 - 11,
            y: arcs.wordY,
          })),
      };
    },
    numbers: (highlight, view) => numbersOf(arcs, highlight, view, textWidth),
    extent: (slot) => ({ from: row.x[slot] - row.widths[slot] / 2, to: row.x[slot] + row.widths[slot] / 2 }),
  };
};

/** The stem of a root, higher than every arc that touches the word. */
function rootStem(
  { slot, word, lane }: RowLayout['roots'][number],
  { model, row, above }: Arcs,
): LabelledLink {
  const x = row.x[slot];
  const top = above.baseline - above.height(lane + 1);
  return {
    key: `root ${word}`,
    left: slot,
    right: slot,
    path: `M${px(x)},${px(top)}V${px(above.baseline)}`,
    head: arrowHead(x, above.baseline, Math.PI / 2, 3),
    label: { text: 'root', x, y: top - sizes.labelLift },
    strength: 'none',
    emphasised: model.emphasised === 'root',
  };
}

/**
 * A dependency as a mark. Where a part of the arc is out of view its label moves into the rest, and names the word that
 * cannot be seen.
 */
function dependencyArc(
  { span, x0, x1, lane }: PlacedSpan<DependencySpan>,
  { model, row, above }: Arcs,
  view: View,
  textWidth: TextWidth,
): LabelledLink {
  const stems = row.dependencies
    .filter((other) => other.lane > lane)
    .flatMap((other) => [other.x0, other.x1])
    .filter((x) => x > x0 && x < x1);
  const [from, to] = [Math.max(x0, view.from + sizes.fade), Math.min(x1, view.to - sizes.fade)];
  const texts = [span.relation];
  if (x0 < view.from !== x1 > view.to) {
    const hidden = model.slots[x0 < view.from ? span.left : span.right].text;
    texts.unshift(x0 < view.from ? `${hidden} ‹ ${span.relation}` : `${span.relation} › ${hidden}`);
  }
  const label = texts.find((text) => textWidth(text, 'label') <= to - from) ?? span.relation;
  const width = textWidth(label, 'label');
  const fits = width <= to - from;
  return {
    key: span.key,
    left: span.left,
    right: span.right,
    path: arcPath(x0, x1, above.baseline, above.height(lane), above.round),
    head: span.symmetric ? '' : arrowHead(span.dependentRight ? x1 : x0, above.baseline, Math.PI / 2, 3),
    label: {
      text: label,
      x: fits ? placeLabel(from, to, width, stems) : placeLabel(x0, x1, width, stems, (from + to) / 2),
      y: above.baseline - above.height(lane) - sizes.labelLift,
    },
    paint: model.dependencyPaint(span.pair),
    strength: model.strengthOf(span.pair),
    emphasised: span.relation === model.emphasised,
  };
}

/** An attention edge as a mark. */
function attentionArc({ span, x0, x1, lane }: PlacedSpan<EdgeSpan>, { model, below }: Arcs): WeightedLink {
  const weight = Math.abs(span.edge.weight);
  return {
    key: `${span.edge.dependent}:${span.edge.other}`,
    left: span.left,
    right: span.right,
    path: arcPath(x0, x1, below.baseline, below.height(lane), below.round),
    head: arrowHead(span.keyRight ? x1 : x0, below.baseline, -Math.PI / 2, headOfWeight(weight)),
    weight,
    paint: model.edgePaint(span.edge),
  };
}

/**
 * The weights of the highlighted edges under the words at their other ends; at the margin, with its name, for a word
 * that is out of view.
 */
function numbersOf(
  { model, row, edges, below }: Arcs,
  highlight: Highlight,
  view: View,
  textWidth: TextWidth,
): NumberText[] {
  const lit = edges.filter(({ span }) => isLit(span, highlight));
  // An arc has its number under both ends in one place: the one that is not the highlighted word.
  const other = ({ span }: PlacedSpan<EdgeSpan>): number =>
    'slot' in highlight && span.left === highlight.slot ? span.right : span.left;
  const strongest = new Map<string, { slot: number; outgoing: boolean; weight: number }>();
  for (const arc of lit) {
    const slot = other(arc);
    // The mark of a weight that comes from the other word, where both words attend to each other.
    const outgoing = arc.span.keyRight === (slot === arc.span.right);
    strongest.set(`${slot} ${outgoing}`, { slot, outgoing, weight: arc.span.edge.weight });
  }
  const both = (slot: number) => strongest.has(`${slot} true`) && strongest.has(`${slot} false`);
  const inside: NumberText[] = [];
  const outside: { slot: number; key: string; text: string; weight: number }[] = [];
  // Numbers of neighbours that would touch go one line down.
  const rightmost: number[] = [];
  const lineY = (line: number) => below.baseline + 10 + line * 13;
  const entries = [...strongest.values()].sort((a, b) => row.x[a.slot] - row.x[b.slot]);
  for (const { slot, outgoing, weight } of entries) {
    const text = (both(slot) ? (outgoing ? '→ ' : '← ') : '') + shortWeight(weight);
    const x = row.x[slot];
    const key = `${slot} ${outgoing}`;
    if (x < view.from || x > view.to) {
      outside.push({ slot, key, text, weight: Math.abs(weight) });
      continue;
    }
    const half = textWidth(text, 'label') / 2 + 2;
    let line = 0;
    while (rightmost[line] !== undefined && rightmost[line] > x - half) line++;
    rightmost[line] = x + half;
    inside.push({ key, text, x, y: lineY(line), anchor: 'middle' });
  }
  outside.sort((a, b) => b.weight - a.weight);
  const atMargin = [true, false].flatMap((left) =>
    outside
      .filter(({ slot }) => row.x[slot] < view.from === left)
      .slice(0, sizes.mostAtMargin)
      .map(({ slot, key, text }, i): NumberText => {
        const word = model.slots[slot].text;
        return {
          key,
          text: left ? `‹ ${word} ${text}` : `${word} ${text} ›`,
          x: left ? view.from + 6 : view.to - 6,
          y: lineY(rightmost.length + i),
          anchor: left ? 'start' : 'end',
        };
      }),
  );
  return [...inside, ...atMargin];
}
