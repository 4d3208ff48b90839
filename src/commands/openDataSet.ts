import { posix } from 'node:path';
import * as vscode from 'vscode';
import type { App } from '../app';
import { UserError } from '../engine/errors';
import { withLateProgress } from '../lateProgress';
import type { DataSetFormat, DataSetSource } from '../protocol/dataSet';
import { chooseColumns } from './chooseColumns';

const extensions = ['txt', 'csv', 'tsv', 'jsonl', 'ndjson', 'parquet'];

/** Formats whose rows can be found and shown in a text editor. */
const shownAsText: readonly DataSetFormat[] = ['lines', 'csv', 'tsv', 'jsonl'];

/** Opens a file of texts, from the explorer's menu, or one that the user chooses. */
export async function openDataSet(app: App, argument: unknown): Promise<void> {
  const uri = argument instanceof vscode.Uri ? argument : await chosenFile();
  if (!uri) return;
  if (uri.scheme !== 'file') {
    throw new UserError(
      `“${posix.basename(uri.path)}” is not on the disk of this machine. Open it, and choose “Open Lines as Data Set” in the editor.`,
    );
  }
  await openSource(app, { kind: 'file', path: uri.fsPath }, uri);
}

/** Opens the selected lines of the editor, or all of them. */
export async function openLinesAsDataSet(app: App): Promise<void> {
  const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
  if (!editor) throw new UserError('There are no lines to open. Open a text file, one text per line.');
  const { document, selection } = editor;
  const range = selection.isSingleLine ? undefined : wholeLines(document, selection);
  const text = document.getText(range);
  if (text.trim() === '') throw new UserError('There are only empty lines. Select lines with texts.');
  const name = posix.basename(document.uri.path);
  const source: DataSetSource = {
    kind: 'lines',
    name: range ? `${name}, lines ${linesOf(range)}` : name,
    text,
  };
  app.panels.show('instances');
  await app.dataSets.open({
    source,
    columns: {},
    uri: document.uri.toString(),
    firstLine: range?.start.line ?? 0,
  });
}

async function openSource(app: App, source: DataSetSource, uri: vscode.Uri): Promise<void> {
  const abort = new AbortController();
  const outline = await withLateProgress(abort, (progress) =>
    app.engine.outlineDataSet(source, { signal: abort.signal, progress }),
  );
  const columns = await chooseColumns(outline, posix.basename(uri.path));
  if (!columns) return;
  app.panels.show('instances');
  const isText = shownAsText.includes(outline.format);
  await app.dataSets.open({ source, columns, uri: isText ? uri.toString() : undefined });
}

/** Measures all heads on every text of the open data set. */
export async function scoreHeads({ dataSets, panels }: App): Promise<void> {
  if (dataSets.state) panels.show('instances');
  await dataSets.scoreHeads();
}

/** Runs the chosen model on the texts of the open data set. */
export async function rerunDataSet({ dataSets }: App): Promise<void> {
  await dataSets.useChosenModel();
}

async function chosenFile(): Promise<vscode.Uri | undefined> {
  const files = await vscode.window.showOpenDialog({
    title: 'Headlight: Open Data Set',
    openLabel: 'Open Data Set',
    filters: { 'Texts and tables': extensions, 'All files': ['*'] },
  });
  return files?.[0];
}

/** From the first character of the first selected line to the last of the last one. */
function wholeLines(document: vscode.TextDocument, { start, end }: vscode.Selection): vscode.Range {
  // A selection that ends before the first character of a line does not mean that line.
  const last = end.character === 0 ? end.line - 1 : end.line;
  return new vscode.Range(start.line, 0, last, document.lineAt(last).range.end.character);
}

function linesOf({ start, end }: vscode.Range): string {
  return `${start.line + 1}–${end.line + 1}`;
}
