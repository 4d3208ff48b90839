import * as vscode from 'vscode';
import type { Coloured, Inspections } from '../inspections';
import type { SaliencyName, Target } from '../protocol/inspection';
import type { TextLevel } from '../protocol/textLevel';
import { readSettings } from '../settings';
import { levelCount, levelsOf, shownMeasure } from './levels';
import { SaliencyPaint, type PaintForm } from './saliencyPaint';
import { editorsOf, rangeIn } from './shownEditors';
import { needsWords, scoredRanges, type ScoredRange, type WordsOfUnits } from './textUnits';
import { unitDescription } from './unitDescription';

/** The colours of one unit of the text as they are in the editor, for tests. */
export interface ColouredRange {
  /** −16 to 16; the sign says for or against the target. */
  readonly level: number;
  readonly range: vscode.Range;
}

/** The units of the text with their scores and steps of colour. */
interface ScoredText {
  readonly measure: SaliencyName;
  readonly level: TextLevel;
  readonly target: Pick<Target, 'label'> | undefined;
  /** Of the document, when its units were where they are. */
  readonly version: number;
  readonly units: readonly (ScoredRange & { readonly step: number })[];
}

/** Lines above and below what is seen that are painted as well, so that scrolling shows no bare text. */
const linesAround = 100;

/**
 * The saliency of the text in the editor: the background of every token, word or sentence, or a bar beside every line or paragraph, as the
 * setting says. Only what is seen is painted, and what stands out gets a mark beside the scroll bar.
 */
export class SaliencyColours implements vscode.Disposable {
  readonly #inspections: Inspections;
  readonly #subscriptions: vscode.Disposable[];
  readonly #paint = new SaliencyPaint();
  #scored?: ScoredText;

  constructor(inspections: Inspections) {
    this.#inspections = inspections;
    this.#subscriptions = [
      inspections.onDidColour(() => this.#score()),
      // While a text is followed, VS Code moves its colours until the next ones come, which is soon.
      inspections.onDidChangeRanges(() => inspections.live || this.#score()),
      inspections.onDidFail(() => this.#score()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#score()),
      vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => this.#draw(textEditor)),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('editor.glyphMargin')) this.#score();
        if (!change.affectsConfiguration('headlight.saliency') && !change.affectsConfiguration(customColours))
          return;
        this.#paint.forget();
        this.#score();
      }),
    ];
  }

  /** What is coloured now, from the first unit to the last. */
  get coloured(): readonly ColouredRange[] {
    const [editor] = this.#editors;
    const scored = this.#scoredText();
    if (!editor || !scored) return [];
    return scored.units
      .filter(({ step }) => step !== 0)
      .map(({ step, range }) => ({ level: step, range: rangeIn(editor.document, range) }));
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#paint).dispose();
  }

  get #coloured(): Coloured | undefined {
    const { coloured, shown } = this.#inspections;
    // Of a run under way the words are not known yet.
    return needsWords(readSettings().saliencyLevel) ? shown : coloured;
  }

  get #editors(): readonly vscode.TextEditor[] {
    const coloured = this.#coloured;
    return coloured ? editorsOf(coloured) : [];
  }

  #score(): void {
    this.#scored = this.#scoredText();
    for (const editor of vscode.window.visibleTextEditors) this.#draw(editor);
  }

  #scoredText(): ScoredText | undefined {
    const coloured = this.#coloured;
    const [editor] = this.#editors;
    const settings = readSettings();
    const measure = coloured && shownMeasure(coloured.inspection, settings.saliency);
    const scores = measure && coloured.inspection.saliency[measure];
    if (!editor || !scores || !settings.showSaliencyInEditor) return undefined;
    const { ranges, inspection } = coloured;
    const text = editor.document.getText(rangeIn(editor.document, ranges.whole));
    const words = hasWords(inspection) ? inspection : undefined;
    const level = settings.saliencyLevel;
    const units = scoredRanges(measure, scores, level, ranges, text, words);
    const steps = levelsOf(units.map(({ score }) => score));
    return {
      measure,
      level,
      target: inspection.target,
      version: editor.document.version,
      units: units.map((unit, i) => ({ ...unit, step: steps[i] })),
    };
  }

  #draw(editor: vscode.TextEditor): void {
    if (this.#scored && this.#scored.version !== this.#editors[0]?.document.version)
      this.#scored = this.#scoredText();
    const scored = this.#editors.includes(editor) ? this.#scored : undefined;
    if (!scored) return this.#paint.clear(editor);
    const { document } = editor;
    const [from, to] = seenPart(editor);
    const form = formOf(scored, hasMargin(document));
    const seen = scored.units.filter(({ step, range }) => step !== 0 && range[1] >= from && range[0] <= to);
    this.#paint.draw(
      editor,
      form,
      seen.map((unit) => ({
        step: unit.step,
        range: rangeIn(document, unit.range),
        hoverMessage: hoverOf(unit, scored),
      })),
    );
    const outstanding = form.kind === 'bar' ? levelCount / 2 : levelCount;
    const marked = scored.units.filter(({ step }) => Math.abs(step) >= outstanding);
    this.#paint.mark(
      editor,
      marked.map(({ step, range }) => ({ step, range: rangeIn(document, range) })),
    );
  }
}

/** Whether it is a whole inspection, and not the first scores of the next one. */
function hasWords(inspection: object): inspection is WordsOfUnits {
  return 'tokens' in inspection && 'words' in inspection;
}

const customColours = 'workbench.colorCustomizations';

function formOf({ level, units }: ScoredText, canHaveBars: boolean): PaintForm {
  if (!canHaveBars || (level !== 'line' && level !== 'paragraph')) return { kind: 'background' };
  return { kind: 'bar', isJoined: level === 'paragraph', isSigned: units.some(({ score }) => score < 0) };
}

/** Bars stand in the glyph margin; where the user has none, lines and paragraphs have backgrounds as the other levels do. */
function hasMargin(document: vscode.TextDocument): boolean {
  return vscode.workspace.getConfiguration('editor', document).get('glyphMargin', true);
}

/** Tokens have a hover of their own. */
function hoverOf(unit: ScoredRange, { units, level, measure, target }: ScoredText) {
  if (level === 'token') return undefined;
  const markdown = new vscode.MarkdownString(unitDescription(unit, units, level, measure, target));
  markdown.isTrusted = false;
  markdown.supportHtml = false;
  return markdown;
}

/** Offsets between which an editor is painted. */
function seenPart({ document, visibleRanges }: vscode.TextEditor): [number, number] {
  const first = Math.min(...visibleRanges.map(({ start }) => start.line));
  const last = Math.max(...visibleRanges.map(({ end }) => end.line));
  if (visibleRanges.length === 0) return [0, Infinity];
  return [
    document.offsetAt(new vscode.Position(Math.max(0, first - linesAround), 0)),
    document.offsetAt(new vscode.Position(last + linesAround, 0)),
  ];
}
