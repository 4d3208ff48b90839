import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import manifest from '../../package.json';
import type { HeadlightApi } from '../../src/testing';

/** What the extension gives to its tests. */
export async function headlight(): Promise<HeadlightApi> {
  const extension = vscode.extensions.getExtension<HeadlightApi>(`${manifest.publisher}.${manifest.name}`);
  assert.ok(extension);
  return extension.activate();
}

/** Runs one of the extension's commands to its end. */
export async function run(command: string, argument?: unknown): Promise<void> {
  await vscode.commands.executeCommand(`headlight.${command}`, argument);
}

/** Opens a text in an editor of its own: a new file of the sample workspace, whose name was never used before. */
export async function openText(content: string): Promise<vscode.TextEditor> {
  const file = sample(`${randomUUID()}.txt`);
  writeFileSync(file.fsPath, content);
  return vscode.window.showTextDocument(file, { viewColumn: vscode.ViewColumn.One, preview: false });
}

/** A file of the sample workspace. */
export function sample(name: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return vscode.Uri.file(join(folder.uri.fsPath, name));
}

/** Selects the first occurrence of a text; the cursor is at its end. */
export function select(editor: vscode.TextEditor, text: string): void {
  const start = editor.document.getText().indexOf(text);
  assert.ok(start >= 0, `“${text}” is in the document`);
  const position = (offset: number) => editor.document.positionAt(offset);
  editor.selection = new vscode.Selection(position(start), position(start + text.length));
}

/** Puts the cursor before the first occurrence of a text. */
export function putCursorBefore(editor: vscode.TextEditor, text: string): void {
  const start = editor.document.getText().indexOf(text);
  assert.ok(start >= 0, `“${text}” is in the document`);
  const position = editor.document.positionAt(start);
  editor.selection = new vscode.Selection(position, position);
}

/** Resolves as soon as `condition` holds; asks again after every event that the extension tells of. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const { inspections, selection } = await headlight();
  await new Promise<void>((resolve, reject) => {
    const patience = setTimeout(() => finish(new Error(`It did not happen in time: ${what}.`)), 30_000);
    const look = () => condition() && finish();
    const listeners = vscode.Disposable.from(
      inspections.onDidShow(look),
      inspections.onDidProgress(look),
      inspections.onDidFail(look),
      inspections.onDidChangeRanges(look),
      selection.onDidChange(look),
      vscode.window.onDidChangeActiveTextEditor(look),
      vscode.window.tabGroups.onDidChangeTabs(look),
      vscode.window.onDidChangeTextEditorSelection(look),
      vscode.workspace.onDidChangeTextDocument(look),
    );
    const finish = (error?: Error) => {
      clearTimeout(patience);
      listeners.dispose();
      if (error) reject(error);
      else resolve();
    };
    look();
  });
}

/** Collects what the extension tells the user while `work` is under way, in place of showing it. */
export async function messagesOf(work: () => Promise<void>): Promise<string[]> {
  const { showErrorMessage, showWarningMessage } = vscode.window;
  const messages: string[] = [];
  const collect = (message: string) => {
    messages.push(message);
    return Promise.resolve(undefined);
  };
  Object.assign(vscode.window, { showErrorMessage: collect, showWarningMessage: collect });
  try {
    await work();
  } finally {
    Object.assign(vscode.window, { showErrorMessage, showWarningMessage });
  }
  return messages;
}

/** Chooses a model as the quick pick does, and puts the choice back afterwards. */
export async function withModel(reference: string, work: () => Promise<void>): Promise<void> {
  const { model, inspections } = await headlight();
  const before = model.reference;
  inspections.clear();
  await model.choose(reference);
  try {
    await work();
  } finally {
    inspections.clear();
    await model.choose(before);
    await model.forget(reference);
  }
}

export async function closeEverything(): Promise<void> {
  (await headlight()).inspections.clear();
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** Where a word stands first. */
export function wordRange(document: vscode.TextDocument, word: string): vscode.Range {
  const start = document.getText().indexOf(word);
  return new vscode.Range(document.positionAt(start), document.positionAt(start + word.length));
}
