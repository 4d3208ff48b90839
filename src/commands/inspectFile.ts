import { posix } from 'node:path';
import * as vscode from 'vscode';
import type { App } from '../app';
import { selectedRegion } from '../editor/region';
import { UserError } from '../engine/errors';
import { subjectOf } from '../subject';

/** Inspects a whole file, from the explorer's menu or the active editor's. */
export async function inspectFile({ inspections, panels }: App, argument: unknown): Promise<void> {
  const uri = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  if (!uri)
    throw new UserError('There is no file to inspect. Open a text file, or right-click one in the explorer.');
  const document = await openText(uri);
  await vscode.window.showTextDocument(document, { preview: true });
  const end = document.offsetAt(document.lineAt(document.lineCount - 1).range.end);
  const region = { ...selectedRegion([0, end], 0), kind: 'document' as const };
  panels.show('inspector');
  await inspections.inspect(subjectOf(document, region));
}

async function openText(uri: vscode.Uri): Promise<vscode.TextDocument> {
  const name = posix.basename(uri.path);
  let document: vscode.TextDocument;
  try {
    document = await vscode.workspace.openTextDocument(uri);
  } catch (cause) {
    throw new UserError(`“${name}” cannot be opened as text. Choose a file with text in it.`, 'input', {
      cause,
    });
  }
  const beginning = document.getText(new vscode.Range(0, 0, 100, 0)).slice(0, 100_000);
  if (beginning.includes('\0'))
    throw new UserError(`“${name}” is a binary file. Choose a file with text in it.`);
  return document;
}
