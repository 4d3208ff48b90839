import type { EngineClient } from './engineClient';
import type { DataSetRequest, OpenedDataSet } from './protocol/dataSet';
import type { DataSetState } from './protocol/dataSetView';
import type { EngineFailure, Progress } from './protocol/engine';
import { toFailure } from './protocol/rpc';

/** A model's way through the texts of a data set: opened, run, paused, continued. */
export class DataSetRun {
  readonly request: DataSetRequest;
  readonly #engine: EngineClient;
  readonly #changed: () => void;
  readonly #permit: () => void;
  #abort?: AbortController;
  #isClosed = false;
  opened?: OpenedDataSet;
  activity: DataSetState['activity'] = 'opening';
  progress?: Progress;
  failure?: EngineFailure;
  /** Rows that were run. */
  done = 0;

  /**
   * @param changed is called after every change; often while it runs
   * @param permit throws where the model may not be run
   */
  constructor(engine: EngineClient, request: DataSetRequest, changed: () => void, permit: () => void) {
    this.#engine = engine;
    this.request = request;
    this.#changed = changed;
    this.#permit = permit;
  }

  /** Opens it where that is still to be done. Never rejects: what went wrong is in {@link failure}. */
  async open(): Promise<void> {
    if (!this.opened) await this.#work(() => Promise.resolve());
  }

  /** Runs what has not been run yet. Never rejects either. */
  async start(): Promise<void> {
    await this.#work(async ({ id, rows, done }, options) => {
      if (done >= rows && this.done >= rows) return;
      this.activity = 'running';
      this.#changed();
      const columns = await this.#engine.askDataSet((engine) => engine.runDataSet, id, options);
      this.done = columns.done;
    });
  }

  /** What was done is kept. */
  pause(): void {
    this.#abort?.abort();
  }

  /** Stops it for good; nothing is told of it any more. */
  close(): void {
    this.#isClosed = true;
    this.pause();
  }

  async #work(
    body: (
      opened: OpenedDataSet,
      options: { signal: AbortSignal; progress: (step: Progress) => void },
    ) => Promise<void>,
  ): Promise<void> {
    if (this.#abort || this.#isClosed) return;
    const abort = new AbortController();
    this.#abort = abort;
    const progress = (step: Progress): void => {
      if (abort.signal.aborted) return;
      this.progress = step;
      if (this.activity === 'running' && step.fraction !== undefined)
        this.done = Math.round(step.fraction * (this.opened?.rows ?? 0));
      this.#tell();
    };
    const options = { signal: abort.signal, progress };
    this.failure = undefined;
    this.activity = this.opened ? 'running' : 'opening';
    this.#tell();
    try {
      this.#permit();
      if (!this.opened) {
        this.opened = await this.#engine.openDataSet(this.request, options);
        this.done = this.opened.done;
      }
      await body(this.opened, options);
    } catch (error) {
      const failure = toFailure(error);
      if (failure.kind !== 'cancelled') this.failure = failure;
    } finally {
      this.#abort = undefined;
      this.progress = undefined;
      this.activity = this.opened && this.done >= this.opened.rows ? 'finished' : 'paused';
      this.#tell();
    }
  }

  #tell(): void {
    if (!this.#isClosed) this.#changed();
  }
}
