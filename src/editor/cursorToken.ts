import * as vscode from 'vscode';
import type { Inspections } from '../inspections';
import type { LinkedSelection } from '../linkedSelection';

/** The token at the cursor is the selected one. Many moves in one turn of the event loop count as one. */
export function followCursor(inspections: Inspections, selection: LinkedSelection): vscode.Disposable {
  const follower = {};
  let latest: vscode.TextEditorSelectionChangeEvent | undefined;
  const follow = () => {
    const shown = inspections.shown;
    const editor = latest?.textEditor;
    latest = undefined;
    if (!shown || !editor || editor.document.uri.toString() !== shown.subject.uri) return;
    const token = shown.ranges.tokenAt(editor.document.offsetAt(editor.selection.active));
    if (token !== selection.value.token) selection.set({ ...selection.value, token }, follower);
  };
  return vscode.window.onDidChangeTextEditorSelection((event) => {
    if (latest === undefined) setImmediate(follow);
    latest = event;
  });
}
