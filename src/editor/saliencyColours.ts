import * as vscode from 'vscode';
import type { Coloured, Inspections } from '../inspections';
import { readSettings } from '../settings';
import { levelCount, saliencyLevels, shownMeasure } from './levels';
import { editorsOf, rangeIn } from './shownEditors';

/** The colours of one token as they are in the editor, for tests. */
export interface ColouredRange {
  /** −16 to 16; the sign says for or against the target. */
  readonly level: number;
  readonly range: vscode.Range;
}

/**
 * The background of every token by its saliency. A decoration type per step of colour and sign, so that their number is
 * bounded and the colours follow the theme.
 */
export class SaliencyColours implements vscode.Disposable {
  readonly #inspections: Inspections;
  readonly #subscriptions: vscode.Disposable[];
  #types = new Map<number, vscode.TextEditorDecorationType>();

  constructor(inspections: Inspections) {
    this.#inspections = inspections;
    this.#subscriptions = [
      inspections.onDidColour(() => this.#draw()),
      inspections.onDidChangeRanges(() => this.#draw()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#draw()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (!change.affectsConfiguration('headlight.saliency')) return;
        this.#forgetTypes();
        this.#draw();
      }),
    ];
  }

  /** What is coloured now, from the first token to the last. */
  get coloured(): readonly ColouredRange[] {
    const { coloured } = this.#inspections;
    const [editor] = coloured ? editorsOf(coloured) : [];
    return coloured && editor ? colouredRanges(coloured, editor.document) : [];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
    this.#forgetTypes();
  }

  #draw(): void {
    const { coloured } = this.#inspections;
    const editors = coloured ? editorsOf(coloured) : [];
    const byLevel = new Map<number, vscode.Range[]>();
    for (const { level, range } of this.coloured) byLevel.set(level, [...(byLevel.get(level) ?? []), range]);
    for (const level of byLevel.keys())
      if (!this.#types.has(level)) this.#types.set(level, decorationType(level));
    for (const editor of vscode.window.visibleTextEditors) {
      for (const [level, type] of this.#types) {
        editor.setDecorations(type, editors.includes(editor) ? (byLevel.get(level) ?? []) : []);
      }
    }
  }

  #forgetTypes(): void {
    for (const type of this.#types.values()) type.dispose();
    this.#types = new Map();
  }
}

function colouredRanges({ inspection, ranges }: Coloured, document: vscode.TextDocument): ColouredRange[] {
  const settings = readSettings();
  const measure = shownMeasure(inspection, settings.saliency);
  const scores = measure && inspection.saliency[measure];
  if (!scores || !settings.showSaliencyInEditor) return [];
  const coloured: ColouredRange[] = [];
  saliencyLevels(scores, ranges).forEach((level, token) => {
    const range = ranges.at(token);
    if (level !== 0 && range) coloured.push({ level, range: rangeIn(document, range) });
  });
  return coloured;
}

/** One step of colour. The theme's colour is mixed here, since an editor takes it only as a whole. */
function decorationType(level: number): vscode.TextEditorDecorationType {
  const name = level < 0 ? 'saliencyNegative' : 'saliency';
  const share = (100 * readSettings().saliencyOpacity * Math.abs(level)) / levelCount;
  return vscode.window.createTextEditorDecorationType({
    backgroundColor: `color-mix(in srgb, var(--vscode-headlight-${name}) ${share.toFixed(1)}%, transparent)`,
    borderRadius: '2px',
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    // Only what stands out is worth a mark beside the scroll bar.
    ...(Math.abs(level) === levelCount && {
      overviewRulerColor: new vscode.ThemeColor(`headlight.${name}`),
      overviewRulerLane: vscode.OverviewRulerLane.Right,
    }),
  });
}
