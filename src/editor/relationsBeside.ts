import { LRUCache } from 'lru-cache';
import * as vscode from 'vscode';
import type { RelationsFile } from '../protocol/relations';

/** Endings of files with relations, in the order in which they are looked for. */
const endings = ['.relations.json', '.ann', '.conllu'] as const;

/** Larger files are not taken up unasked. */
const largestFile = 4 << 20;

type Beside = Pick<RelationsFile, 'name' | 'content'> | undefined;

/** Milliseconds for which what was found holds while one writes: a look is three questions to VS Code, too many for every keystroke. */
const holds = 2000;

/** What was found last, by document, and when, on the clock of `performance`. */
const found = new LRUCache<string, { readonly beside: Beside; readonly at: number }>({ max: 8 });

/** What was found beside a document the last time; it is looked for again now and then, behind the back of a user who goes on writing. */
export async function relationsLastBeside(document: vscode.TextDocument): Promise<Beside> {
  const last = found.get(document.uri.toString());
  if (!last) return relationsBeside(document);
  if (performance.now() - last.at > holds) void relationsBeside(document);
  return last.beside;
}

/** The file with relations of a document: of the same name but for the ending, in the same folder. */
export async function relationsBeside(document: vscode.TextDocument): Promise<Beside> {
  const beside = document.isUntitled ? undefined : await lookBeside(document.uri);
  found.set(document.uri.toString(), { beside, at: performance.now() });
  return beside;
}

async function lookBeside(uri: vscode.Uri): Promise<Beside> {
  const whole = uri.path.slice(uri.path.lastIndexOf('/') + 1);
  const dot = whole.lastIndexOf('.');
  const base = dot > 0 ? whole.slice(0, dot) : whole;
  for (const ending of endings) {
    const name = base + ending;
    if (name === whole) continue;
    const content = await textOf(vscode.Uri.joinPath(uri, '..', name));
    if (content !== undefined) return { name, content };
  }
  return undefined;
}

async function textOf(file: vscode.Uri): Promise<string | undefined> {
  try {
    const { type, size } = await vscode.workspace.fs.stat(file);
    if ((type & vscode.FileType.File) === 0 || size > largestFile) return undefined;
    // Where it is open, what is written there counts, saved or not.
    const open = vscode.workspace.textDocuments.find((one) => one.uri.toString() === file.toString());
    return open?.getText() ?? new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  } catch {
    return undefined;
  }
}
