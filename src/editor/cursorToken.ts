import * as vscode from 'vscode';
import type { Inspections, Shown } from '../inspections';
import type { LinkedSelection } from '../linkedSelection';
import { editorsOf } from './shownEditors';

/**
 * The token at the cursor is the selected one, and prediction begins behind the one before the cursor. Many moves in one turn of the event loop count
 * as one. A new inspection selects no token, but knows where the cursor is.
 */
export function followCursor(inspections: Inspections, selection: LinkedSelection): vscode.Disposable {
  const follower = {};
  let latest: vscode.TextEditorSelectionChangeEvent | undefined;
  const follow = () => {
    const shown = inspections.shown;
    const editor = latest?.textEditor;
    latest = undefined;
    if (!shown || !editor || editor.document.uri.toString() !== shown.subject.uri) return;
    const cursor = editor.document.offsetAt(editor.selection.active);
    const token = shown.ranges.tokenAt(cursor);
    const precedingToken = precedingAt(shown, cursor);
    const { value } = selection;
    if (token === value.token && precedingToken === value.precedingToken) return;
    selection.set({ ...value, token, precedingToken }, follower);
  };
  const begin = (shown: Shown | undefined) => {
    const [editor] = shown ? editorsOf(shown) : [];
    if (!shown || !editor) return;
    const precedingToken = precedingAt(shown, editor.document.offsetAt(editor.selection.active));
    if (precedingToken !== selection.value.precedingToken)
      selection.set({ ...selection.value, precedingToken }, follower);
  };
  const moved = vscode.window.onDidChangeTextEditorSelection((event) => {
    if (latest === undefined) setImmediate(follow);
    latest = event;
  });
  return vscode.Disposable.from(moved, inspections.onDidShow(begin));
}

/** The token that what comes at the cursor follows. Behind the last words of a chat that is where its template lets the model answer. */
function precedingAt({ ranges, inspection }: Shown, cursor: number): number | undefined {
  const preceding = ranges.lastBefore(cursor);
  const [, end] = (preceding === undefined ? undefined : ranges.at(preceding)) ?? [];
  if (inspection.chat === undefined || preceding === undefined || end === undefined || cursor <= end)
    return preceding;
  const isLast = !inspection.tokens.ids.some(
    (_, token) => token > preceding && ranges.at(token) !== undefined,
  );
  return isLast ? inspection.tokens.ids.length - 1 : preceding;
}
