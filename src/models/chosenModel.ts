import { homedir } from 'node:os';
import { basename, isAbsolute, join, normalize, relative } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../engine/errors';
import { readSettings } from '../settings';
import { isBuiltIn } from './builtIn';

const chosenKey = 'headlight.model';
const recentKey = 'headlight.recentModels';
const recentsKept = 8;

/**
 * Which model is asked, and which ones the user had before. A choice made in the user interface is kept for the workspace
 * and goes before the setting, until the setting is changed.
 */
export class ChosenModel implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listeners: readonly vscode.Disposable[];
  /** Another model is to be asked from now on, the list of recent ones is another, or models of the workspace may be used now. */
  readonly onDidChange = this.#changed.event;

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
    this.#listeners = [
      vscode.workspace.onDidChangeConfiguration(async (change) => {
        if (!change.affectsConfiguration('headlight.model')) return;
        await context.workspaceState.update(chosenKey, undefined);
        this.#changed.fire();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire()),
    ];
  }

  /** Name of a built-in model, or an absolute path. */
  get reference(): string {
    return absolute(this.#context.workspaceState.get<string>(chosenKey) ?? readSettings().model);
  }

  /** Folders and files that were chosen before, the last one first. */
  get recent(): readonly string[] {
    return this.#context.globalState.get<readonly string[]>(recentKey) ?? [];
  }

  async choose(reference: string): Promise<void> {
    await this.#context.workspaceState.update(chosenKey, reference);
    if (!isBuiltIn(reference))
      await this.#remember([reference, ...this.recent.filter((other) => other !== reference)]);
    this.#changed.fire();
  }

  async forget(reference: string): Promise<void> {
    await this.#remember(this.recent.filter((other) => other !== reference));
    this.#changed.fire();
  }

  /** @throws UserError for a model inside a workspace that the user does not trust: a model is a program. */
  requireTrust(reference: string): void {
    if (vscode.workspace.isTrusted || isBuiltIn(reference) || !isInWorkspace(reference)) return;
    throw new UserError(
      `The model “${modelName(reference)}” lies in this workspace, which you do not trust; a model is run like a program. Run “Workspaces: Manage Workspace Trust” to trust it, or choose a built-in model.`,
      'untrusted',
    );
  }

  dispose(): void {
    vscode.Disposable.from(...this.#listeners).dispose();
    this.#changed.dispose();
  }

  #remember(references: readonly string[]): Thenable<void> {
    return this.#context.globalState.update(recentKey, references.slice(0, recentsKept));
  }
}

/** How a model is called in lists and in the status bar. */
export function modelName(reference: string): string {
  const name = basename(reference);
  return name.endsWith('.onnx') ? `${basename(folderOf(reference))}/${name}` : name;
}

/** A model's folder in `onnx/model.onnx` is the one above `onnx`. */
function folderOf(file: string): string {
  const folder = join(file, '..');
  return basename(folder) === 'onnx' ? join(folder, '..') : folder;
}

function absolute(reference: string): string {
  if (isBuiltIn(reference) || isAbsolute(reference)) return reference;
  if (/^~[\\/]/.test(reference)) return join(homedir(), reference.slice(2));
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  return folder ? normalize(join(folder.uri.fsPath, reference)) : reference;
}

function isInWorkspace(path: string): boolean {
  return (vscode.workspace.workspaceFolders ?? []).some(({ uri }) => {
    const inside = relative(uri.fsPath, path);
    return !inside.startsWith('..') && !isAbsolute(inside);
  });
}
