import * as vscode from 'vscode';
import type { App } from '../app';
import { UserError } from '../engine/errors';
import { documentOf, textIn } from '../subject';

/** Shows which edits since the reference version, or since the file was saved, changed the prediction. */
export async function whatChanged({ inspections, panels }: App): Promise<void> {
  const shown = inspections.shown;
  if (!shown) throw new UserError('There is nothing to compare. Inspect some text first.');
  panels.show('changes');
  const document = documentOf(shown.subject);
  // What is compared is the text as it is now.
  if (document && textIn(document, shown.ranges.whole) !== shown.subject.text) await inspections.again({});
}

/** From now on, changes of the text are those since this moment. */
export async function markReference({ inspections, references }: App): Promise<void> {
  const shown = inspections.shown;
  if (!shown) throw new UserError('There is nothing to mark. Inspect some text first.');
  const document = documentOf(shown.subject);
  await references.mark(shown, document ? textIn(document, shown.ranges.whole) : shown.subject.text);
  await inspections.again({});
  void vscode.window.setStatusBarMessage('Headlight: Marked as reference version', 4000);
}
