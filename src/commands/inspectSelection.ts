import * as vscode from 'vscode';
import type { App } from '../app';
import { excerptBounds, mostUnits, regionAround, selectedRegion, trimmed } from '../editor/region';
import type { Region } from '../editor/region';
import { UserError } from '../engine/errors';
import { readChat } from '../engine/tokens/chatFiles';
import { chatFormOf } from '../protocol/chat';
import { subjectOf, textIn } from '../subject';

/** Inspects the selection; without one, the string literal or the paragraph at the cursor, or all of a chat. */
export async function inspectSelection({ inspections, panels }: App): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) throw new UserError('There is no text to inspect. Open a text file and select some words.');
  const region = regionOf(editor);
  panels.show('inspector');
  await inspections.inspect(subjectOf(editor.document, region));
}

function regionOf({ document, selection }: vscode.TextEditor): Region {
  const cursor = document.offsetAt(selection.active);
  if (!selection.isEmpty) {
    const region = selectedRegion(
      [document.offsetAt(selection.start), document.offsetAt(selection.end)],
      cursor,
    );
    const text = textIn(document, region.range);
    const [start, end] = trimmed(text, [0, text.length]);
    // White space at the ends is no part of what one meant to select; where there is nothing else, it is told.
    if (start === end) throw new UserError('The selection has only white space. Select some words.');
    const range = [region.range[0] + start, region.range[0] + end] as const;
    return { ...region, range };
  }
  const length = document.offsetAt(document.lineAt(document.lineCount - 1).range.end);
  // One message says little without those before it.
  if (isChat(document, length)) return { range: [0, length], focus: [cursor, cursor], kind: 'document' };
  const bounds = excerptBounds(length, cursor);
  const region = regionAround(
    { text: textIn(document, bounds), start: bounds[0] },
    cursor,
    document.languageId,
  );
  if (region) return region;
  throw new UserError(
    'There is no text at the cursor. Select some words, or put the cursor into a paragraph or a string.',
  );
}

/** Whether a document is a prompt with roles. Of messages in JSON one mostly means the string at the cursor. */
function isChat(document: vscode.TextDocument, length: number): boolean {
  const form = chatFormOf(document.uri.path);
  return form !== undefined && length <= mostUnits && readChat(document.getText(), form) !== undefined;
}
