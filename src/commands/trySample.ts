import * as vscode from 'vscode';
import type { App } from '../app';
import { paragraphAt } from '../editor/region';
import { subjectOf } from '../subject';

/** Short enough to be read at a glance, long enough that heads have something to do. */
const sample = `I expected a dull film, but the actors were wonderful and I loved every minute of it.

Change a word, put the cursor into a sentence, and inspect it again: right-click, “Headlight: Inspect Selection”.
The colours show how much each token mattered; the arcs beside the text show what attends to what.

The second story never surprised me, although its pictures were not bad at all.
`;

/** Opens a text that shows what there is to be seen, and inspects its first sentence. */
export async function trySample({ inspections, panels }: App): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: 'plaintext', content: sample });
  await vscode.window.showTextDocument(document);
  const range = paragraphAt(document.getText(), 0) ?? [0, 0];
  panels.show('inspector');
  await inspections.inspect(subjectOf(document, { range, focus: range, kind: 'paragraph' }));
}
