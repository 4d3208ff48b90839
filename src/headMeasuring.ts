import * as vscode from 'vscode';
import type { EngineClient } from './engineClient';
import { report } from './failures';
import type { Inspections } from './inspections';
import type { Progress } from './protocol/engine';
import type { FurtherHeadMeasureName, HeadMeasurement } from './protocol/inspection';
import { toFailure } from './protocol/rpc';
import { readSettings } from './settings';

/** What was measured of an inspection that is shown. */
export interface Measured {
  readonly inspection: string;
  readonly measurement: HeadMeasurement;
}

/**
 * Measures the heads of the inspection shown, where a view asks for measures that need further runs of the model. The next inspection goes
 * first: it ends what is being measured, and the views ask again for what they still want.
 */
export class HeadMeasuring implements vscode.Disposable {
  readonly #engine: EngineClient;
  readonly #inspections: Inspections;
  readonly #log: vscode.LogOutputChannel;
  readonly #progressed = new vscode.EventEmitter<Progress | undefined>();
  readonly #measured = new vscode.EventEmitter<Measured>();
  readonly #listener: vscode.Disposable;
  #waiting = new Set<FurtherHeadMeasureName>();
  #run?: { readonly names: readonly FurtherHeadMeasureName[]; readonly abort: AbortController };
  #progress?: Progress;

  /** Something is being measured; undefined: nothing any more. */
  readonly onDidProgress = this.#progressed.event;
  readonly onDidMeasure = this.#measured.event;

  constructor(engine: EngineClient, inspections: Inspections, log: vscode.LogOutputChannel) {
    this.#engine = engine;
    this.#inspections = inspections;
    this.#log = log;
    this.#listener = inspections.onDidBegin(() => this.stop());
  }

  get progress(): Progress | undefined {
    return this.#progress;
  }

  /** Measures what is not measured yet, one request after the other. Never rejects: failures are told. */
  async measure(names: readonly FurtherHeadMeasureName[]): Promise<void> {
    for (const name of names) if (!this.#run?.names.includes(name)) this.#waiting.add(name);
    while (!this.#run && this.#waiting.size > 0) await this.#next();
  }

  /** Gives up what is being measured. */
  stop(): void {
    this.#waiting.clear();
    this.#run?.abort.abort();
    this.#run = undefined;
    if (this.#progress) this.#tell(undefined);
  }

  dispose(): void {
    this.stop();
    vscode.Disposable.from(this.#listener, this.#progressed, this.#measured).dispose();
  }

  async #next(): Promise<void> {
    const inspection = this.#inspections.shown?.inspection;
    const names = [...this.#waiting].filter(
      (name) => !inspection?.blocks.some(({ measures }) => measures[name]),
    );
    this.#waiting = new Set();
    if (!inspection || names.length === 0) return;
    const run = { names, abort: new AbortController() };
    this.#run = run;
    try {
      this.#tell({ message: 'Measuring heads' });
      const measurement = await this.#engine.ask(
        (engine) => engine.measureHeads,
        { inspection: inspection.id, names, shapley: { seconds: readSettings().shapleySeconds } },
        { signal: run.abort.signal, progress: (step) => this.#run === run && this.#tell(step) },
      );
      if (this.#inspections.addMeasurement(inspection.id, measurement))
        this.#measured.fire({ inspection: inspection.id, measurement });
    } catch (error) {
      report(toFailure(error), this.#log);
    } finally {
      if (this.#run === run) {
        this.#run = undefined;
        this.#tell(undefined);
      }
    }
  }

  #tell(progress: Progress | undefined): void {
    this.#progress = progress;
    this.#progressed.fire(progress);
  }
}
