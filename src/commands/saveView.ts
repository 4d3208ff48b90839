import * as vscode from 'vscode';
import type { App } from '../app';
import { UserError } from '../engine/errors';
import type { SavedFile } from '../protocol/view';

interface Format extends vscode.QuickPickItem {
  readonly extension: SavedFile['extension'];
}

const formats: readonly Format[] = [
  { extension: 'svg', label: 'Picture (SVG)', description: 'where the view is painted: PNG' },
  { extension: 'png', label: 'Picture (PNG)', description: 'twice the size on screen' },
  { extension: 'csv', label: 'Table (CSV)', description: 'the numbers behind the view' },
  { extension: 'html', label: 'Page (HTML)', description: 'all views, for any browser, without a network' },
];

/** Saves the view in front as a picture or as the numbers behind it. */
export async function saveView({ panels, inspections, dataSets }: App): Promise<void> {
  if (!inspections.shown && !dataSets.state)
    throw new UserError('There is nothing to save. Inspect some text first.');
  const format = await vscode.window.showQuickPick(formats, { title: 'Headlight: Save View' });
  if (!format) return;
  if (format.extension === 'html') return panels.savePage();
  panels.saveView(format.extension);
}
