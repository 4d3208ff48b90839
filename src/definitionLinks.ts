import * as vscode from 'vscode';
import { askDefinitions } from './editor/definitions';
import type { EngineClient } from './engineClient';
import type { Inspections, Shown } from './inspections';
import { toFailure } from './protocol/rpc';
import { documentOf, textIn } from './subject';

/**
 * Asks language servers where the names in inspected code are defined, once the picture is there, and has heads compared
 * with that too.
 */
export class DefinitionLinks implements vscode.Disposable {
  readonly #inspections: Inspections;
  readonly #engine: EngineClient;
  readonly #log: vscode.LogOutputChannel;
  readonly #listener: vscode.Disposable;
  #abort?: AbortController;
  #inspection?: string;
  #work: Promise<void> = Promise.resolve();

  constructor(inspections: Inspections, engine: EngineClient, log: vscode.LogOutputChannel) {
    this.#inspections = inspections;
    this.#engine = engine;
    this.#log = log;
    this.#listener = inspections.onDidShow((shown) => this.#follow(shown));
  }

  /** Settles when all that is to be known of the inspection shown is known. */
  get settled(): Promise<void> {
    return this.#work;
  }

  dispose(): void {
    this.#abort?.abort();
    this.#listener.dispose();
  }

  #follow(shown: Shown | undefined): void {
    // The same inspection is shown again with more that is known of it.
    if (shown && shown.inspection.id === this.#inspection) return;
    this.#abort?.abort();
    this.#inspection = shown?.inspection.id;
    const abort = new AbortController();
    this.#abort = abort;
    this.#work = shown ? this.#relate(shown, abort.signal) : Promise.resolve();
  }

  async #relate(shown: Shown, signal: AbortSignal): Promise<void> {
    const { inspection, subject, asked } = shown;
    const code = 'inspect' in asked ? asked.inspect.code : undefined;
    const document = documentOf(subject);
    const { relations, words, start } = inspection;
    if (relations?.source !== 'code' || !relations.names || !code || !document) return;
    if (textIn(document, subject.range) !== subject.text) return;
    const first = subject.range[0] + start;
    const places = Array.from(relations.names, (word) => words.offsets[2 * word] + first);
    try {
      const found = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Window, title: 'Headlight: asking where names are defined' },
        () => askDefinitions(document, places, signal),
      );
      if (!found || signal.aborted) return;
      const from = subject.range[0] - (code.start ?? 0);
      const definitions = {
        uses: found.uses.map((place) => place - from),
        definitions: found.definitions.map((place) => place - from),
      };
      const related = await this.#engine.ask(
        (engine) => engine.relate,
        { inspection: inspection.id, definitions },
        { signal },
      );
      if (!signal.aborted) this.#inspections.relate(inspection.id, related);
    } catch (error) {
      const failure = toFailure(error);
      if (failure.kind !== 'cancelled') this.#log.warn(`Definitions: ${failure.message}`);
    }
  }
}
