import * as vscode from 'vscode';
import type { EngineClient } from '../engineClient';
import type { Inspections, Shown } from '../inspections';
import { percent, twoDigits } from '../protocol/numbers';
import type { Expectation } from '../protocol/token';
import { readSettings } from '../settings';
import { visible } from '../targetChoices';
import { escaped } from './markdown';

/** From so many bits on a token counts as surprising: the model gave it less than 1.6 %. */
const surprisingBits = 6;

/** Before tokens that a causal model did not expect: the one that it did. Off until the user wants it. */
export class ExpectedTokens implements vscode.InlayHintsProvider, vscode.Disposable {
  readonly #inspections: Inspections;
  readonly #engine: EngineClient;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[];
  /** Of the inspection that was asked about last. */
  #asked?: { readonly key: string; readonly answer: Promise<readonly Expectation[]> };

  readonly onDidChangeInlayHints = this.#changed.event;

  constructor(inspections: Inspections, engine: EngineClient) {
    this.#inspections = inspections;
    this.#engine = engine;
    this.#subscriptions = [
      inspections.onDidShow(() => this.#changed.fire()),
      inspections.onDidChangeRanges(() => this.#changed.fire()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('headlight.inlayHints')) this.#changed.fire();
      }),
      vscode.languages.registerInlayHintsProvider('*', this),
    ];
  }

  async provideInlayHints(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.InlayHint[]> {
    const { inlayHints } = readSettings();
    const shown = this.#inspections.shown;
    if (inlayHints === 'off' || shown?.subject.uri !== document.uri.toString()) return [];
    if (shown.inspection.model.task !== 'causal-lm') return [];
    const expectations = await this.#expectations(shown, inlayHints === 'all' ? 0 : surprisingBits);
    return expectations.flatMap((expectation) => {
      const place = shown.ranges.at(expectation.token);
      const position = place && document.positionAt(place[0]);
      return position && range.contains(position) ? [hint(position, expectation)] : [];
    });
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#changed).dispose();
  }

  async #expectations({ inspection }: Shown, leastBits: number): Promise<readonly Expectation[]> {
    const key = `${inspection.id} ${leastBits}`;
    if (this.#asked?.key !== key) {
      const request = { inspection: inspection.id, leastBits };
      this.#asked = { key, answer: this.#engine.ask((engine) => engine.expectations, request) };
    }
    try {
      return await this.#asked.answer;
    } catch {
      this.#asked = undefined;
      return [];
    }
  }
}

function hint(position: vscode.Position, expectation: Expectation): vscode.InlayHint {
  const { expected, probability, surprisal } = expectation;
  const shown = new vscode.InlayHint(position, expected.trim() || visible(expected));
  shown.paddingLeft = true;
  shown.paddingRight = true;
  shown.tooltip = new vscode.MarkdownString(
    `The model expected “${escaped(visible(expected))}” here, with ${percent(probability)}. What stands here is a surprise of ${twoDigits(surprisal)} bits.`,
  );
  return shown;
}
