import * as vscode from 'vscode';
import { UserError } from './engine/errors';

/**
 * The document of a uri, opened where it is not. Opens nothing new under the name of an untitled document.
 * @returns undefined where it is gone, or VS Code does not open it as text, because it is too large for example
 */
export async function openedDocument(uri: vscode.Uri): Promise<vscode.TextDocument | undefined> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open || uri.scheme === 'untitled') return open;
  try {
    return await vscode.workspace.openTextDocument(uri);
  } catch {
    return undefined;
  }
}

/** What is said where a document is wanted that {@link openedDocument} does not find. */
export function documentGone(): UserError {
  return new UserError('The document of this text is not open any more. Open it and inspect the text again.');
}
