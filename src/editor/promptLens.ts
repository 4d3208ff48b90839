import { LRUCache } from 'lru-cache';
import * as vscode from 'vscode';
import type { EngineClient } from '../engineClient';
import type { Inspections } from '../inspections';
import type { ChosenModel } from '../models/chosenModel';
import { twoDigits } from '../protocol/numbers';
import type { PromptCost } from '../protocol/token';
import { readSettings } from '../settings';
import type { Range } from './literals';
import { promptLiterals } from './promptLiterals';
import { rangeIn } from './shownEditors';

/** Documents that are longer have no lenses: generated code, and lines that nobody reads. */
const longestDocument = 400_000;
/** Costs that are remembered, by model and text. */
const costsKept = 500;
/** Lenses of one document: a table of strings is no collection of prompts. */
const mostLenses = 200;

/** A lens over a prompt; what it says is found out when it comes into sight. */
class PromptLens extends vscode.CodeLens {
  constructor(
    range: vscode.Range,
    readonly uri: vscode.Uri,
    readonly inside: Range,
    readonly text: string,
  ) {
    super(range);
  }
}

/**
 * “Inspect prompt” over string literals that look like prompts, with what the prompt costs. The numbers come once the
 * engine runs for something that the user asked for: opening a file must not load a model.
 */
export class PromptLenses implements vscode.CodeLensProvider<PromptLens>, vscode.Disposable {
  readonly #engine: EngineClient;
  readonly #model: ChosenModel;
  readonly #costs = new LRUCache<string, Promise<PromptCost>>({ max: costsKept });
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[];
  #registration?: vscode.Disposable;
  #engineRuns = false;

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(engine: EngineClient, model: ChosenModel, inspections: Inspections) {
    this.#engine = engine;
    this.#model = model;
    this.#register();
    this.#subscriptions = [
      model.onDidChange(() => this.#changed.fire()),
      inspections.onDidShow((shown) => {
        if (!shown || this.#engineRuns) return;
        this.#engineRuns = true;
        this.#changed.fire();
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('headlight.codeLens')) this.#register();
      }),
    ];
  }

  provideCodeLenses(document: vscode.TextDocument): PromptLens[] {
    const { codeLens } = readSettings();
    const text = document.getText();
    if (text.length > longestDocument) return [];
    return promptLiterals(text, document.languageId, codeLens)
      .slice(0, mostLenses)
      .map((inside) => {
        const { start } = rangeIn(document, inside);
        return new PromptLens(new vscode.Range(start, start), document.uri, inside, text.slice(...inside));
      });
  }

  async resolveCodeLens(lens: PromptLens): Promise<PromptLens> {
    const cost = this.#engineRuns ? await this.#cost(lens.text) : undefined;
    lens.command = {
      title: ['Inspect prompt', ...(cost ? costWords(cost) : [])].join(' · '),
      tooltip: cost ? `Counted by ${cost.model}` : 'Tokens are counted from the first inspection on',
      command: 'headlight.inspectPrompt',
      arguments: [{ uri: lens.uri.toString(), range: lens.inside }],
    };
    return lens;
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#changed).dispose();
    this.#registration?.dispose();
  }

  #register(): void {
    this.#registration?.dispose();
    const { languages } = readSettings().codeLens;
    this.#registration =
      languages.length === 0
        ? undefined
        : vscode.languages.registerCodeLensProvider(
            languages.map((language) => ({ language })),
            this,
          );
  }

  /** Undefined where it cannot be found out: the lens says less then, and the inspection will say why. */
  async #cost(text: string): Promise<PromptCost | undefined> {
    const model = this.#model.reference;
    const key = `${model}\n${text}`;
    const known = this.#costs.get(key) ?? this.#engine.promptCost({ model, text });
    this.#costs.set(key, known);
    try {
      return await known;
    } catch {
      this.#costs.delete(key);
      return undefined;
    }
  }
}

/** `132 tokens`, `3.1 bits/token`; what does not fit says so. */
export function costWords({ tokens, contextLength, bitsPerToken }: PromptCost): string[] {
  if (tokens === 0) return [];
  const count = `${tokens.toLocaleString('en')} ${tokens === 1 ? 'token' : 'tokens'}`;
  const room =
    contextLength > 0 && tokens > contextLength ? ` (${contextLength.toLocaleString('en')} fit)` : '';
  return [count + room, ...(bitsPerToken === undefined ? [] : [`${twoDigits(bitsPerToken)} bits/token`])];
}
