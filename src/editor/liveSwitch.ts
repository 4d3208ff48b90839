import * as vscode from 'vscode';
import type { Inspections } from '../inspections';

/** Says in the status bar whether the text of the editor in front is inspected at every keystroke, and switches it. */
export class LiveSwitch implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('headlight.live', vscode.StatusBarAlignment.Right, 89);
  readonly #inspections: Inspections;
  readonly #subscriptions: vscode.Disposable[];

  constructor(inspections: Inspections) {
    this.#inspections = inspections;
    this.#item.name = 'Headlight Live';
    this.#item.command = 'headlight.toggleLive';
    this.#subscriptions = [
      inspections.onDidShow(() => this.#draw()),
      inspections.onDidSetLive(() => this.#draw()),
      vscode.window.onDidChangeActiveTextEditor(() => this.#draw()),
    ];
  }

  /** What it says, for tests; undefined where it is hidden. */
  get text(): string | undefined {
    return this.#isOn === undefined ? undefined : this.#item.text;
  }

  dispose(): void {
    vscode.Disposable.from(this.#item, ...this.#subscriptions).dispose();
  }

  /**
   * Undefined where there is nothing to switch: attention from a file is of no text that could be written in. Without an editor in front (a view
   * has the focus) the inspected text counts.
   */
  get #isOn(): boolean | undefined {
    const { shown, live } = this.#inspections;
    if (!shown || shown.inspection.attentionFile !== undefined) return undefined;
    const inFront = vscode.window.activeTextEditor?.document.uri.toString();
    return live && (inFront === undefined || inFront === shown.subject.uri);
  }

  #draw(): void {
    const isOn = this.#isOn;
    if (isOn === undefined) return this.#item.hide();
    this.#item.text = isOn ? '$(record) Live' : '$(circle-large-outline) Live';
    this.#item.tooltip = isOn
      ? 'Headlight inspects this text at every keystroke. Click to stop.'
      : 'Click, and Headlight inspects this text at every keystroke.';
    this.#item.accessibilityInformation = {
      label: `Headlight inspects at every keystroke: ${isOn ? 'on' : 'off'}`,
      role: 'button',
    };
    this.#item.show();
  }
}
