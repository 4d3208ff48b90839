import type { CallId, Progress } from '../../protocol/engine';
import { Cancelled } from '../errors';

/** What a long piece of work may ask while it runs. */
export interface Work {
  /** Throws where the caller has given up; called between stages. */
  check(): void;
  report(progress: Progress): void;
}

/** Waits until everything before it is done, then does a piece of work. */
export type Turn = <T>(piece: () => Promise<T>) => Promise<T>;

/**
 * Runs one piece of work after another: onnxruntime uses all cores for one run, and an outdated inspection that has not begun costs nothing.
 * Cancelling rejects at once for the caller; work that has begun ends at its next check.
 */
export class WorkQueue {
  private tail: Promise<unknown> = Promise.resolve();
  private readonly cancels = new Map<CallId, () => void>();

  constructor(private readonly progress: (call: CallId, progress: Progress) => void) {}

  /** @throws Cancelled as soon as {@link cancel} is called with the same id. */
  run<T>(call: CallId, body: (work: Work) => Promise<T>): Promise<T> {
    return this.runInPieces(call, (work, turn) => turn(() => body(work)));
  }

  /**
   * Long work that takes its turn many times, so that other calls are served in between; what it does outside its turns waits for nobody.
   * @throws Cancelled as soon as {@link cancel} is called with the same id.
   */
  runInPieces<T>(call: CallId, body: (work: Work, turn: Turn) => Promise<T>): Promise<T> {
    let cancelled = false;
    const work: Work = {
      check: () => {
        if (cancelled) throw new Cancelled();
      },
      report: (progress) => {
        if (!cancelled) this.progress(call, progress);
      },
    };
    const turn: Turn = (piece) => {
      const result = this.tail.then(() => {
        work.check();
        return piece();
      });
      this.tail = result.catch(() => undefined);
      return result;
    };
    return new Promise<T>((resolve, reject) => {
      this.cancels.set(call, () => {
        cancelled = true;
        reject(new Cancelled());
      });
      body(work, turn)
        .then(resolve, reject)
        .finally(() => this.cancels.delete(call));
    });
  }

  cancel(call: CallId): void {
    this.cancels.get(call)?.();
  }
}
