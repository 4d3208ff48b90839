import * as vscode from 'vscode';
import type { App } from '../app';
import { openedDocument } from '../documents';
import { rowPlace } from '../editor/rowPlace';
import type { RowForm } from '../editor/rowPlace';
import type { DataSetSubject } from '../dataSets';
import { UserError } from '../engine/errors';
import type { Panels } from '../panels/panels';
import type { Subject } from '../subject';

/** Inspects one row of the open data set, in its document where that is one of text. @param argument the row, from 0 */
export async function inspectRow(app: App, argument: unknown): Promise<void> {
  const { dataSets, engine, inspections, panels } = app;
  const { subject, state } = dataSets;
  if (!subject || !state || typeof argument !== 'number')
    throw new UserError('Click a row in the Instances view to inspect its text.');
  const rows = Uint32Array.of(argument);
  const dataSet = dataSets.engineId(state.id);
  const [row] = await engine.askDataSet((remote) => remote.rowTexts, { dataSet, rows });
  const shown = await shownInDocument(subject, argument, row.text);
  if (panels.opened.every((name) => name === 'instances')) {
    await showInspector(panels);
    // The editor may be smaller now.
    shown?.reveal();
  }
  await inspections.inspect({ ...(shown?.subject ?? textAlone(row.text)), pair: row.pair });
}

/** A text that stands in no document, or in one that writes it in another way. */
function textAlone(text: string): Subject {
  const range = [0, text.length] as const;
  return { text, range, focus: range, kind: 'selection' };
}

/** A row in its document. */
interface ShownRow {
  /** Undefined where the document writes the text in another way. */
  readonly subject?: Subject;
  /** Brings its line into view. */
  reveal(): void;
}

/** @returns undefined where there is no document, or it does not have this text any more */
async function shownInDocument(
  { uri, source, columns, firstLine }: DataSetSubject,
  row: number,
  text: string,
): Promise<ShownRow | undefined> {
  if (uri === undefined) return undefined;
  const document = await openedDocument(vscode.Uri.parse(uri));
  const place = document && rowPlace(document.getText(), formOf(source, columns.text), row, text, firstLine);
  if (!document || !place) return undefined;
  const start = document.positionAt(place.range[0]);
  const editor = await vscode.window.showTextDocument(document, {
    viewColumn: columnFor(document),
    preserveFocus: true,
    preview: true,
    // Not the whole text: its saliency is to be seen, and not the colour of a selection.
    selection: new vscode.Range(start, start),
  });
  const whole = new vscode.Range(start, document.positionAt(place.range[1]));
  const reveal = (): void => editor.revealRange(whole, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  reveal();
  const { range } = place;
  return {
    subject: place.isExact ? { text, uri, range, focus: range, kind: 'selection' } : undefined,
    reveal,
  };
}

function formOf(source: DataSetSubject['source'], column: string | undefined): RowForm {
  if (column === undefined) return 'lines';
  return source.kind === 'file' && /\.(jsonl|ndjson)$/i.test(source.path) ? 'json' : 'table';
}

/** Where the document is, else where texts are, else beside the table, which stays in view. */
function columnFor(document: vscode.TextDocument): vscode.ViewColumn {
  const visible = vscode.window.visibleTextEditors;
  const same = visible.find((editor) => editor.document === document) ?? visible[0];
  if (same?.viewColumn !== undefined) return same.viewColumn;
  const { all } = vscode.window.tabGroups;
  const group = all.find(({ tabs }) => tabs.some(({ input }) => input instanceof vscode.TabInputText));
  return group?.viewColumn ?? vscode.ViewColumn.Beside;
}

/** An arrangement of the editor area, as VS Code's commands have it. */
interface Layout {
  readonly orientation: number;
  readonly groups: readonly { readonly groups?: unknown }[];
}

/** Opens the inspector at the right, and puts two columns of text and table over one another, where three would be too narrow. */
async function showInspector(panels: Panels): Promise<void> {
  const before = await vscode.commands.executeCommand<Layout | undefined>('vscode.getEditorLayout');
  panels.show('inspector', vscode.window.tabGroups.all.length + 1);
  const areTwoColumns =
    before?.orientation === 0 && before.groups.length === 2 && before.groups.every(({ groups }) => !groups);
  if (!areTwoColumns) return;
  // The document is seen at its line; the table has more to show.
  const isTextFirst = vscode.window.tabGroups.all[0]?.tabs.some(
    ({ input }) => input instanceof vscode.TabInputText,
  );
  const text = isTextFirst ? 0.35 : 0.65;
  await vscode.commands.executeCommand('vscode.setEditorLayout', {
    orientation: 0,
    groups: [{ groups: [{ size: text }, { size: 1 - text }], size: 0.5 }, { size: 0.5 }],
  });
}
