import { stringLiteralAt } from './literals';
import type { Range } from './literals';

/** The part of a document that is inspected, in UTF-16 offsets of the document. */
export interface Region {
  readonly range: Range;
  /** What matters most in it, in offsets of the document; where the text is too long, the window lies around it. */
  readonly focus: Range;
  readonly kind: 'selection' | 'string' | 'paragraph' | 'document';
}

/**
 * Most UTF-16 units that are sent to the engine: far more than the context of any model at hand, and little enough
 * to be cut from a document of any size without delay.
 */
export const mostUnits = 100_000;

/** Units around the cursor in which the code is read for strings. */
const unitsRead = 200_000;

/** As much of a document as is needed: a text, and where it lies in the whole. */
export interface Excerpt {
  readonly text: string;
  readonly start: number;
}

/** The bounds, in offsets of a document of `length` units, of what {@link regionAround} has to read. */
export function excerptBounds(length: number, offset: number): Range {
  return [Math.max(0, offset - unitsRead), Math.min(length, offset + unitsRead)];
}

/** A selection, no longer than {@link mostUnits}, cut around the end that the cursor is at. */
export function selectedRegion(selection: Range, cursor: number): Region {
  return { range: cut(selection, cursor), focus: [cursor, cursor], kind: 'selection' };
}

/**
 * What a cursor without a selection means: the string literal around it, else the paragraph.
 * @param cursor in offsets of the document.
 * @returns undefined where the cursor is on an empty line.
 */
export function regionAround({ text, start }: Excerpt, cursor: number, language: string): Region | undefined {
  const at = cursor - start;
  const literal = stringLiteralAt(text, at, language);
  // An empty string says nothing; the paragraph around it does.
  const isString = literal !== undefined && text.slice(...literal).trim() !== '';
  const found = isString ? literal : paragraphAt(text, at);
  if (!found) return undefined;
  const word = wordAt(text, at);
  const shift = ([from, to]: Range): Range => [from + start, to + start];
  return { range: cut(shift(found), cursor), focus: shift(word), kind: isString ? 'string' : 'paragraph' };
}

/**
 * The lines around an offset up to the next blank ones, without the white space at both ends.
 * @returns undefined on a blank line.
 */
export function paragraphAt(text: string, offset: number): Range | undefined {
  let [start, end] = lineAt(text, offset);
  if (text.slice(start, end).trim() === '') return undefined;
  for (; start > 0;) {
    const [above, aboveEnd] = lineAt(text, start - 1);
    if (text.slice(above, aboveEnd).trim() === '') break;
    start = above;
  }
  for (; end < text.length;) {
    const [below, belowEnd] = lineAt(text, end + 1);
    if (text.slice(below, belowEnd).trim() === '') break;
    end = belowEnd;
  }
  return trimmed(text, [start, end]);
}

/** A range without the white space at its ends; empty, at its start, where there is nothing else. */
export function trimmed(text: string, [start, end]: Range): Range {
  const inside = text.slice(start, end);
  const from = start + inside.length - inside.trimStart().length;
  return [from, Math.max(from, start + inside.trimEnd().length)];
}

/** The line of an offset without its line feed. */
function lineAt(text: string, offset: number): Range {
  const end = text.indexOf('\n', offset);
  return [offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1, end < 0 ? text.length : end];
}

function wordAt(text: string, offset: number): Range {
  const before = /[\p{L}\p{N}_]*$/u.exec(text.slice(Math.max(0, offset - 100), offset));
  const after = /^[\p{L}\p{N}_]*/u.exec(text.slice(offset, offset + 100));
  return [offset - (before?.[0].length ?? 0), offset + (after?.[0].length ?? 0)];
}

/** A range no longer than {@link mostUnits}, with `around` in its middle where it has to be cut. */
function cut([start, end]: Range, around: number): Range {
  if (end - start <= mostUnits) return [start, end];
  const from = Math.min(Math.max(start, around - mostUnits / 2), end - mostUnits);
  return [from, from + mostUnits];
}
