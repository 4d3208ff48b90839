import * as vscode from 'vscode';
import type { App } from '../app';
import { modelName } from './chosenModel';

/**
 * Makes a model the one that is asked, once the engine has read it.
 * @throws a failure of kind `model` where it cannot be used; the model in use stays.
 */
export async function adoptModel({ engine, model }: App, reference: string): Promise<void> {
  model.requireTrust(reference);
  const place = { location: vscode.ProgressLocation.Window, title: `Reading ${modelName(reference)}` };
  const summary = await vscode.window.withProgress(place, () => engine.describe(reference));
  await model.choose(reference);
  if (summary.sites.length > 0 && summary.missing.length === 0) return;
  const shortcomings = summary.missing.join(' ') || 'No attention was found in it.';
  void vscode.window.showWarningMessage(`${summary.name}: ${shortcomings}`);
}
