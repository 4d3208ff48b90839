import type { Frame, Locator } from 'playwright-core';
import type { ViewName } from '../../src/protocol/view';
import { chooseFromContextMenu, focusEditor, openFile, selectText } from '../../test/workbench/driver/editor';
import { eventually } from '../../test/workbench/driver/eventually';
import { panel, parts, viewFrame } from '../../test/workbench/driver/webview';
import { pick, runCommand, type Workbench } from '../../test/workbench/driver/workbench';

/** Two functions that use one another’s names. */
export const code = `function scale(values: number[], factor: number) {
  return values.map((value) => value * factor);
}

function total(values: number[]) {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

console.log(total(scale([1, 2], 3)));
`;

/** Opens files from the explorer, then takes the side bar away. */
export async function openFiles(workbench: Workbench, ...names: readonly string[]): Promise<void> {
  for (const name of names) await openFile(workbench, name);
  await toggleSideBar(workbench);
}

export function toggleSideBar(workbench: Workbench): Promise<void> {
  return runCommand(workbench, 'View: Toggle Primary Side Bar Visibility');
}

/** Goes to a file that is open. */
export async function goToTab({ page }: Workbench, name: string): Promise<void> {
  await page.locator(`.tab[data-resource-name="${name}"]`).click();
  await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
}

/** Inspects a text of the open file; all of it where none is given. */
export async function inspect(workbench: Workbench, text?: string): Promise<void> {
  if (text !== undefined) await selectText(workbench, text);
  else {
    await focusEditor(workbench);
    await workbench.page.keyboard.press('Control+A');
  }
  await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
}

/** Inspects a text, and waits until the inspector has its arcs. */
export async function inspectArcs(workbench: Workbench, text?: string): Promise<void> {
  await inspect(workbench, text);
  await parts.attentionArcs(panel(workbench)).first().waitFor({ state: 'attached' });
}

/** Opens a view alone, in front of the other panels. */
export async function openView(workbench: Workbench, title: string, name: ViewName): Promise<Frame> {
  await focusEditor(workbench);
  await runCommand(workbench, 'Headlight: Open View…');
  await pick(workbench, new RegExp(`^\\s*${title}`));
  return viewFrame(workbench, name);
}

/** Opens a tab of the inspector. */
export async function openTab(workbench: Workbench, title: string): Promise<Frame> {
  const frame = await viewFrame(workbench, 'inspector');
  await frame.getByRole('tab', { name: title, exact: true }).click();
  return frame;
}

/** Chooses in one of the toolkit's lists. */
export async function choose(frame: Frame | Locator, list: string, option: string): Promise<void> {
  const box = frame.getByRole('combobox', { name: list }).first();
  await box.click();
  await box.getByRole('option', { name: option, exact: true }).click();
}

/** Closes the panel in front of the right group. */
export async function closePanel({ page }: Workbench, title: string): Promise<void> {
  const tab = page
    .locator('.tab')
    .filter({ has: page.getByText(title, { exact: true }) })
    .first();
  await tab.locator('.codicon-close').click();
}

/** Waits until a view says something. */
export async function says(workbench: Workbench, frame: Frame, text: RegExp): Promise<void> {
  await eventually(
    workbench.page,
    () => frame.locator('body').innerText(),
    (seen) => text.test(seen),
  );
}
