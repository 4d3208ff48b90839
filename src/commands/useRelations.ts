import * as vscode from 'vscode';
import type { App } from '../app';
import { conlluBlock } from '../editor/conllu';
import { UserError } from '../engine/errors';
import type { Subject } from '../subject';

type Relations = NonNullable<Subject['relations']>;

/** Larger files are no lists that anybody could look at. */
const largestFile = 48 << 20;

/** Compares heads with relations of the user's own: CoNLL-U that is selected or copied, or a CoNLL-U, BRAT or JSON file. */
export async function useRelations({ inspections }: App, argument: unknown): Promise<void> {
  if (!inspections.shown)
    throw new UserError('There is no text that relations could be of. Inspect some text first.');
  if (inspections.shown.inspection.attentionFile !== undefined) {
    throw new UserError(
      'The text was read from a file with attention, and so is its parse. Write another parse into that file, or inspect the text with a model.',
    );
  }
  const relations =
    argument instanceof vscode.Uri ? await read(argument) : ((await atHand()) ?? (await chosenFile()));
  if (relations !== undefined) await inspections.again({ relations });
}

/** CoNLL-U that the user has selected or copied. */
async function atHand(): Promise<Relations | undefined> {
  const editor = vscode.window.activeTextEditor;
  const selected = editor && conlluBlock(editor.document.getText(editor.selection));
  const content = selected ?? conlluBlock(await vscode.env.clipboard.readText());
  return content === undefined ? undefined : { name: 'the CoNLL-U text.conllu', content };
}

async function chosenFile(): Promise<Relations | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: 'Headlight: File with Relations between the Words of the Text',
      openLabel: 'Use These Relations',
      filters: {
        'CoNLL-U, BRAT, JSON': ['conllu', 'conll', 'ann', 'json', 'jsonc', 'txt', 'tsv'],
        'All files': ['*'],
      },
    })) ?? [];
  return file && read(file);
}

/** The endings .json and .ann say the format; every other file is looked through for CoNLL-U. */
async function read(file: vscode.Uri): Promise<Relations> {
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  const { size } = await vscode.workspace.fs.stat(file);
  if (size > largestFile)
    throw new UserError(`“${name}” is too large for a list of relations. Choose a smaller file.`);
  const open = vscode.workspace.textDocuments.find((one) => one.uri.toString() === file.toString());
  const content = open?.getText() ?? new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  if (/\.(jsonc?|ann)$/i.test(name)) return { name, content };
  const block = conlluBlock(content);
  if (block !== undefined)
    return { name: /\.conllu?$/i.test(name) ? name : `${name}.conllu`, content: block };
  throw new UserError(
    'The file has no CoNLL-U in it: lines of ten columns with tabs between them, a blank line after every sentence. Choose another file, or a BRAT (.ann) or JSON file.',
  );
}
