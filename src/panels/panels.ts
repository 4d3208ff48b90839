import * as vscode from 'vscode';
import { viewNames } from '../protocol/view';
import type { ViewName } from '../protocol/view';
import { hostView } from './viewHost';
import type { ViewContext } from './viewHost';
import { viewTable, viewType } from './viewTable';

/** The view that the activity bar's container shows. */
const sideView: ViewName = 'heads';

/** The tabs and the side view in which views appear: one tab per view, used again by the next inspection. */
export class Panels implements vscode.WebviewPanelSerializer, vscode.WebviewViewProvider, vscode.Disposable {
  readonly #context: ViewContext;
  readonly #open = new Map<ViewName, vscode.WebviewPanel>();
  readonly #registrations: vscode.Disposable[];

  constructor(context: ViewContext) {
    this.#context = context;
    this.#registrations = [
      ...viewNames.map((name) => vscode.window.registerWebviewPanelSerializer(viewType(name), this)),
      vscode.window.registerWebviewViewProvider(viewType(sideView), this),
    ];
  }

  /** Names of the views that have a tab. */
  get opened(): readonly ViewName[] {
    return [...this.#open.keys()];
  }

  /** Shows a view in its tab, beside the editor when it is new; the cursor stays in the text. */
  show(name: ViewName): void {
    const panel = this.#open.get(name);
    if (panel) {
      if (!panel.visible) panel.reveal(undefined, true);
      return;
    }
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    this.#adopt(name, vscode.window.createWebviewPanel(viewType(name), viewTable[name].title, place));
  }

  /** A tab of an earlier session comes back, and with it what it showed. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    const name = viewNames.find((candidate) => viewType(candidate) === panel.viewType);
    if (!name || this.#open.has(name)) {
      panel.dispose();
      return;
    }
    this.#adopt(name, panel);
    // Not awaited: the tab is there at once and says what is being done.
    void this.#context.inspections.restore();
  }

  resolveWebviewView(side: vscode.WebviewView): void {
    const connection = hostView(side.webview, sideView, viewTable[sideView].title, this.#context);
    side.onDidDispose(() => connection.dispose());
  }

  dispose(): void {
    vscode.Disposable.from(...this.#registrations, ...this.#open.values()).dispose();
  }

  #adopt(name: ViewName, panel: vscode.WebviewPanel): void {
    const { extension } = this.#context;
    this.#open.set(name, panel);
    panel.iconPath = {
      light: vscode.Uri.joinPath(extension, 'media', 'icon-light.svg'),
      dark: vscode.Uri.joinPath(extension, 'media', 'icon-dark.svg'),
    };
    const connection = hostView(panel.webview, name, viewTable[name].title, this.#context);
    panel.onDidDispose(() => {
      this.#open.delete(name);
      connection.dispose();
    });
  }
}
