import * as vscode from 'vscode';
import type { App } from '../app';
import { UserError } from '../engine/errors';
import type { Pin, Pins } from '../pins/pins';
import { documentOf, foundAgain } from '../subject';

/** Keeps what is shown, to be compared with what comes next. */
export async function pinInspection({ inspections, pins }: App): Promise<void> {
  const { shown } = inspections;
  if (!shown) throw new UserError('There is nothing to pin. Inspect some text first.');
  pins.add(shown);
  const compare = 'Compare';
  const hint = 'Pinned. Inspect another text, another model or other heads, then compare the two.';
  vscode.window.setStatusBarMessage(`$(pinned) ${hint}`, 8000);
  // Said once in a while only: whoever pins often knows where pins are.
  if (pins.all.length === 2) {
    const chosen = await vscode.window.showInformationMessage('Two inspections are pinned.', compare);
    if (chosen === compare) await vscode.commands.executeCommand('headlight.comparePin');
  }
}

/** Lets go of what is shown, where it is pinned. */
export function unpinInspection({ inspections, pins }: App): undefined {
  const pin = inspections.shown && pins.of(inspections.shown.inspection);
  if (!pin) throw new UserError('What is shown is not pinned.');
  pins.remove(pin.id);
}

/** Opens the comparison, with a pin at its left where one is given. */
export async function comparePin({ inspections, panels, pins }: App, argument: unknown): Promise<void> {
  const pin = pinOf(pins, argument);
  if (pin) pins.compare(pin.id);
  panels.show('compare');
  await inspections.restore();
}

export async function renamePin({ pins }: App, argument: unknown): Promise<void> {
  const pin = pinOf(pins, argument) ?? (await chosenPin(pins, 'Rename Pinned Inspection'));
  if (!pin) return;
  const name = await vscode.window.showInputBox({
    title: 'Headlight: Rename Pinned Inspection',
    value: pin.name,
    prompt: pin.detail,
    validateInput: (text) => (text.trim() === '' ? 'A name is at least one character long.' : undefined),
  });
  if (name !== undefined) pins.rename(pin.id, name.trim());
}

export async function removePin({ pins }: App, argument: unknown): Promise<void> {
  const pin = pinOf(pins, argument) ?? (await chosenPin(pins, 'Remove Pinned Inspection'));
  if (pin) pins.remove(pin.id);
}

/** Shows the text of a pin in its editor, or opens its file. */
export async function revealPin({ pins, inspections, panels }: App, argument: unknown): Promise<void> {
  const pin = pinOf(pins, argument) ?? (await chosenPin(pins, 'Reveal Pinned Inspection'));
  if (!pin) return;
  if (pin.subject.attentionFile !== undefined) {
    panels.show('inspector');
    return inspections.inspect(pin.subject);
  }
  const subject = await foundAgain(pin.subject);
  const document = documentOf(subject);
  if (!document) {
    throw new UserError('The text of this inspection is not in its file any more. It can still be compared.');
  }
  const [start, end] = subject.range;
  const selection = new vscode.Range(document.positionAt(start), document.positionAt(end));
  await vscode.window.showTextDocument(document, { selection });
}

/** A pin as the tree, or a view, hands it over. */
function pinOf({ all }: Pins, argument: unknown): Pin | undefined {
  if (typeof argument !== 'object' || argument === null || !('id' in argument)) return undefined;
  return all.find(({ id }) => id === argument.id);
}

async function chosenPin({ all }: Pins, title: string): Promise<Pin | undefined> {
  if (all.length === 0) throw new UserError('Nothing is pinned. Inspect some text and pin it first.');
  const items = all.map((pin) => ({ label: pin.name, description: pin.detail, pin }));
  return (await vscode.window.showQuickPick(items, { title: `Headlight: ${title}` }))?.pin;
}
