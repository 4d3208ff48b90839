import type { WordRelations } from '../../../src/protocol/relations';
import type { Strength } from '../../marks/links';
import type { Direction, Edge } from './edges';
import type { EditedPicture } from './edited';
import type { TextWidth } from './row';
import type { Slot, Unit } from './units';

/** CSS colours of a word. */
export interface WordColours {
  readonly background: string;
  readonly ink: string;
}

/** Everything that one picture shows: relations between words, and one head (or the difference of two) over the same words. */
export interface PictureModel {
  /** What the picture is of: `Head 7.10`, `Head 7.10 − 5.7`. */
  readonly title: string;
  /** The picture in one or two sentences, read aloud instead of it. */
  readonly description: string;
  readonly direction: Direction;
  readonly units: readonly Unit[];
  readonly slots: readonly Slot[];
  /** [U] slot of each unit. */
  readonly slotOf: Int32Array;
  /** [W] slot that stands for each word; −1 where it is folded away. */
  readonly anchors: Int32Array;
  readonly relations?: WordRelations;
  /** Number of sentences of the text; chevrons to fold are drawn where there are several. */
  readonly sentences: number;
  /** Edges that are drawn, between units. */
  readonly edges: readonly Edge[];
  readonly shows: (relation: string) => boolean;
  /** Relation that stands out. */
  readonly emphasised?: string;
  /** How the head agrees with a pair of related words. */
  readonly strengthOf: (pair: number) => Strength;
  readonly dependencyPaint: (pair: number) => string;
  /** Undefined: grey. */
  readonly edgePaint: (edge: Edge) => string | undefined;
  /** What of the head's attention is edited. */
  readonly edited: EditedPicture;
  /** Colour behind a slot and of the text on it; undefined: the theme's own. */
  readonly background: (slot: number) => WordColours | undefined;
  /** What is read aloud of a slot. */
  readonly describe: (slot: number) => string;
}

/** What is under the mouse or has the focus: a word with all its edges, or one arc between two slots. */
export type Highlight =
  { readonly slot: number } | { readonly left: number; readonly right: number; readonly above: boolean };

export interface PictureEvents {
  hover(highlight: Highlight | undefined): void;
  /** Click or Enter on a word. */
  reveal(slot: number): void;
  /** Double click or space on a word: shows or hides its pieces; on a folded sentence: unfolds it. */
  open(slot: number): void;
  fold(sentence: number): void;
  /** The context menu over a word or an arc, or the key E on a word: its weights are to be edited. */
  edit(highlight: Highlight, target: HTMLElement | SVGElement): void;
  /** The user scrolled the picture sideways, to so many pixels from its left end. */
  scroll(left: number): void;
}

/** One drawing of a {@link PictureModel}; layouts differ in nothing but this. */
export interface Picture {
  readonly element: HTMLElement;
  render(model: PictureModel): void;
  /** `selected`: slot of the token at the editor's cursor. */
  highlight(highlight: Highlight | undefined, selected: number | undefined): void;
  /** Scrolls a slot into view, if the layout scrolls. */
  reveal(slot: number): void;
  /** Scrolls along with another picture of the same words. */
  scrollTo(left: number): void;
  dispose(): void;
}

export type CreatePicture = (events: PictureEvents, textWidth: TextWidth) => Picture;

/** Whether a drawn span belongs to what is highlighted. */
export function isLit(
  span: { readonly left: number; readonly right: number },
  highlight: Highlight | undefined,
): boolean {
  if (!highlight) return false;
  return 'slot' in highlight
    ? span.left === highlight.slot || span.right === highlight.slot
    : span.left === highlight.left && span.right === highlight.right;
}

/** Slots that stay strong while something is highlighted: the ends of all lit spans. */
export function litSlots(
  spans: readonly { readonly left: number; readonly right: number }[],
  highlight: Highlight | undefined,
): Set<number> {
  const lit = new Set<number>();
  if (!highlight) return lit;
  if ('slot' in highlight) lit.add(highlight.slot);
  for (const span of spans) if (isLit(span, highlight)) lit.add(span.left).add(span.right);
  return lit;
}

/** A weight as it is written beside an edge: two digits, without a zero that says nothing. */
export function shortWeight(weight: number): string {
  const digits = Math.abs(weight).toFixed(2).replace(/^0/, '');
  return weight < 0 ? `−${digits}` : digits;
}
