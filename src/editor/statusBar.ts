import { isOutcome } from '../protocol/inspection';
import * as vscode from 'vscode';
import type { Inspections, Shown } from '../inspections';
import { modelName } from '../models/chosenModel';
import type { ChosenModel } from '../models/chosenModel';
import { interventionsInWords } from '../protocol/edits';
import { probability, twoDigits } from '../protocol/numbers';
import { readSettings } from '../settings';
import { isSigned, shownMeasure } from './levels';
import { escaped } from './markdown';

const commands = ['chooseModel', 'chooseTarget', 'chooseSaliency', 'chooseLevel', 'clear', 'showLog'].map(
  (name) => `headlight.${name}`,
);

/** Letters of a target that fit into the status bar. */
const lettersShown = 40;

/** Model and target of the inspection, with the legend of the colours in its tooltip. */
export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('headlight.status', vscode.StatusBarAlignment.Right, 90);
  readonly #inspections: Inspections;
  readonly #model: ChosenModel;
  readonly #subscriptions: vscode.Disposable[];

  constructor(inspections: Inspections, model: ChosenModel) {
    this.#inspections = inspections;
    this.#model = model;
    this.#item.name = 'Headlight';
    this.#subscriptions = [
      inspections.onDidShow(() => this.#draw()),
      inspections.onDidProgress(() => this.#draw()),
      inspections.onDidFail(() => this.#draw()),
      vscode.workspace.onDidChangeConfiguration(
        (change) => change.affectsConfiguration('headlight') && this.#draw(),
      ),
    ];
  }

  /** What it says, for tests. */
  get text(): string {
    return this.#item.text;
  }

  dispose(): void {
    vscode.Disposable.from(this.#item, ...this.#subscriptions).dispose();
  }

  #draw(): void {
    const { shown, progress, failure } = this.#inspections;
    if (!shown && !progress && !failure) return this.#item.hide();
    const model = shown?.inspection.model.name ?? modelName(this.#model.reference);
    const icon = progress ? '$(loading~spin)' : failure ? '$(warning)' : '$(eye)';
    const said = [`${icon} ${model}`, shown && targetOf(shown)].filter(Boolean).join(': ');
    this.#item.text = [said, shown && interventionsOf(shown)].filter(Boolean).join(' · ');
    this.#item.command = shown ? 'headlight.chooseTarget' : 'headlight.chooseModel';
    this.#item.accessibilityInformation = {
      label: `Headlight: ${this.#item.text.replace(/\$\([^)]*\) /, '')}`,
    };
    this.#item.tooltip = tooltip(shown, failure);
    this.#item.show();
  }
}

function targetOf({ inspection: { target } }: Shown): string {
  if (!target) return '';
  const label = oneLine(target.label);
  if (target.contrast) return `${label} rather than ${oneLine(target.contrast.label)}`;
  return isOutcome(target.kind)
    ? `${label} ${probability(target.probability)}`
    : `${label} ${twoDigits(target.value)}`;
}

function interventionsOf({ inspection: { ablated = [], edits = [] } }: Shown): string {
  return interventionsInWords(ablated.length, edits.length);
}

/** Tokens are often white space, which nobody sees. */
function oneLine(label: string): string {
  if (label.trim() === '') return JSON.stringify(label);
  const letters = Array.from(label.trim().replace(/\s+/g, ' '));
  return letters.length > lettersShown ? `${letters.slice(0, lettersShown - 1).join('')}…` : letters.join('');
}

function tooltip(shown: Shown | undefined, failure: string | undefined): vscode.MarkdownString {
  const parts: string[] = [];
  if (failure) parts.push(`$(warning) ${escaped(failure)}`);
  if (shown) parts.push(legend(shown), ...shown.inspection.notes.map((note) => `$(info) ${escaped(note)}`));
  parts.push(
    '[Model](command:headlight.chooseModel) · [Target](command:headlight.chooseTarget) · ' +
      '[Measure](command:headlight.chooseSaliency) · [Level](command:headlight.chooseLevel) · [Clear](command:headlight.clear) · [Log](command:headlight.showLog)',
  );
  const markdown = new vscode.MarkdownString(parts.join('\n\n'), true);
  markdown.isTrusted = { enabledCommands: commands };
  return markdown;
}

function legend({ inspection }: Shown): string {
  const { saliency, saliencyLevel, showSaliencyInEditor } = readSettings();
  const measure = shownMeasure(inspection, saliency);
  if (!measure || !showSaliencyInEditor) return 'Saliency is not shown in the editor.';
  const target = inspection.target ? `“${escaped(inspection.target.label)}”` : 'what is explained';
  const missing = measure === saliency ? '' : ` (${saliency} is not known of this model)`;
  const meaning = isSigned(measure)
    ? `The first colour speaks for ${target}, the other one against it`
    : `The stronger the colour, the more a ${saliencyLevel} matters for ${target}`;
  const by = saliencyLevel === 'token' ? '' : ` by ${saliencyLevel}`;
  return `**${measure}**${by}${missing}: ${meaning}; full colour is the largest score in the text.`;
}
