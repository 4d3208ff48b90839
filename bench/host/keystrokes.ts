// Runs inside the extension host: how long Headlight's own listeners hold it up at one keystroke of a live text.
import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import manifest from '../../package.json';
import type { HeadlightApi } from '../../src/testing';

const strokes = 60;

/** Milliseconds per keystroke, by the number of tokens of the text. */
export type HostDelays = Readonly<Record<string, readonly number[]>>;

/** Writes {@link HostDelays} to $HEADLIGHT_TEST_RESULT. */
export async function run(): Promise<void> {
  // VS Code calls listeners in the order in which they came: this one before those of the extension, the other one after them.
  let began = 0;
  vscode.workspace.onDidChangeTextDocument(() => (began = performance.now()));
  const extension = vscode.extensions.getExtension<HeadlightApi>(`${manifest.publisher}.${manifest.name}`);
  const api = await extension?.activate();
  if (!api) throw new Error('The extension is not there.');
  const delays: Record<string, number[]> = {};
  for (const words of [30, 126, 510]) {
    const document = await vscode.workspace.openTextDocument({
      content: prose(words),
      language: 'plaintext',
    });
    const editor = await vscode.window.showTextDocument(document);
    editor.selection = new vscode.Selection(0, 0, 0, document.getText().length);
    await vscode.commands.executeCommand('headlight.inspectSelection');
    await vscode.commands.executeCommand('headlight.toggleLive');
    const tokens = api.inspections.shown?.inspection.tokens.ids.length ?? 0;
    const spent: number[] = (delays[tokens] = []);
    const listener = vscode.workspace.onDidChangeTextDocument(() => spent.push(performance.now() - began));
    for (let stroke = 0; stroke < strokes; stroke++) {
      const end = document.positionAt(document.getText().length - 1);
      await editor.edit((edit) => edit.insert(end, stroke % 5 === 4 ? ' ' : 'a'));
    }
    listener.dispose();
    await vscode.commands.executeCommand('headlight.toggleLive');
    await vscode.commands.executeCommand('headlight.clear');
  }
  const result = process.env.HEADLIGHT_TEST_RESULT;
  if (result) writeFileSync(result, JSON.stringify(delays));
}

function prose(words: number): string {
  const vocabulary = 'the film is slow but its quiet music makes every scene of it a small wonder'.split(' ');
  return `${Array.from({ length: words }, (_, at) => vocabulary[(at * 7) % vocabulary.length]).join(' ')}.`;
}
