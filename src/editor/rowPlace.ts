import type { Range } from './literals';

/** How the rows of a text file are written. */
export type RowForm = 'lines' | 'table' | 'json';

/** Where a row stands in its document. */
export interface RowPlace {
  /** In offsets of the document: the text, or as much of it as could be found. */
  readonly range: Range;
  /** Whether the range has exactly the row's text: not where the file writes it with quotes doubled or with escapes. */
  readonly isExact: boolean;
}

/**
 * Finds the text of a row in its document.
 * @param row counted from 0, as the engine counts: lines of white space are no rows
 * @param firstLine of the document that belongs to the data set
 * @returns undefined where the document does not have it, or no longer
 */
export function rowPlace(
  document: string,
  form: RowForm,
  row: number,
  text: string,
  firstLine = 0,
): RowPlace | undefined {
  if (form === 'lines') return lineOf(document, row, text, firstLine) ?? found(document, text, 0, text);
  const written = form === 'json' ? JSON.stringify(text).slice(1, -1) : text.replaceAll('"', '""');
  // A row takes a line at least, so that it cannot stand before the line of its number.
  const from = startOfLine(document, firstLine + row);
  return found(document, written, from, text) ?? found(document, text, from, text);
}

/** The row-th line that is not empty, where it has the text. */
function lineOf(document: string, row: number, text: string, firstLine: number): RowPlace | undefined {
  let left = row;
  for (let start = startOfLine(document, firstLine); start <= document.length;) {
    const end = document.indexOf('\n', start);
    const line = document.slice(start, end < 0 ? undefined : end);
    if (line.trim() !== '' && left-- === 0) {
      const at = line.indexOf(text);
      return at < 0 ? undefined : { range: [start + at, start + at + text.length], isExact: true };
    }
    if (end < 0) return undefined;
    start = end + 1;
  }
  return undefined;
}

/** The first place from `from` on, else the first anywhere. */
function found(document: string, written: string, from: number, text: string): RowPlace | undefined {
  if (written === '') return undefined;
  const after = document.indexOf(written, from);
  const at = after < 0 ? document.indexOf(written) : after;
  return at < 0 ? undefined : { range: [at, at + written.length], isExact: written === text };
}

function startOfLine(document: string, line: number): number {
  let at = 0;
  for (let passed = 0; passed < line; passed++) {
    const end = document.indexOf('\n', at);
    if (end < 0) return document.length;
    at = end + 1;
  }
  return at;
}
