import * as vscode from 'vscode';
import { documentGone, openedDocument } from '../documents';
import type { Inspections } from '../inspections';
import type { LinkedSelection } from '../linkedSelection';
import { editorsOf, rangeIn } from './shownEditors';

/** Frames in the text: around the token that the mouse is over in a view, and around the selected one. */
export class TokenMarks implements vscode.Disposable {
  readonly #inspections: Inspections;
  readonly #selection: LinkedSelection;
  readonly #hovered = vscode.window.createTextEditorDecorationType({
    border: '1px solid',
    borderColor: new vscode.ThemeColor('headlight.hoveredToken'),
    borderRadius: '2px',
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    overviewRulerColor: new vscode.ThemeColor('headlight.hoveredToken'),
    overviewRulerLane: vscode.OverviewRulerLane.Center,
  });
  readonly #selected = vscode.window.createTextEditorDecorationType({
    borderStyle: 'solid',
    borderWidth: '0 0 2px 0',
    borderColor: new vscode.ThemeColor('headlight.selectedToken'),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  readonly #subscriptions: vscode.Disposable[];

  constructor(inspections: Inspections, selection: LinkedSelection) {
    this.#inspections = inspections;
    this.#selection = selection;
    this.#subscriptions = [
      selection.onDidChange(() => this.#draw()),
      inspections.onDidShow(() => this.#draw()),
      inspections.onDidChangeRanges(() => this.#draw()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#draw()),
    ];
  }

  /**
   * Shows a token in the editor, with the cursor before it.
   * @throws UserError where the document is gone
   */
  async reveal(token: number): Promise<void> {
    const shown = this.#inspections.shown;
    const place = shown?.ranges.at(token);
    if (!shown?.subject.uri || !place) return;
    const [open] = editorsOf(shown);
    const document = open?.document ?? (await openedDocument(vscode.Uri.parse(shown.subject.uri)));
    if (!document) throw documentGone();
    const range = rangeIn(document, place);
    const viewColumn = open?.viewColumn ?? vscode.ViewColumn.One;
    const editor = await vscode.window.showTextDocument(document, { viewColumn, preserveFocus: false });
    editor.selection = new vscode.Selection(range.start, range.start);
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  /** Ranges of the frames as they are now: of the hovered and of the selected token. For tests. */
  get marked(): { readonly hovered: readonly vscode.Range[]; readonly selected: readonly vscode.Range[] } {
    const { hoveredToken, token } = this.#selection.value;
    return { hovered: this.#rangesOf(hoveredToken), selected: this.#rangesOf(token) };
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#hovered, this.#selected).dispose();
  }

  #draw(): void {
    const shown = this.#inspections.shown;
    const editors = shown ? editorsOf(shown) : [];
    const { hovered, selected } = this.marked;
    for (const editor of vscode.window.visibleTextEditors) {
      const isShown = editors.includes(editor);
      editor.setDecorations(this.#hovered, isShown ? hovered : []);
      editor.setDecorations(this.#selected, isShown ? selected : []);
    }
  }

  #rangesOf(token: number | undefined): vscode.Range[] {
    const shown = this.#inspections.shown;
    const place = token === undefined ? undefined : shown?.ranges.at(token);
    const [editor] = shown ? editorsOf(shown) : [];
    return place && editor ? [rangeIn(editor.document, place)] : [];
  }
}
