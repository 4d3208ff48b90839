import type { BlockName, HeadRef } from './inspection';

/**
 * A change of attention weights while the model runs: the weights of all queries on one key token (a column), or of one
 * query on it (an edge), times a factor. Every row is brought back to the sum that it had, so that what one token loses the
 * others of the row gain in proportion. Factors of edits that meet in one weight multiply.
 */
export interface AttentionEdit {
  readonly block: BlockName;
  /** Left out: every layer of the block. */
  readonly layer?: number;
  /** Left out: every head of the layer. */
  readonly head?: number;
  /** Token that attends; left out: every one. */
  readonly query?: number;
  /** Token that is attended to. */
  readonly key: number;
  /** 0 and up: 0 takes the weights away, 1 leaves them. */
  readonly factor: number;
  /**
   * The weights become exactly `factor` (up to 1) times what they were, and the other weights of the row alone make up for it, in proportion:
   * the calibration of sinks (Yu 2024). Without it they are brought back to the row's sum with the others, and keep a little more.
   */
  readonly isExact?: boolean;
}

/** Ids of the tokens that edits number, of both token rows: by them edits are found again in a text that was written in. */
export interface EditedTokens {
  readonly tokens: readonly number[];
  readonly pair?: readonly number[];
}

/** Where an edit stands, whatever its factor. */
export type EditPlace = Omit<AttentionEdit, 'factor' | 'isExact'>;

export function samePlace(a: EditPlace, b: EditPlace): boolean {
  return (
    a.block === b.block && a.layer === b.layer && a.head === b.head && a.query === b.query && a.key === b.key
  );
}

/** Whether two lists hold the same edits, in whatever order. */
export function sameEdits(a: readonly AttentionEdit[], b: readonly AttentionEdit[]): boolean {
  const names = (edits: readonly AttentionEdit[]) =>
    edits
      .map(({ block, layer, head, query, key, factor, isExact = false }) =>
        [block, layer ?? '*', head ?? '*', query ?? '*', key, factor, isExact].join(' '),
      )
      .sort()
      .join();
  return a.length === b.length && names(a) === names(b);
}

/** The edits with one place set to a factor; 1 takes the edit of that place away. */
export function withFactor(
  edits: readonly AttentionEdit[],
  place: EditPlace,
  factor: number,
): AttentionEdit[] {
  const { block, layer, head, query, key } = place;
  return withEdit(edits, { block, layer, head, query, key, factor });
}

/** The edits with one more, in place of what was done to the same weights; a factor of 1 takes the edit of that place away. */
export function withEdit(edits: readonly AttentionEdit[], edit: AttentionEdit): AttentionEdit[] {
  const others = edits.filter((other) => !samePlace(other, edit));
  return edit.factor === 1 ? others : [...others, edit];
}

/** The factor that a place was given; 1 where it was given none. */
export function factorAt(edits: readonly AttentionEdit[], place: EditPlace): number {
  return edits.find((edit) => samePlace(edit, place))?.factor ?? 1;
}

/** Whether an edit changes weights of a head. */
export function appliesTo(edit: EditPlace, { block, layer, head }: HeadRef): boolean {
  return (
    edit.block === block &&
    (edit.layer === undefined || edit.layer === layer) &&
    (edit.head === undefined || edit.head === head)
  );
}

/** `3 heads off, 1 edit`; empty where nothing is changed. */
export function interventionsInWords(heads: number, edits: number): string {
  const parts = [
    heads === 0 ? '' : heads === 1 ? '1 head off' : `${heads} heads off`,
    edits === 0 ? '' : edits === 1 ? '1 edit' : `${edits} edits`,
  ];
  return parts.filter(Boolean).join(', ');
}
