import type { Direction } from './edges';

export const layouts = ['arcs', 'tree', 'radial'] as const;
export type Layout = (typeof layouts)[number];

export const comparisons = ['stacked', 'beside', 'difference'] as const;
export type Comparison = (typeof comparisons)[number];

/** What the user set in this view; survives reloads as JSON. */
export interface Options {
  readonly layout: Layout;
  readonly direction: Direction;
  /** Smallest weight that is drawn; null: about one edge per word. */
  readonly threshold: number | null;
  /** Most edges per word. */
  readonly perWord: number;
  /** Whether all words are opened into their pieces. */
  readonly pieces: boolean;
  readonly saliency: boolean;
  readonly comparison: Comparison;
  /** Relations whose arcs are not drawn. */
  readonly hidden: readonly string[];
}

export const defaultOptions: Options = {
  layout: 'arcs',
  direction: 'dependent-to-head',
  threshold: null,
  perWord: 3,
  pieces: false,
  saliency: false,
  comparison: 'stacked',
  hidden: ['punct'],
};

/** Stored options with what an older version did not know filled in. */
export function completeOptions(stored: Partial<Options>): Options {
  return { ...defaultOptions, ...stored };
}

/** From this number of words on, only sentences around the chosen word are unfolded at first. */
const mostUnfoldedWords = 60;

/**
 * Sentences that are folded when a text is first shown: none of a short text; of a long one all but the focused
 * sentence and as many of its neighbours, nearest first, as can be looked at together.
 * @param sentences [W] sentence of each word
 * @param focus sentence that must be unfolded
 */
export function initiallyFolded(sentences: ArrayLike<number>, focus: number): Set<number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < sentences.length; i++) counts.set(sentences[i], (counts.get(sentences[i]) ?? 0) + 1);
  if (sentences.length <= mostUnfoldedWords) return new Set();
  const folded = new Set(counts.keys());
  let words = 0;
  const nearest = [...counts.keys()].sort((a, b) => Math.abs(a - focus) - Math.abs(b - focus) || a - b);
  for (const sentence of nearest) {
    words += counts.get(sentence) ?? 0;
    if (words > mostUnfoldedWords && sentence !== nearest[0]) break;
    folded.delete(sentence);
  }
  return folded;
}
