import type { TextDocumentContentChangeEvent } from 'vscode';
import type { Edit } from './trackedRanges';

/** The changes of one event, as offsets. */
export function toEdits(changes: readonly TextDocumentContentChangeEvent[]): Edit[] {
  return changes.map(({ rangeOffset, rangeLength, text }) => ({
    offset: rangeOffset,
    length: rangeLength,
    text,
  }));
}
