import * as vscode from 'vscode';
import type { App } from '../app';
import { viewTable } from '../panels/viewTable';
import { viewNames } from '../protocol/view';

export async function openInspector({ panels, inspections }: App): Promise<void> {
  panels.show('inspector');
  await inspections.restore();
}

/** Opens one view alone in a tab. */
export async function openView(app: App, argument: unknown): Promise<void> {
  const name = viewNames.find((view) => view === argument) ?? (await askForView());
  if (!name) return;
  app.panels.show(name);
  await (name === 'instances' ? app.dataSets.restore() : app.inspections.restore());
}

async function askForView() {
  const items = viewNames.map((name) => ({
    label: viewTable[name].title,
    description: viewTable[name].description,
    name,
  }));
  return (await vscode.window.showQuickPick(items, { title: 'Headlight: Open View' }))?.name;
}
