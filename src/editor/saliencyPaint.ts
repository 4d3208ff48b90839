import * as vscode from 'vscode';
import { readSettings } from '../settings';
import { barPicture, barSteps, plainColour, type ThemeKind } from './gutterBars';
import { levelCount } from './levels';

/** How units of text are painted: behind them, or as a bar beside their lines. */
export type PaintForm =
  | { readonly kind: 'background' }
  | { readonly kind: 'bar'; readonly isJoined: boolean; readonly isSigned: boolean };

/** A stretch of text and its step of colour, −16 to 16. */
export interface Painted extends vscode.DecorationOptions {
  readonly step: number;
}

/**
 * Decorations for saliency: a type per form, step of colour and sign, made when first needed, so that their number is bounded and the colours
 * follow the theme.
 */
export class SaliencyPaint implements vscode.Disposable {
  #types = new Map<string, vscode.TextEditorDecorationType>();
  #marks = new Map<number, vscode.TextEditorDecorationType>();
  /** What each editor was told last, as text, by type; a state of a text that was written in since is another one. */
  #told = new WeakMap<vscode.TextEditor, Map<vscode.TextEditorDecorationType, string>>();

  /** Paints an editor; colours that it has already are not sent again, which would have it render for nothing. */
  draw(editor: vscode.TextEditor, form: PaintForm, painted: readonly Painted[]): void {
    const byType = new Map<vscode.TextEditorDecorationType, Painted[]>();
    for (const one of painted) {
      const type = this.#typeOf(form, one.step);
      const list = byType.get(type);
      if (list) list.push(one);
      else byType.set(type, [one]);
    }
    for (const type of this.#types.values()) this.#tell(editor, type, byType.get(type) ?? []);
  }

  /** Marks beside the scroll bar. */
  mark(editor: vscode.TextEditor, marked: readonly Painted[]): void {
    for (const sign of [1, -1]) {
      const ofSign = marked.filter(({ step }) => Math.sign(step) === sign);
      if (ofSign.length > 0 || this.#marks.has(sign)) this.#tell(editor, this.#markOf(sign), ofSign);
    }
  }

  clear(editor: vscode.TextEditor): void {
    for (const type of [...this.#types.values(), ...this.#marks.values()]) this.#tell(editor, type, []);
  }

  /** Takes everything away; colours are read again. */
  forget(): void {
    for (const type of [...this.#types.values(), ...this.#marks.values()]) type.dispose();
    this.#types = new Map();
    this.#marks = new Map();
    this.#told = new WeakMap();
  }

  dispose(): void {
    this.forget();
  }

  #tell(
    editor: vscode.TextEditor,
    type: vscode.TextEditorDecorationType,
    painted: readonly vscode.DecorationOptions[],
  ): void {
    const told = this.#told.get(editor) ?? new Map<vscode.TextEditorDecorationType, string>();
    this.#told.set(editor, told);
    const places = painted.map(({ range: { start, end }, hoverMessage }) => [
      start.line,
      start.character,
      end.line,
      end.character,
      textOf(hoverMessage),
    ]);
    // Nothing stays nothing, whatever is written.
    const state = places.length === 0 ? '' : JSON.stringify([editor.document.version, places]);
    if ((told.get(type) ?? '') === state) return;
    told.set(type, state);
    editor.setDecorations(type, painted);
  }

  #typeOf(form: PaintForm, step: number): vscode.TextEditorDecorationType {
    const key = form.kind === 'bar' ? `bar ${form.isJoined} ${form.isSigned} ${barStep(step)}` : `${step}`;
    const known = this.#types.get(key);
    if (known) return known;
    const type = form.kind === 'bar' ? barType(form, barStep(step)) : backgroundType(step);
    this.#types.set(key, type);
    return type;
  }

  #markOf(sign: number): vscode.TextEditorDecorationType {
    const known = this.#marks.get(sign);
    if (known) return known;
    const type = vscode.window.createTextEditorDecorationType({
      overviewRulerColor: new vscode.ThemeColor(`headlight.${sign < 0 ? 'saliencyNegative' : 'saliency'}`),
      overviewRulerLane: vscode.OverviewRulerLane.Right,
    });
    this.#marks.set(sign, type);
    return type;
  }
}

function textOf(hover: vscode.DecorationOptions['hoverMessage']): unknown {
  return hover instanceof vscode.MarkdownString ? hover.value : hover;
}

/** −10 to 10, never 0. */
function barStep(step: number): number {
  return Math.sign(step) * Math.max(1, Math.round((barSteps * Math.abs(step)) / levelCount));
}

/** One step of colour. The theme's colour is mixed here, since an editor takes it only as a whole. */
function backgroundType(step: number): vscode.TextEditorDecorationType {
  const name = step < 0 ? 'saliencyNegative' : 'saliency';
  const share = (100 * readSettings().saliencyOpacity * Math.abs(step)) / levelCount;
  return vscode.window.createTextEditorDecorationType({
    backgroundColor: `color-mix(in srgb, var(--vscode-headlight-${name}) ${share.toFixed(1)}%, transparent)`,
    borderRadius: '2px',
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}

function barType(
  { isJoined, isSigned }: Extract<PaintForm, { kind: 'bar' }>,
  step: number,
): vscode.TextEditorDecorationType {
  const chosen = vscode.workspace
    .getConfiguration('workbench')
    .get<Record<string, unknown>>('colorCustomizations');
  const own = {
    positive: plainColour(chosen?.['headlight.saliency']),
    negative: plainColour(chosen?.['headlight.saliencyNegative']),
  };
  const picture = (theme: ThemeKind) => ({
    gutterIconPath: vscode.Uri.parse(
      `data:image/svg+xml;base64,${Buffer.from(barPicture({ step, isSigned, isJoined, theme, own })).toString('base64')}`,
    ),
  });
  return vscode.window.createTextEditorDecorationType({
    gutterIconSize: '100% 100%',
    dark: picture('dark'),
    light: picture('light'),
  });
}
