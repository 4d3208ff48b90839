import * as vscode from 'vscode';
import type { Pin, Pins } from './pins';

/** Pinned inspections in the activity bar. */
export class PinTree implements vscode.TreeDataProvider<Pin>, vscode.Disposable {
  readonly #pins: Pins;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listener: vscode.Disposable;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(pins: Pins) {
    this.#pins = pins;
    this.#listener = pins.onDidChange(() => this.#changed.fire());
  }

  getTreeItem({ id, name, detail, subject }: Pin): vscode.TreeItem {
    const item = new vscode.TreeItem(name);
    item.id = id;
    item.description = detail;
    const where =
      subject.attentionFile ??
      (subject.uri && vscode.workspace.asRelativePath(vscode.Uri.parse(subject.uri)));
    item.tooltip = [name, detail, where].filter(Boolean).join('\n\n');
    item.iconPath = new vscode.ThemeIcon('pinned');
    item.contextValue = 'pin';
    item.command = { title: 'Compare', command: 'headlight.comparePin', arguments: [{ id }] };
    item.accessibilityInformation = { label: `Pinned inspection ${name}, ${detail}` };
    return item;
  }

  getChildren(pin?: Pin): Pin[] {
    return pin ? [] : [...this.#pins.all];
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changed.dispose();
  }
}
