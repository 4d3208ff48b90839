import { diffWordsWithSpace } from 'diff';

/** One stretch of a text that was replaced by another. */
export interface Replacement {
  /** Half-open UTF-16 ranges in the earlier text and in the new one. */
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
}

/** More edits than that are joined with their neighbours: each costs two runs of the model. */
export const mostEdits = 40;
/** A comparison that takes longer is given up: the texts have little in common. */
const patience = 2000;

/**
 * The edits that make one text another: words that were removed, inserted or replaced. Edits with only white space between them are one.
 * @param most edits; where there are more, those with the least text between them are joined
 * @returns in order, not touching one another; none where the texts are the same
 */
export function textEdits(before: string, after: string, most = mostEdits): Replacement[] {
  const edits = joined(separateEdits(before, after), after, most);
  return edits.map((edit) => withoutCommonBlanks(edit, before, after));
}

/** As {@link textEdits}, nothing joined. */
function separateEdits(before: string, after: string): Replacement[] {
  if (before === after) return [];
  const parts = diffWordsWithSpace(before, after, { timeout: patience });
  if (parts === undefined) return [betweenCommonEnds(before, after)];
  const edits: Replacement[] = [];
  let [old, now] = [0, 0];
  let open: { readonly old: number; readonly now: number } | undefined;
  const close = (): void => {
    if (open !== undefined) edits.push({ before: [open.old, old], after: [open.now, now] });
    open = undefined;
  };
  for (const { added, removed, value } of parts) {
    if (!added && !removed) close();
    else open ??= { old, now };
    if (!added) old += value.length;
    if (!removed) now += value.length;
  }
  close();
  return edits;
}

/** White space that both sides begin or end with was not edited. */
function withoutCommonBlanks(edit: Replacement, before: string, after: string): Replacement {
  let [[from, to], [start, end]] = [edit.before, edit.after];
  const isCommon = (i: number, j: number): boolean => before[i] === after[j] && /\s/.test(before[i]);
  while (from < to && start < end && isCommon(to - 1, end - 1)) [to, end] = [to - 1, end - 1];
  while (from < to && start < end && isCommon(from, start)) [from, start] = [from + 1, start + 1];
  return { before: [from, to], after: [start, end] };
}

function joined(edits: readonly Replacement[], after: string, most: number): Replacement[] {
  const kept: Replacement[] = [];
  for (const edit of edits) {
    const last = kept.at(-1);
    const isBlank = last !== undefined && after.slice(last.after[1], edit.after[0]).trim() === '';
    if (last !== undefined && isBlank) kept[kept.length - 1] = join(last, edit);
    else kept.push(edit);
  }
  while (kept.length > Math.max(1, most)) {
    let nearest = 1;
    const gap = (i: number): number => kept[i].after[0] - kept[i - 1].after[1];
    for (let i = 2; i < kept.length; i++) if (gap(i) < gap(nearest)) nearest = i;
    kept.splice(nearest - 1, 2, join(kept[nearest - 1], kept[nearest]));
  }
  return kept;
}

function join(a: Replacement, b: Replacement): Replacement {
  return { before: [a.before[0], b.before[1]], after: [a.after[0], b.after[1]] };
}

/** Everything between what two texts have in common at their ends. */
function betweenCommonEnds(before: string, after: string): Replacement {
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && before[start] === after[start]) start++;
  let end = 0;
  while (end < shortest - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return { before: [start, before.length - end], after: [start, after.length - end] };
}

/**
 * The new text with some edits left out, or the earlier one with some made.
 * @param isMade which of the edits the result has
 * @returns the text, and where a position of the new text is in it (a position inside an edit that is left out: at its beginning)
 */
export function withEdits(
  before: string,
  after: string,
  edits: readonly Replacement[],
  isMade: (edit: number) => boolean,
): { readonly text: string; readonly place: (position: number) => number } {
  let text = '';
  let reached = 0;
  // Where each stretch of the new text that is kept begins there and in the result.
  const kept: { readonly from: number; readonly to: number; readonly at: number }[] = [];
  const keep = (from: number, to: number): void => {
    kept.push({ from, to, at: text.length });
    text += after.slice(from, to);
  };
  edits.forEach((edit, i) => {
    keep(reached, edit.after[0]);
    if (isMade(i)) keep(edit.after[0], edit.after[1]);
    else text += before.slice(edit.before[0], edit.before[1]);
    reached = edit.after[1];
  });
  keep(reached, after.length);
  const place = (position: number): number => {
    const stretch = kept.findLast(({ from }) => from <= position) ?? kept[0];
    return stretch.at + Math.min(position, stretch.to) - stretch.from;
  };
  return { text, place };
}

/**
 * The part of an earlier document that a part of its present version was made from.
 * @param range half-open UTF-16 range in `after`
 * @returns half-open UTF-16 range in `before`; what was inserted or removed at its ends belongs to it
 */
export function earlierPart(
  before: string,
  after: string,
  [from, to]: readonly [number, number],
): readonly [number, number] {
  const ending = after.length - to;
  const startsSame = before.startsWith(after.slice(0, from));
  const endsSame = before.endsWith(after.slice(to));
  if (startsSame && endsSame && from + ending <= before.length) return [from, before.length - ending];
  const edits = separateEdits(before, after);
  // The last edit that ends before the range moves its beginning; an edit that reaches into it is taken in whole.
  const startOf = (): number => {
    const touching = edits.find(({ after: [start, end] }) => start <= from && end > from);
    if (touching) return touching.before[0];
    const previous = edits.findLast(({ after: [, end] }) => end <= from);
    const isAtBeginning = previous?.after[1] === from && previous.after[0] === from;
    if (previous === undefined) return from;
    return isAtBeginning ? previous.before[0] : from - previous.after[1] + previous.before[1];
  };
  const endOf = (): number => {
    const touching = edits.findLast(({ after: [start, end] }) => start < to && end >= to);
    if (touching) return touching.before[1];
    const next = edits.find(({ after: [start] }) => start >= to);
    if (next === undefined) return before.length - ending;
    const isAtEnd = next.after[0] === to && next.after[1] === to;
    return isAtEnd ? next.before[1] : to - next.after[0] + next.before[0];
  };
  const start = startOf();
  return [start, Math.max(start, endOf())];
}
