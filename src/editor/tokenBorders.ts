import * as vscode from 'vscode';
import type { Inspections } from '../inspections';
import { readSettings } from '../settings';
import { editorsOf, rangeIn } from './shownEditors';

/** A fine line where each token begins, where the setting asks for it. */
export class TokenBorders implements vscode.Disposable {
  readonly #inspections: Inspections;
  readonly #border = vscode.window.createTextEditorDecorationType({
    borderStyle: 'solid',
    borderWidth: '0 0 0 1px',
    borderColor: new vscode.ThemeColor('headlight.tokenBorder'),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  readonly #subscriptions: vscode.Disposable[];

  constructor(inspections: Inspections) {
    this.#inspections = inspections;
    this.#subscriptions = [
      inspections.onDidShow(() => this.#draw()),
      inspections.onDidChangeRanges(() => this.#draw()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#draw()),
      vscode.workspace.onDidChangeConfiguration(
        (change) => change.affectsConfiguration('headlight.tokens') && this.#draw(),
      ),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#border).dispose();
  }

  #draw(): void {
    const shown = readSettings().tokenBorders ? this.#inspections.shown : undefined;
    const editors = shown ? editorsOf(shown) : [];
    for (const editor of vscode.window.visibleTextEditors) {
      const ranges: vscode.Range[] = [];
      for (let token = 0; shown && editors.includes(editor) && token < shown.ranges.length; token++) {
        const range = shown.ranges.at(token);
        if (range && range[1] > range[0]) ranges.push(rangeIn(editor.document, range));
      }
      editor.setDecorations(this.#border, ranges);
    }
  }
}
