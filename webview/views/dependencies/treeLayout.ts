import type { WordRelations } from '../../../src/protocol/relations';
import { arrowHead, headOfWeight, type LabelledLink, px, type WeightedLink } from '../../marks/links';
import type { PlacedWord } from '../../marks/wordRow';
import { placeInRow } from './arcsLayout';
import { type PlaceWords, wordHeight, wordLook } from './layout';
import { treePairs } from './pairs';
import { type Highlight, isLit, type PictureModel, shortWeight } from './picture';
import { dependencySpans, type DependencySpan, edgeSpans, type EdgeSpan, type TextWidth } from './row';

/** Sizes in pixels. */
const sizes = {
  margin: 18,
  top: 14,
  /** From one level to the next. */
  level: 74,
  /** Between words of one level. */
  wordGap: 14,
  /** Between a word and the next in the text, on whatever level: reading order stays visible. */
  step: 20,
  sentenceGap: 34,
  padding: 4,
  /** Height of the relation's name under a word. */
  note: 13,
  bottom: 12,
};

/**
 * Number of dependencies between each word and its root.
 * @returns [W]; words of a cycle, which no valid parse has, are as deep as the cycle's length
 */
export function depths(heads: ArrayLike<number>): Int32Array {
  const depth = new Int32Array(heads.length);
  for (let word = 0; word < depth.length; word++) {
    for (let at = heads[word]; at >= 0 && depth[word] < depth.length; at = heads[at]) depth[word]++;
  }
  return depth;
}

/**
 * Middles of words on several levels, in reading order from left to right: as far left as neighbours on the same level
 * and the word before allow.
 * @param starts slots with which a sentence begins: they stand right of everything before
 */
export function packLevels(
  widths: ArrayLike<number>,
  level: ArrayLike<number>,
  starts: ReadonlySet<number>,
): Float64Array {
  const x = new Float64Array(widths.length);
  const rightmost: number[] = [];
  let sentenceLeft = sizes.margin;
  for (let i = 0; i < x.length; i++) {
    if (starts.has(i)) {
      const right = Math.max(-Infinity, ...rightmost.filter((one) => one !== undefined));
      if (Number.isFinite(right)) sentenceLeft = right + sizes.sentenceGap;
    }
    const before = rightmost[level[i]];
    x[i] = sentenceLeft + widths[i] / 2;
    if (before !== undefined) x[i] = Math.max(x[i], before + sizes.wordGap + widths[i] / 2);
    if (i > 0 && !starts.has(i)) x[i] = Math.max(x[i], x[i - 1] + sizes.step);
    rightmost[level[i]] = x[i] + widths[i] / 2;
  }
  return x;
}

interface Tree {
  readonly model: PictureModel;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly widths: Float64Array;
  readonly notes: readonly string[];
  /** [W] pair that leads from each word to its parent, −1 for roots. */
  readonly pairs: Int32Array;
}

/**
 * The tree, roots at the top, words from left to right as in the text; relations that are no part of it, and attention,
 * are drawn over it: edges that follow a branch thicken it, the others are curves of their own.
 */
export const placeInTree: PlaceWords = (model, textWidth) => {
  const { relations } = model;
  if (!relations) return placeInRow(model, textWidth);
  const tree = treeOf(model, relations, textWidth);
  const { x, y, widths } = tree;
  const dependencies = dependencySpans(relations, model.anchors, model.shows);
  const edges = edgeSpans(model.edges, model.slots, model.slotOf, model.direction);
  const right = x.reduce((most, middle, i) => Math.max(most, middle + widths[i] / 2), 0);
  const lowest = y.reduce((most, one) => Math.max(most, one), 0);
  const shapes = {
    words: model.slots.map((_, i): PlacedWord => {
      const look = wordLook(model, i);
      const note = tree.notes[i];
      const word = model.units[model.slots[i].units[0]].word;
      const pair = tree.pairs[word];
      const coloured = pair >= 0 && model.strengthOf(pair) !== 'none';
      return {
        ...look,
        x: x[i],
        y: y[i],
        width: textWidth(look.text, 'word') + 2 * sizes.padding,
        note: note
          ? { text: note, paint: coloured ? model.dependencyPaint(pair) : 'var(--grey-text)' }
          : undefined,
      };
    }),
    dependencies: apart(
      dependencies.map((span) => branch(span, tree)),
      tree,
      textWidth,
    ),
    edges: edges.map((span) => attentionCurve(span, tree)),
    folds: model.slots.flatMap((slot, i) =>
      model.sentences > 1 && !slot.folded && slot.sentence !== model.slots[i - 1]?.sentence
        ? [{ sentence: slot.sentence, x: x[i] - widths[i] / 2 - 11, y: y[i] }]
        : [],
    ),
  };
  return {
    width: right + sizes.margin,
    height: lowest + wordHeight / 2 + sizes.note + sizes.bottom,
    smallestScale: 1,
    spans: [...dependencies, ...edges],
    shapes: () => shapes,
    numbers: (highlight) => numbersOf(edges, highlight, tree),
    extent: (slot) => ({ from: x[slot] - widths[slot] / 2, to: x[slot] + widths[slot] / 2 }),
  };
};

function treeOf(model: PictureModel, relations: WordRelations, textWidth: TextWidth): Tree {
  const pairs = treePairs(relations, model.anchors.length);
  const depth = depths(pairs.map((pair) => (pair < 0 ? -1 : relations.to[pair])));
  const roots = new Set(relations.roots);
  const first = (slot: number) => model.units[model.slots[slot].units[0]].word;
  const level = Int32Array.from(model.slots, (slot, i) => (slot.folded ? 0 : depth[first(i)]));
  const notes = model.slots.map((slot, i) => {
    const word = first(i);
    const name = roots.has(word) ? 'root' : relations.labels[pairs[word]];
    return slot.folded || model.anchors[word] !== i || name === undefined || !model.shows(name) ? '' : name;
  });
  const widths = Float64Array.from(model.slots, (slot, i) =>
    Math.max(textWidth(slot.text, 'word') + 2 * sizes.padding, textWidth(notes[i], 'label')),
  );
  const starts = new Set(
    model.slots.flatMap((slot, i) => (slot.sentence === model.slots[i - 1]?.sentence ? [] : [i])),
  );
  return {
    model,
    x: packLevels(widths, level, starts),
    y: Float64Array.from(level, (one) => sizes.top + wordHeight / 2 + one * sizes.level),
    widths,
    notes,
    pairs,
  };
}

/** From under the parent's relation to the top of the dependent. */
function branchPath(parent: number, dependent: number, { x, y, notes }: Tree): string {
  const y0 = y[parent] + wordHeight / 2 + (notes[parent] ? sizes.note : 0);
  const y1 = y[dependent] - wordHeight / 2;
  const middle = (y0 + y1) / 2;
  return `M${px(x[parent])},${px(y0)}C${px(x[parent])},${px(middle)} ${px(x[dependent])},${px(middle)} ${px(x[dependent])},${px(y1)}`;
}

/** A curve that is no branch has a name, which may stand at several places along it. */
interface Branch extends LabelledLink {
  readonly places?: Curve['places'];
}

/** A branch of the tree; a pair that is no part of it, a curve with its name. */
function branch(span: DependencySpan, tree: Tree): Branch {
  const { model, x, y } = tree;
  const [parent, dependent] = span.dependentRight ? [span.left, span.right] : [span.right, span.left];
  const base = {
    key: span.key,
    left: span.left,
    right: span.right,
    paint: model.dependencyPaint(span.pair),
    strength: model.strengthOf(span.pair),
    emphasised: span.relation === model.emphasised,
  };
  if (tree.pairs[span.word] === span.pair) {
    return {
      ...base,
      path: branchPath(parent, dependent, tree),
      head: arrowHead(x[dependent], y[dependent] - wordHeight / 2, Math.PI / 2, 3),
    };
  }
  const curve = curveBetween(parent, dependent, tree);
  return {
    ...base,
    path: curve.path,
    head: span.symmetric ? '' : arrowHead(...curve.end, 3),
    label: { text: span.relation, x: curve.places[0][0], y: curve.places[0][1] },
    places: curve.places,
  };
}

/** How far a name reaches over its baseline and under it. */
const labelHeight = { over: 10, under: 3 };

/**
 * Names stand where they hide no word and no other name, as near to the middle of their curves as can be; where there is no such place, the colour
 * and the tooltip of the curve name it.
 */
function apart(
  branches: readonly Branch[],
  { x, y, widths, notes }: Tree,
  textWidth: TextWidth,
): LabelledLink[] {
  const taken = Array.from(x, (middle, slot) => ({
    from: middle - widths[slot] / 2,
    to: middle + widths[slot] / 2,
    top: y[slot] - wordHeight / 2,
    bottom: y[slot] + wordHeight / 2 + (notes[slot] ? sizes.note : 0),
  }));
  return branches.map(({ places = [], label, ...link }) => {
    if (!label) return link;
    const half = textWidth(label.text, 'label') / 2;
    const boxes = places.map(([middle, base]) => ({
      from: middle - half,
      to: middle + half,
      top: base - labelHeight.over,
      bottom: base + labelHeight.under,
    }));
    const free = boxes.findIndex(
      (box) =>
        !taken.some(
          (other) =>
            box.from < other.to && box.to > other.from && box.top < other.bottom && box.bottom > other.top,
        ),
    );
    if (free < 0) return link;
    taken.push(boxes[free]);
    return { ...link, label: { ...label, x: places[free][0], y: places[free][1] } };
  });
}

/** A curve from one word to another that are no branch: where it ends with which angle, and where its name may stand, the best place first. */
interface Curve {
  readonly path: string;
  readonly end: readonly [x: number, y: number, angle: number];
  readonly places: readonly (readonly [x: number, y: number])[];
}

/** Parts of the way along a curve. */
const along = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82];

/** Between levels the curve leaves towards the other word; on one level it swings over the words between. */
function curveBetween(from: number, to: number, { x, y, notes }: Tree): Curve {
  const side = Math.sign(y[to] - y[from]);
  const under = (slot: number) => y[slot] + wordHeight / 2 + (notes[slot] ? sizes.note : 0);
  const over = (slot: number) => y[slot] - wordHeight / 2;
  const [x0, y0] = [x[from], side > 0 ? under(from) : over(from)];
  const [x1, y1] = [x[to], side < 0 ? under(to) : over(to)];
  const swing = side === 0 ? Math.min(40, 10 + Math.abs(x1 - x0) / 8) : 0;
  const bend = side === 0 ? 0 : Math.min(Math.abs(y1 - y0), 36) * side;
  const [cy0, cy1] = side === 0 ? [y0 - swing, y1 - swing] : [y0 + bend, y1 - bend];
  return {
    path: `M${px(x0)},${px(y0)}C${px(x0)},${px(cy0)} ${px(x1)},${px(cy1)} ${px(x1)},${px(y1)}`,
    end: [x1, y1, Math.atan2(y1 - cy1, 0)],
    places: along.map((t) => [cubic(x0, x0, x1, x1, t), cubic(y0, cy0, cy1, y1, t) - 3]),
  };
}

/** The cubic Bézier curve at t, 0 to 1. */
function cubic(from: number, first: number, second: number, to: number, t: number): number {
  const u = 1 - t;
  return u ** 3 * from + 3 * u * u * t * first + 3 * u * t * t * second + t ** 3 * to;
}

function attentionCurve(span: EdgeSpan, tree: Tree): WeightedLink {
  const { model, y } = tree;
  const weight = Math.abs(span.edge.weight);
  const paint = model.edgePaint(span.edge);
  const [query, key] = span.keyRight ? [span.left, span.right] : [span.right, span.left];
  const base = {
    key: `${span.edge.dependent}:${span.edge.other}`,
    left: span.left,
    right: span.right,
    weight,
    paint,
  };
  if (follows(span, tree)) {
    const [parent, dependent] = y[query] < y[key] ? [query, key] : [key, query];
    return { ...base, path: branchPath(parent, dependent, tree), head: '' };
  }
  const { path, end } = curveBetween(query, key, tree);
  return { ...base, path, head: arrowHead(...end, headOfWeight(weight)) };
}

/** Whether an edge joins a word and its parent. */
function follows({ edge }: EdgeSpan, { model, pairs }: Tree): boolean {
  const [a, b] = [edge.dependent, edge.other].map((unit) => model.units[unit].word);
  const isParent = (word: number, parent: number) =>
    pairs[word] >= 0 && model.relations?.to[pairs[word]] === parent;
  return isParent(a, b) || isParent(b, a);
}

function numbersOf(edges: readonly EdgeSpan[], highlight: Highlight, { x, y, widths }: Tree) {
  return edges
    .filter((span) => isLit(span, highlight))
    .map((span) => {
      const slot = 'slot' in highlight && span.left === highlight.slot ? span.right : span.left;
      // Over the word's right corner what it is given, over its left one what it gives.
      const isKey = span.keyRight === (slot === span.right);
      return {
        key: `${slot} ${span.keyRight}`,
        text: shortWeight(span.edge.weight),
        x: x[slot] + (isKey ? 1 : -1) * (widths[slot] / 2),
        y: y[slot] - 9,
        anchor: isKey ? ('start' as const) : ('end' as const),
      };
    });
}
