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
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`“${file}” could not be saved: ${why} Choose another folder.`);
  }
}
