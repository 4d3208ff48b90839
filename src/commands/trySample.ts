import * as vscode from 'vscode';
import type { App } from '../app';
import { paragraphAt } from '../editor/region';
import { subjectOf } from '../subject';

/** Short enough to be read at a glance, long enough that heads have something to do. */
const sample = `The film is slow, but its quiet performances and its careful eye for detail make it a small masterpiece.

Change a word, put the cursor into a sentence, and inspect it again: right-click, “Headlight: Inspect Selection”.
The colours show how much each token mattered; the arcs beside the text show what attends to what.

I wanted to like this sequel. The jokes are stale, the plot makes no sense, and even the music sounds tired.
`;

/** Opens a text that shows what there is to be seen, and inspects its first sentence. */
export async function trySample({ inspections, panels }: App): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: 'plaintext', content: sample });
  await vscode.window.showTextDocument(document);
  const range = paragraphAt(document.getText(), 0) ?? [0, 0];
  panels.show('inspector');
  await inspections.inspect(subjectOf(document, { range, focus: range, kind: 'paragraph' }));
}
