import * as vscode from 'vscode';
import type { Shown } from '../inspections';
import type { Range } from './literals';

/** The visible editors of the document that an inspection is of. */
export function editorsOf({ subject }: Pick<Shown, 'subject'>): vscode.TextEditor[] {
  if (subject.uri === undefined) return [];
  return vscode.window.visibleTextEditors.filter(({ document }) => document.uri.toString() === subject.uri);
}

export function rangeIn(document: vscode.TextDocument, [start, end]: Range): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}
