import * as vscode from 'vscode';
import type { App } from '../app';
import { conlluBlock } from '../editor/conllu';
import { UserError } from '../engine/errors';

/** Takes the parse of the inspected text from CoNLL-U: selected, in the clipboard, or in a file. */
export async function useConllu({ inspections }: App, argument: unknown): Promise<void> {
  if (!inspections.shown)
    throw new UserError('There is no text to be parsed otherwise. Inspect some text first.');
  if (inspections.shown.inspection.attentionFile !== undefined) {
    throw new UserError(
      'The text was read from a file with attention, and so is its parse. Write another parse into that file, or inspect the text with a model.',
    );
  }
  const conllu =
    argument instanceof vscode.Uri ? await read(argument) : ((await atHand()) ?? (await chosenFile()));
  if (conllu !== undefined) await inspections.again({ conllu });
}

/** CoNLL-U that the user has selected or copied. */
async function atHand(): Promise<string | undefined> {
  const editor = vscode.window.activeTextEditor;
  const selected = editor && conlluBlock(editor.document.getText(editor.selection));
  return selected ?? conlluBlock(await vscode.env.clipboard.readText());
}

async function chosenFile(): Promise<string | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: 'Headlight: CoNLL-U File for the Parse',
      openLabel: 'Use This Parse',
      filters: { 'CoNLL-U': ['conllu', 'conll', 'txt', 'tsv'], 'All files': ['*'] },
    })) ?? [];
  return file && read(file);
}

async function read(file: vscode.Uri): Promise<string> {
  const document = await vscode.workspace.openTextDocument(file);
  const block = conlluBlock(document.getText());
  if (block !== undefined) return block;
  throw new UserError(
    'The file has no CoNLL-U in it: lines of ten columns with tabs between them, a blank line after every sentence. Choose another file.',
  );
}
