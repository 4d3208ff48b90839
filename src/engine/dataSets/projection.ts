import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Projection } from '../../protocol/dataSet';
import { UserError } from '../errors';
import type { Work } from '../session/queue';
import type { DataSet } from './dataSet';
import type { Vectors } from './map';
import { seededRandom } from '../random';
import { sampleOf } from './sample';
import type { MapAnswer, MapQuestion } from './umapThread';

/** Texts that a map is fitted on; all others are placed among them. */
export const mostFitted = 5000;
/** Texts that are placed at once. */
const placedAtOnce = 1000;
const sampleSeed = 7;
/** Share of the time that fitting takes of the whole, for the progress. */
const fittingShare = 0.7;

/**
 * A map of the rows that were run, by their mean hidden states; computed in a thread of its own, ended where the caller gives up.
 * @throws UserError where nothing was run yet, or the model has no hidden states that were found
 */
export async function projectDataSet(dataSet: DataSet, work: Work): Promise<Projection> {
  const rows = dataSet.rowsWithStates();
  if (rows.length === 0) throw nothingToMap(dataSet);
  const isComplete = dataSet.done === dataSet.length;
  const kept = isComplete ? await dataSet.kept?.projection() : undefined;
  if (kept?.points.dims[0] === dataSet.length) return kept;
  const { rows: fitted, vectors } = await dataSet.statesOf(
    sampleOf(rows, mostFitted, seededRandom(sampleSeed)),
  );
  if (fitted.length === 0) throw nothingToMap(dataSet);
  const points = new Float32Array(2 * dataSet.length).fill(NaN);
  const put = (where: readonly number[], found: Float32Array): void =>
    where.forEach((row, index) => points.set(found.subarray(2 * index, 2 * index + 2), 2 * row));
  const thread = new MapThread(work);
  try {
    put(
      fitted,
      await thread.ask(vectors, (share) =>
        work.report({
          message: `Mapping ${fitted.length.toLocaleString('en')} texts`,
          fraction: share * (rows.length > fitted.length ? fittingShare : 1),
        }),
      ),
    );
    const isFitted = new Set(fitted);
    const others = rows.filter((row) => !isFitted.has(row));
    for (let at = 0; at < others.length; at += placedAtOnce) {
      work.report({
        message: `Placing ${others.length.toLocaleString('en')} more texts on the map`,
        fraction: fittingShare + ((1 - fittingShare) * at) / others.length,
      });
      const some = await dataSet.statesOf(others.slice(at, at + placedAtOnce));
      if (some.rows.length > 0) put(some.rows, await thread.ask(some.vectors));
    }
  } finally {
    await thread.end();
  }
  const projection = {
    points: { data: points, dims: [dataSet.length, 2] },
    method: methodOf(rows.length, fitted.length),
  };
  if (isComplete) await dataSet.kept?.keepProjection(projection);
  return projection;
}

function methodOf(rows: number, fitted: number): string {
  const all = `UMAP of the mean second-to-last hidden state of ${rows.toLocaleString('en')} ${rows === 1 ? 'text' : 'texts'}`;
  return rows === fitted
    ? all
    : `${all}, fitted on ${fitted.toLocaleString('en')} of them, among which the others were placed`;
}

function nothingToMap({ done, model }: DataSet): UserError {
  return done === 0
    ? new UserError('There is no map yet: no text was run. Run the data set first.')
    : new UserError(`There is no map: the hidden states of “${model.name}” were not found.`, 'model');
}

/** One map in a thread: questions one after another, the first one fits. */
class MapThread {
  private readonly worker: Worker;

  constructor(private readonly work: Work) {
    const bundle = join(__dirname, 'umap.js');
    // In the repository, tests run the source: threads do not take over the loader that reads TypeScript.
    this.worker = existsSync(bundle)
      ? new Worker(bundle)
      : new Worker(join(__dirname, 'umapThread.ts'), { execArgv: ['--require', 'tsx/cjs'] });
  }

  /** @returns [N, 2] */
  ask(vectors: Vectors, onShare?: (share: number) => void): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearInterval(watch);
        this.worker.removeAllListeners();
        settle();
      };
      // Between two messages of the thread too, whoever asked may have given up.
      const watch = setInterval(() => {
        try {
          this.work.check();
        } catch (error) {
          end(() => reject(error as Error));
        }
      }, 100);
      this.worker.on('message', (answer: MapAnswer) => {
        if ('share' in answer) onShare?.(answer.share);
        else end(() => resolve(answer.points));
      });
      this.worker.once('error', (error: Error) => end(() => reject(error)));
      this.worker.once('exit', () => end(() => reject(new Error('The thread that draws the map ended.'))));
      this.worker.postMessage(vectors satisfies MapQuestion, [vectors.data.buffer as ArrayBuffer]);
    });
  }

  async end(): Promise<void> {
    this.worker.removeAllListeners();
    await this.worker.terminate();
  }
}
