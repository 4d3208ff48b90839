import type { LabelledLink, WeightedLink } from '../../marks/links';
import type { PlacedWord } from '../../marks/wordRow';
import type { Highlight, PictureModel } from './picture';
import type { TextWidth } from './row';

/** The part of the picture that is in view, in pixels from its left end. */
export interface View {
  readonly from: number;
  readonly to: number;
}

/** Everything that is drawn of a picture, ready for the marks. */
export interface Shapes {
  readonly words: readonly PlacedWord[];
  readonly dependencies: readonly LabelledLink[];
  readonly edges: readonly WeightedLink[];
  /** Chevrons that fold the sentence which begins there. */
  readonly folds: readonly { readonly sentence: number; readonly x: number; readonly y: number }[];
}

/** The weight of a highlighted edge, written beside the word at its other end. */
export interface NumberText {
  readonly key: string;
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** A picture with all its places, in pixels. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /** Smallest scale to which the picture may shrink before it scrolls; 1 where letters must keep their size. */
  readonly smallestScale: number;
  /** All pairs of slots that are joined, drawn or not. */
  readonly spans: readonly { readonly left: number; readonly right: number }[];
  /** What of the picture is seen when `view` is: a long row is drawn in parts. */
  shapes(view: View): Shapes;
  numbers(highlight: Highlight, view: View): NumberText[];
  /** Left and right end of a slot. */
  extent(slot: number): View;
}

/** A way to place words and links; a pure function. */
export type PlaceWords = (model: PictureModel, textWidth: TextWidth) => Scene;

/** Height of a word's box in pixels. */
export const wordHeight = 22;

/** What every layout says of a slot besides its place. */
export function wordLook(
  model: PictureModel,
  slot: number,
): Pick<PlacedWord, 'slot' | 'text' | 'look' | 'description' | 'background' | 'ink'> {
  const { text, folded, units } = model.slots[slot];
  return {
    slot,
    text,
    look: folded ? 'folded' : model.units[units[0]].piece ? 'piece' : 'word',
    description: model.describe(slot),
    ...model.background(slot),
  };
}
