import { arrowHead, headOfWeight, type LabelledLink, px, type WeightedLink } from '../../marks/links';
import type { PlacedWord } from '../../marks/wordRow';
import { type PlaceWords, wordLook } from './layout';
import { type Highlight, isLit, type PictureModel, shortWeight } from './picture';
import {
  dependencySpans,
  type DependencySpan,
  edgeSpans,
  type EdgeSpan,
  layoutRow,
  type PlacedSpan,
  type TextWidth,
} from './row';

/** Sizes in pixels, angles in radians. */
const sizes = {
  smallestRadius: 70,
  /** Height that a word takes on the circle. */
  wordPitch: 17,
  /** Free part of the circle at the top, between the last and the first word. */
  opening: 0.35,
  breath: 5,
  longestWord: 120,
  firstLane: 12,
  lane: 17,
  shoulder: 8,
  margin: 18,
  /** Labels stand farther out than the words that they push apart. */
  labelShare: 0.4,
};

interface Circle {
  readonly model: PictureModel;
  readonly textWidth: TextWidth;
  /** Middle of the circle, from the corner of what is drawn. */
  readonly cx: number;
  readonly cy: number;
  readonly width: number;
  readonly height: number;
  /** Where the words begin. */
  readonly inner: number;
  /** [slots] angle of each word, clockwise from the right. */
  readonly angle: Float64Array;
  readonly widths: Float64Array;
  readonly dependencies: readonly PlacedSpan<DependencySpan>[];
  /** Radius of the top of each dependency's arc. */
  readonly radii: Float64Array;
  /** Angle of a place of the row that was bent to the circle. */
  readonly bend: (x: number) => number;
}

/**
 * The row of words bent to a circle, clockwise from the top: dependencies as arcs outside, attention as chords inside.
 */
export const placeOnCircle: PlaceWords = (model, textWidth) => {
  const circle = circleOf(model, textWidth);
  const { width, height, inner, angle, widths } = circle;
  const edges = edgeSpans(model.edges, model.slots, model.slotOf, model.direction);
  const words = model.slots.map((_, i): PlacedWord => {
    const look = wordLook(model, i);
    const away = inner + sizes.breath + widths[i] / 2;
    const [x, y] = polar(circle, angle[i], away);
    return {
      ...look,
      text: shortened(look.text, textWidth),
      x,
      y,
      width: widths[i],
      turn: upright(angle[i]),
    };
  });
  const shapes = {
    words,
    dependencies: circle.dependencies.map((arc, i) => outerArc(arc, circle.radii[i], circle)),
    edges: edges.map((span) => chord(span, circle)),
    folds: model.slots.flatMap((slot, i) => {
      if (model.sentences < 2 || slot.folded || slot.sentence === model.slots[i - 1]?.sentence) return [];
      const [x, y] = polar(circle, angle[i], inner - 12);
      return [{ sentence: slot.sentence, x, y }];
    }),
  };
  return {
    width,
    height,
    smallestScale: 0.62,
    spans: [...circle.dependencies.map(({ span }) => span), ...edges],
    shapes: () => shapes,
    numbers: (highlight) => numbersOf(edges, highlight, circle),
    extent: (slot) => ({ from: words[slot].x - 40, to: words[slot].x + 40 }),
  };
};

function circleOf(model: PictureModel, textWidth: TextWidth): Circle {
  const spans = model.relations ? dependencySpans(model.relations, model.anchors, model.shows) : [];
  const row = layoutRow(
    model.slots,
    spans,
    new Map(),
    (text, font) => (font === 'label' ? textWidth(text, font) * sizes.labelShare : 0),
    {
      wordGap: 3,
      wordPadding: 0,
      narrowestWord: sizes.wordPitch - 3,
      sentenceGap: 14,
      portSpacing: 4,
      labelPadding: 0,
      margin: 0,
    },
  );
  const turn = 2 * Math.PI - sizes.opening;
  const inner = Math.max(sizes.smallestRadius, row.width / turn);
  const bend = (x: number) => -Math.PI / 2 + sizes.opening / 2 + (x / Math.max(1, row.width)) * turn;
  const widths = Float64Array.from(
    model.slots,
    (slot) => Math.min(sizes.longestWord, textWidth(slot.text, 'word')) + 6,
  );
  const ends = widths.map((width) => inner + 2 * sizes.breath + width);
  const radii = laneRadii(row.dependencies, ends);
  const angle = row.x.map(bend);
  const drawn = extremes([
    ...Array.from(ends, (away, slot) => ({ from: angle[slot], to: angle[slot], away })),
    ...row.dependencies.map(({ x0, x1 }, i) => ({ from: bend(x0), to: bend(x1), away: radii[i] })),
  ]);
  return {
    model,
    textWidth,
    cx: sizes.margin - drawn.left,
    cy: sizes.margin - drawn.top,
    width: drawn.right - drawn.left + 2 * sizes.margin,
    height: drawn.bottom - drawn.top + 2 * sizes.margin,
    inner,
    angle,
    widths,
    dependencies: row.dependencies,
    radii,
    bend,
  };
}

/** The box around parts of circles about the origin. @param parts angles, clockwise from the right, and radius of each */
function extremes(parts: readonly { readonly from: number; readonly to: number; readonly away: number }[]) {
  const quarter = Math.PI / 2;
  const [xs, ys] = [[0], [0]];
  for (const { from, to, away } of parts) {
    const angles = [from, to];
    // Where the circle is farthest to a side.
    for (let k = Math.ceil(from / quarter); k * quarter <= to; k++) angles.push(k * quarter);
    for (const angle of angles) {
      xs.push(away * Math.cos(angle));
      ys.push(away * Math.sin(angle));
    }
  }
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/** Every arc as near to the words as the longest word and the arcs that it spans allow. */
function laneRadii(arcs: readonly PlacedSpan<DependencySpan>[], ends: Float64Array): Float64Array {
  const radii = new Float64Array(arcs.length);
  const skyline = new Float64Array(ends.length);
  for (const i of [...arcs.keys()].sort((a, b) => arcs[a].lane - arcs[b].lane)) {
    const { left, right } = arcs[i].span;
    const words = Math.max(...ends.subarray(left, right + 1)) + sizes.firstLane;
    radii[i] = Math.max(words, Math.max(...skyline.subarray(left, right)) + sizes.lane);
    skyline.fill(radii[i], left, right);
  }
  return radii;
}

function polar({ cx, cy }: Circle, angle: number, radius: number): [x: number, y: number] {
  return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)];
}

/** Degrees by which a text along a ray is turned so that it never stands on its head. */
function upright(angle: number): number {
  return (angle * 180) / Math.PI + (Math.cos(angle) < 0 ? 180 : 0);
}

function shortened(text: string, textWidth: TextWidth): string {
  if (textWidth(text, 'word') <= sizes.longestWord) return text;
  let kept = [...text];
  while (kept.length > 1 && textWidth(`${kept.join('')}…`, 'word') > sizes.longestWord)
    kept = kept.slice(0, -1);
  return `${kept.join('')}…`;
}

/** An arc of the row, bent: stems along the rays, the top along a circle. */
function outerArc(
  { span, x0, x1 }: PlacedSpan<DependencySpan>,
  radius: number,
  circle: Circle,
): LabelledLink {
  const { model, inner, widths, bend, textWidth } = circle;
  const [a0, a1] = [bend(x0), bend(x1)];
  const [begin0, begin1] = [span.left, span.right].map((slot) => inner + 2 * sizes.breath + widths[slot]);
  const shoulder = Math.min(sizes.shoulder / radius, (a1 - a0) / 2);
  const at = (angle: number, away: number) => polar(circle, angle, away).map(px).join(',');
  const large = a1 - a0 - 2 * shoulder > Math.PI ? 1 : 0;
  const path =
    `M${at(a0, begin0)}L${at(a0, radius - sizes.shoulder)}Q${at(a0, radius)} ${at(a0 + shoulder, radius)}` +
    `A${px(radius)},${px(radius)} 0 ${large} 1 ${at(a1 - shoulder, radius)}Q${at(a1, radius)} ${at(a1, radius - sizes.shoulder)}L${at(a1, begin1)}`;
  const [tipAngle, tip] = span.dependentRight ? [a1, begin1] : [a0, begin0];
  const [x, y] = polar(circle, tipAngle, tip);
  const middle = (a0 + a1) / 2;
  const fits = (a1 - a0) * radius >= textWidth(span.relation, 'label') + 4;
  // In the lower half the text is turned round, so that its baseline lies farther out.
  const below = Math.sin(middle) > 0;
  const [labelX, labelY] = polar(circle, middle, radius + (below ? 11 : 3));
  return {
    key: span.key,
    left: span.left,
    right: span.right,
    path,
    head: span.symmetric ? '' : arrowHead(x, y, tipAngle + Math.PI, 3),
    label: fits
      ? { text: span.relation, x: labelX, y: labelY, turn: (middle * 180) / Math.PI + (below ? -90 : 90) }
      : undefined,
    paint: model.dependencyPaint(span.pair),
    strength: model.strengthOf(span.pair),
    emphasised: span.relation === model.emphasised,
  };
}

/** Near words are joined close to the circle, far ones through the middle: chords of neighbours stay apart. */
function chord(span: EdgeSpan, circle: Circle): WeightedLink {
  const { model, angle, inner } = circle;
  const weight = Math.abs(span.edge.weight);
  const [query, key] = span.keyRight ? [span.left, span.right] : [span.right, span.left];
  const turn = Math.abs(angle[key] - angle[query]);
  const apart = Math.min(turn, 2 * Math.PI - turn);
  const [x0, y0] = polar(circle, angle[query], inner);
  const [x1, y1] = polar(circle, angle[key], inner);
  const between = (angle[query] + angle[key]) / 2 + (turn > Math.PI ? Math.PI : 0);
  const [x, y] = polar(circle, between, inner * Math.max(0.05, 0.92 - apart / 1.6));
  return {
    key: `${span.edge.dependent}:${span.edge.other}`,
    left: span.left,
    right: span.right,
    path: `M${px(x0)},${px(y0)}Q${px(x)},${px(y)} ${px(x1)},${px(y1)}`,
    head: arrowHead(x1, y1, Math.atan2(y1 - y, x1 - x), headOfWeight(weight)),
    weight,
    paint: model.edgePaint(span.edge),
  };
}

function numbersOf(edges: readonly EdgeSpan[], highlight: Highlight, circle: Circle) {
  return edges
    .filter((span) => isLit(span, highlight))
    .map((span) => {
      const slot = 'slot' in highlight && span.left === highlight.slot ? span.right : span.left;
      const [x, y] = polar(circle, circle.angle[slot], circle.inner - 14);
      return {
        key: `${slot} ${span.keyRight}`,
        text: shortWeight(span.edge.weight),
        x,
        y: y + 4 + (span.keyRight === (slot === span.right) ? 0 : 12),
        anchor: 'middle' as const,
      };
    });
}
