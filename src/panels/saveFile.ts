import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { SavedFile } from '../protocol/view';

const kinds: Readonly<Record<SavedFile['extension'], string>> = {
  svg: 'Vector picture',
  png: 'Picture',
  csv: 'Table',
  html: 'Web page',
};

/** Asks for a place and writes a view's picture or table there. */
export async function saveFile({ name, extension, content }: SavedFile): Promise<void> {
  if (!(extension in kinds)) return;
  const [workspace] = vscode.workspace.workspaceFolders ?? [];
  const folder = workspace?.uri ?? vscode.Uri.file(homedir());
  const file = `${name.replace(/[^\p{L}\p{N}._ -]/gu, '-').slice(0, 80) || 'headlight'}.${extension}`;
  const place = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder, file),
    filters: { [kinds[extension]]: [extension] },
  });
  if (!place) return;
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  try {
    await vscode.workspace.fs.writeFile(place, bytes);
    void told(place);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`“${file}” could not be saved: ${why} Choose another folder.`);
  }
}

/** Says where a file is now, with a way to look at it. */
async function told(place: vscode.Uri): Promise<void> {
  const path = vscode.workspace.asRelativePath(place, false);
  const open = 'Open';
  if ((await vscode.window.showInformationMessage(`Saved as “${path}”.`, open)) !== open) return;
  if (place.path.endsWith('.html') || place.path.endsWith('.svg')) await vscode.env.openExternal(place);
  else await vscode.commands.executeCommand('vscode.open', place);
}
