import * as vscode from 'vscode';
import type { App } from '../app';
import { UserError } from '../engine/errors';
import { subjectOfFile } from '../subject';

/** Shows attention that any program saved, PyTorch for example, in the views; no model is run. */
export async function openAttentionFile({ inspections, panels }: App, argument: unknown): Promise<void> {
  const file = argument instanceof vscode.Uri ? argument : await chosenFile();
  if (!file) return;
  if (file.scheme !== 'file') {
    throw new UserError(
      'Attention can be opened from this machine’s disk only. Save the file there, then open it again.',
    );
  }
  panels.show('inspector');
  await inspections.inspect(subjectOfFile(file.fsPath));
}

async function chosenFile(): Promise<vscode.Uri | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: 'Headlight: Open Attention File',
      openLabel: 'Open Attention',
      filters: { Safetensors: ['safetensors'], 'All files': ['*'] },
    })) ?? [];
  return file;
}
