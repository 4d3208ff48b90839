import { isSymmetric, type WordRelations } from '../../../src/protocol/relations';
import { lanes, pack, ports, type Span } from '../../marks/arcs';
import { type Direction, type Edge, queryAndKey } from './edges';
import type { Slot } from './units';

/** Width in pixels of a text in one of the two fonts of the picture. */
export type TextWidth = (text: string, font: 'word' | 'label') => number;

/** One pair of related words between two slots of the row. */
export interface DependencySpan extends Span {
  /** Which of the relations' pairs. */
  readonly pair: number;
  /** Ends and label as text: the same in every drawing of the same pair. */
  readonly key: string;
  /** The dependent, as a word index. */
  readonly word: number;
  readonly parent: number;
  readonly relation: string;
  /** Whether the dependent is the right end; the arrow head stands there. */
  readonly dependentRight: boolean;
  /** Whether the relation has no direction, so that there is no arrow head. */
  readonly symmetric: boolean;
}

/** One attention edge between two slots of the row. */
export interface EdgeSpan extends Span {
  readonly edge: Edge;
  /** Whether the key, which is attended to, is the right end. */
  readonly keyRight: boolean;
}

/** Sizes in pixels. */
export type RowMetrics = typeof rowMetrics;

export const rowMetrics = {
  wordGap: 8,
  wordPadding: 3,
  narrowestWord: 14,
  sentenceGap: 34,
  labelPadding: 6,
  portSpacing: 6,
  margin: 18,
};

/** Where everything stands from left to right; heights are a matter of the picture. */
export interface RowLayout {
  /** [slots] middles and widths of the words' boxes. */
  readonly x: Float64Array;
  readonly widths: Float64Array;
  /** Width of the whole row, margins included. */
  readonly width: number;
  readonly dependencies: readonly PlacedSpan<DependencySpan>[];
  /** Slots of roots in unfolded sentences, with the highest lane that touches them. */
  readonly roots: readonly { readonly slot: number; readonly word: number; readonly lane: number }[];
  /** Number of lanes of the dependencies. */
  readonly lanes: number;
}

/** A span with its ports and its lane. */
export interface PlacedSpan<S extends Span> {
  readonly span: S;
  readonly x0: number;
  readonly x1: number;
  readonly lane: number;
}

/** The pairs between slots of which both ends are there; one without direction is there once. */
export function dependencySpans(
  relations: WordRelations,
  anchors: Int32Array,
  shows: (relation: string) => boolean,
): DependencySpan[] {
  return relations.labels.flatMap((relation, pair): DependencySpan[] => {
    const [word, parent] = [relations.from[pair], relations.to[pair]];
    const symmetric = isSymmetric(relations, relation);
    if (!shows(relation) || anchors[word] < 0 || anchors[parent] < 0) return [];
    const [dependent, head] = [anchors[word], anchors[parent]];
    if (dependent === head || (symmetric && word > parent)) return [];
    return [
      {
        left: Math.min(dependent, head),
        right: Math.max(dependent, head),
        pair,
        key: `${word}:${parent}:${relation}`,
        word,
        parent,
        relation,
        dependentRight: dependent > head,
        symmetric,
      },
    ];
  });
}

/**
 * Places words, dependency arcs and roots from left to right. Words move apart where the label of an arc needs room,
 * so that a label always lies between the stems of its own arc.
 */
export function layoutRow(
  slots: readonly Slot[],
  spans: readonly DependencySpan[],
  roots: ReadonlyMap<number, number>,
  textWidth: TextWidth,
  metrics: RowMetrics = rowMetrics,
): RowLayout {
  const widths = Float64Array.from(slots, (slot) =>
    Math.max(
      metrics.narrowestWord,
      textWidth(slot.text, 'word') + (slot.folded ? 4 : 2) * metrics.wordPadding,
    ),
  );
  const at = ports(spans, (slot) => widths[slot] - 4, metrics.portSpacing, new Set(roots.keys()));
  const gap = (right: number) =>
    slots[right].sentence !== slots[right - 1].sentence && !slots[right].folded
      ? metrics.sentenceGap
      : metrics.wordGap;
  const distances = spans.map((span, i) => ({
    left: span.left,
    right: span.right,
    pixels: textWidth(span.relation, 'label') + metrics.labelPadding + at.left[i] - at.right[i],
  }));
  const firstGap = slots.length > 0 && !slots[0].folded ? metrics.margin : metrics.wordGap;
  const x = pack(widths, gap, distances).map((middle) => middle + firstGap);
  const lane = lanes(spans, slots.length);
  const last = slots.length - 1;
  return {
    x,
    widths,
    width: last < 0 ? 0 : x[last] + widths[last] / 2 + metrics.margin,
    dependencies: spans.map((span, i) => ({
      span,
      x0: x[span.left] + at.left[i],
      x1: x[span.right] + at.right[i],
      lane: lane[i],
    })),
    roots: [...roots].map(([slot, word]) => ({
      slot,
      word,
      lane: spans.reduce(
        (top, s, i) => (s.left <= slot && slot <= s.right ? Math.max(top, lane[i]) : top),
        0,
      ),
    })),
    lanes: lane.reduce((top, one) => Math.max(top, one), 0),
  };
}

/** Slot and word of each root whose sentence is unfolded. */
export function rootSlots({ roots: words }: WordRelations, anchors: Int32Array): Map<number, number> {
  const roots = new Map<number, number>();
  words?.forEach((word) => {
    if (anchors[word] >= 0) roots.set(anchors[word], word);
  });
  return roots;
}

/**
 * Edges between slots. Edges inside one folded sentence are left out; of several edges from one slot to one folded
 * sentence the strongest stands for all.
 * @param slotOf slot of each unit
 */
export function edgeSpans(
  edges: readonly Edge[],
  slots: readonly Slot[],
  slotOf: Int32Array,
  direction: Direction,
): EdgeSpan[] {
  const strongest = new Map<string, EdgeSpan>();
  for (const edge of edges) {
    const [query, key] = queryAndKey(edge, direction);
    const [from, to] = [slotOf[query], slotOf[key]];
    if (from < 0 || to < 0 || from === to) continue;
    const name = slots[from].folded || slots[to].folded ? `${from} ${to}` : `${edge.dependent}:${edge.other}`;
    const before = strongest.get(name);
    if (before && Math.abs(before.edge.weight) >= Math.abs(edge.weight)) continue;
    strongest.set(name, { left: Math.min(from, to), right: Math.max(from, to), edge, keyRight: to > from });
  }
  return [...strongest.values()];
}

/** Places attention arcs under the words of a row. */
export function layoutEdges(spans: readonly EdgeSpan[], row: RowLayout): PlacedSpan<EdgeSpan>[] {
  const at = ports(spans, (slot) => Math.max(4, row.widths[slot] - 6), rowMetrics.portSpacing);
  const lane = lanes(spans, row.x.length);
  return spans.map((span, i) => ({
    span,
    x0: row.x[span.left] + at.left[i],
    x1: row.x[span.right] + at.right[i],
    lane: lane[i],
  }));
}
