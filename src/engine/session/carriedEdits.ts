import type { AttentionEdit, EditedTokens } from '../../protocol/edits';
import type { Inspection } from '../../protocol/inspection';
import { rowsOf } from './summary';

/** Edits of one text, as far as they can be made in another. */
export interface CarriedEdits {
  readonly edits: readonly AttentionEdit[];
  /** Those about tokens that are not there any more. */
  readonly dropped: number;
}

/**
 * Finds the tokens of edits again in a text that was written in since: those before the first and those behind the last token that is
 * another one are the same tokens, perhaps at other places.
 * @param madeIn ids of the tokens that the edits number; undefined: those of this inspection
 */
export function carriedEdits(
  edits: readonly AttentionEdit[],
  madeIn: EditedTokens | undefined,
  { tokens, pair }: Pick<Inspection, 'tokens' | 'pair'>,
): CarriedEdits {
  if (madeIn === undefined) return { edits, dropped: 0 };
  const placesIn = {
    tokens: carried(madeIn.tokens, tokens.ids),
    pair: carried(madeIn.pair ?? [], pair?.ids ?? new Int32Array(0)),
  };
  const kept = edits.flatMap((edit): AttentionEdit[] => {
    const { queries, keys } = rowsOf(edit.block);
    const key = placesIn[keys](edit.key);
    if (edit.query === undefined) return key === undefined ? [] : [{ ...edit, key }];
    const query = placesIn[queries](edit.query);
    return key === undefined || query === undefined ? [] : [{ ...edit, query, key }];
  });
  return { edits: kept, dropped: edits.length - kept.length };
}

/** Where a token of the first text is in the second. */
function carried(from: ArrayLike<number>, to: ArrayLike<number>): (token: number) => number | undefined {
  const most = Math.min(from.length, to.length);
  let start = 0;
  while (start < most && from[start] === to[start]) start++;
  let end = 0;
  while (end < most - start && from[from.length - 1 - end] === to[to.length - 1 - end]) end++;
  return (token) => {
    if (token < start) return token;
    return token >= from.length - end && token < from.length ? token - from.length + to.length : undefined;
  };
}

/** What is said of edits that were dropped. */
export function droppedSentence(dropped: number): string {
  return dropped === 1
    ? 'An edit of attention was dropped: its token is no longer in the text.'
    : `${dropped} edits of attention were dropped: their tokens are no longer in the text.`;
}
