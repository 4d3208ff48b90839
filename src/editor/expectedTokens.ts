import * as vscode from 'vscode';
import type { EngineClient } from '../engineClient';
import type { Inspections, Shown } from '../inspections';
import { probability, twoDigits } from '../protocol/numbers';
import type { Expectation } from '../protocol/token';
import { readSettings } from '../settings';
import { visible } from '../targetChoices';
import { escaped } from './markdown';

/** From so many bits on a token counts as surprising: the model gave it less than 1.6 %. */
const surprisingBits = 6;

/** What an inspection was asked, and its answer. */
interface Asked {
  readonly key: string;
  readonly abort: AbortController;
  readonly answer: Promise<readonly Expectation[]>;
}

/** Before tokens that a causal model did not expect: the one that it did. Off until the user wants it. */
export class ExpectedTokens implements vscode.InlayHintsProvider, vscode.Disposable {
  readonly #inspections: Inspections;
  readonly #engine: EngineClient;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[];
  /** Of the inspection that was asked about last. */
  #asked?: Asked;

  readonly onDidChangeInlayHints = this.#changed.event;

  constructor(inspections: Inspections, engine: EngineClient) {
    this.#inspections = inspections;
    this.#engine = engine;
    this.#subscriptions = [
      // The next inspection must not wait for what is about the last one.
      inspections.onDidBegin(() => this.#asked?.abort.abort()),
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
    this.#asked?.abort.abort();
    vscode.Disposable.from(...this.#subscriptions, this.#changed).dispose();
  }

  async #expectations({ inspection }: Shown, leastBits: number): Promise<readonly Expectation[]> {
    const key = `${inspection.id} ${leastBits}`;
    const asked = this.#asked?.key === key ? this.#asked : this.#ask(key, inspection.id, leastBits);
    try {
      return await asked.answer;
    } catch {
      if (this.#asked === asked) this.#asked = undefined;
      return [];
    }
  }

  #ask(key: string, inspection: string, leastBits: number): Asked {
    this.#asked?.abort.abort();
    const abort = new AbortController();
    const request = { inspection, leastBits };
    const options = { signal: abort.signal };
    const answer = this.#engine.ask((engine) => engine.expectations, request, options);
    this.#asked = { key, abort, answer };
    return this.#asked;
  }
}

function hint(position: vscode.Position, expectation: Expectation): vscode.InlayHint {
  const { expected, surprisal } = expectation;
  const shown = new vscode.InlayHint(position, expected.trim() || visible(expected));
  shown.paddingLeft = true;
  shown.paddingRight = true;
  shown.tooltip = new vscode.MarkdownString(
    `The model expected “${escaped(visible(expected))}” here, with ${probability(expectation.probability)}. What stands here is a surprise of ${twoDigits(surprisal)} bits.`,
  );
  return shown;
}
