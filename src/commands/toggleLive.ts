import * as vscode from 'vscode';
import type { App } from '../app';
import { UserError } from '../engine/errors';
import { inspectSelection } from './inspectSelection';

/** Switches between inspecting at every keystroke and on request only, for the document of the editor in front. */
export async function toggleLive(app: App): Promise<void> {
  const { inspections } = app;
  const editor = vscode.window.activeTextEditor;
  const shown = inspections.shown?.subject.uri;
  if (editor && editor.document.uri.toString() !== shown) {
    await inspectSelection(app);
    if (inspections.shown?.subject.uri === editor.document.uri.toString()) inspections.setLive(true);
    return;
  }
  if (!inspections.shown) throw new UserError('There is nothing to follow live. Inspect some text first.');
  if (!inspections.canFollow)
    throw new UserError(
      'What is shown is of no document that could be followed. Open a text, put the cursor into it, then switch live on.',
    );
  inspections.setLive(!inspections.live);
}
