import type { Progress } from '../src/protocol/engine';
import type { HostCalls } from '../src/protocol/view';

/** A call that is under way. */
export interface Run<Answer> {
  /** Rejects with a sentence for the user; undefined where the run was stopped. */
  readonly answer: Promise<Answer | undefined>;
  /** Gives it up: nothing more is told of it. */
  stop(): void;
}

/** Calls to the extension host that take long: each has a number, tells of its progress, and can be stopped. */
export class Runs {
  readonly #host: Pick<HostCalls, 'stop'>;
  readonly #listeners = new Map<number, (progress: Progress) => void>();
  #last = 0;

  constructor(host: Pick<HostCalls, 'stop'>) {
    this.#host = host;
  }

  /** @param call makes the call under the number that it is given */
  start<Answer>(
    call: (run: number) => Promise<Answer>,
    progress: (step: Progress) => void = () => undefined,
  ): Run<Answer> {
    const run = ++this.#last;
    let isStopped = false;
    this.#listeners.set(run, progress);
    const answer = call(run)
      .catch((error: unknown) => {
        if (isStopped || isCancelled(error)) return undefined;
        throw error;
      })
      .then((value) => (isStopped ? undefined : value))
      .finally(() => this.#listeners.delete(run));
    return {
      answer,
      stop: () => {
        if (!this.#listeners.delete(run)) return;
        isStopped = true;
        this.#host.stop(run);
      },
    };
  }

  /** The host tells of a run. */
  progressed(run: number, progress: Progress): void {
    this.#listeners.get(run)?.(progress);
  }
}

/** The host gives up calls about an inspection when the next one begins. */
function isCancelled(error: unknown): boolean {
  return error instanceof Error && 'kind' in error && error.kind === 'cancelled';
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
