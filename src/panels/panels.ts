import * as vscode from 'vscode';
import { UserError } from '../engine/errors';
import { orReport } from '../failures';
import { viewNames } from '../protocol/view';
import type { SavedFile, ViewName } from '../protocol/view';
import { hostView } from './viewHost';
import type { HostedView, ViewContext } from './viewHost';
import { savePage } from './savePage';
import { viewTable, viewType } from './viewTable';

/** The view that the activity bar's container shows. */
const sideView: ViewName = 'heads';

/** The tabs and the side view in which views appear: one tab per view, used again by the next inspection. */
export class Panels implements vscode.WebviewPanelSerializer, vscode.WebviewViewProvider, vscode.Disposable {
  readonly #context: ViewContext;
  readonly #open = new Map<ViewName, vscode.WebviewPanel>();
  readonly #hosted = new Map<ViewName, HostedView>();
  #side?: { readonly webview: vscode.WebviewView; readonly hosted: HostedView };
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

  /**
   * Shows a view in its tab; the cursor stays in the text.
   * @param column where it goes when it is new
   */
  show(name: ViewName, column = this.#columnFor(name)): void {
    const panel = this.#open.get(name);
    if (panel) {
      if (!panel.visible) panel.reveal(undefined, true);
      return;
    }
    const dormant = dormantTabs(viewType(name));
    const place = { viewColumn: dormant[0]?.group.viewColumn ?? column, preserveFocus: true };
    this.#adopt(name, vscode.window.createWebviewPanel(viewType(name), viewTable[name].title, place));
    // One that is gone meanwhile was to go.
    void vscode.window.tabGroups.close(dormant, true).then(undefined, () => undefined);
  }

  /**
   * Has the view in front save what it shows.
   * @throws UserError where no view is open
   */
  saveView(format: SavedFile['extension']): void {
    const tabs = [...this.#open].map(([name, panel]) => ({ panel, hosted: this.#hosted.get(name) }));
    const front = tabs.find(({ panel }) => panel.active) ?? tabs.find(({ panel }) => panel.visible);
    const hosted = front?.hosted ?? (this.#side?.webview.visible ? this.#side.hosted : undefined);
    if (hosted) return hosted.save(format);
    throw new UserError('No view is open that could be saved. Open the inspector, then save again.');
  }

  /** Asks for a place and writes a page there with everything that is shown. */
  savePage(): Promise<void> {
    return savePage(this.#context);
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
    const { dataSets, inspections, log } = this.#context;
    void orReport(name === 'instances' ? dataSets.restore() : inspections.restore(), log);
  }

  resolveWebviewView(side: vscode.WebviewView): void {
    const connection = hostView(side.webview, sideView, viewTable[sideView].title, this.#context);
    this.#side = { webview: side, hosted: connection };
    side.onDidDispose(() => {
      // The next one may be there already.
      if (this.#side?.hosted === connection) this.#side = undefined;
      connection.dispose();
    });
  }

  dispose(): void {
    vscode.Disposable.from(...this.#registrations, ...this.#open.values()).dispose();
  }

  /** Beside the text; in front of the view from which it was asked for, which would have little room left in a third column. */
  #columnFor(name: ViewName): vscode.ViewColumn {
    // A data set is for choosing texts that are then seen in the other views: it stays in sight.
    const isBehind = [...this.#open].some(([other, { active }]) => active && other !== 'instances');
    return isBehind && name !== 'instances' ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
  }

  #adopt(name: ViewName, panel: vscode.WebviewPanel): void {
    const { extension } = this.#context;
    this.#open.set(name, panel);
    panel.iconPath = {
      light: vscode.Uri.joinPath(extension, 'media', 'icon-light.svg'),
      dark: vscode.Uri.joinPath(extension, 'media', 'icon-dark.svg'),
    };
    const connection = hostView(panel.webview, name, viewTable[name].title, this.#context);
    this.#hosted.set(name, connection);
    panel.onDidDispose(() => {
      this.#open.delete(name);
      this.#hosted.delete(name);
      connection.dispose();
    });
  }
}

/**
 * Tabs of this type that an earlier window left behind others: they have no panel until somebody looks at them, and
 * cannot be shown from here, so a new tab takes their place.
 */
function dormantTabs(type: string): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(
      // VS Code puts a prefix of its own before the type.
      ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(`-${type}`),
    );
}
