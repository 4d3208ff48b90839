import { LRUCache } from 'lru-cache';
import { setImmediate as pause } from 'node:timers/promises';
import { join } from 'node:path';
import type { CallId } from '../../protocol/engine';
import type {
  DataSetEngineCalls,
  DataSetOutline,
  DataSetRequest,
  DataSetScores,
  DataSetSource,
  InstanceColumns,
  OpenedDataSet,
  Projection,
  RowsRequest,
  RowText,
  SearchRequest,
} from '../../protocol/dataSet';
import { UserError } from '../errors';
import type { LoadedModel } from '../session/loaded';
import type { Turn, Work, WorkQueue } from '../session/queue';
import type { TextParser } from '../session/textParser';
import { readTrees } from './trees';
import { ResultCache } from './cache';
import { DataSet } from './dataSet';
import { KeptResults } from './kept';
import { projectDataSet } from './projection';
import { outlineOf } from './reading/open';
import { Scorer } from './scoring';
import { runDataSet } from './running';

/** Data sets that are held with their texts; an earlier one is read again. */
const heldAtOnce = 4;
const remembered = 100;
/** Rows whose texts are given at once: a page of a table, not the file. */
const mostTexts = 10_000;

/** What the calls need of the engine. */
export interface DataSetContext {
  readonly queue: WorkQueue;
  readonly parser: TextParser;
  readonly load: (work: Work, model: string, onnx?: string) => Promise<LoadedModel>;
  /** Folder that may be written to. */
  readonly storage?: string;
}

/** The engine's calls about data sets. */
export class DataSetCalls implements DataSetEngineCalls {
  private readonly requests = new LRUCache<string, DataSetRequest>({ max: remembered });
  private readonly held = new LRUCache<string, DataSet>({
    max: heldAtOnce,
    dispose: (dataSet) => void dataSet.running.finally(() => dataSet.release()).catch(() => undefined),
  });
  private readonly folder: string | undefined;
  private readonly cache: ResultCache | undefined;
  private opened = 0;

  constructor(private readonly context: DataSetContext) {
    const { storage } = context;
    this.folder = storage === undefined ? undefined : join(storage, 'data-sets');
    this.cache = this.folder === undefined ? undefined : new ResultCache(this.folder);
  }

  outlineDataSet(call: CallId, source: DataSetSource): Promise<DataSetOutline> {
    return this.context.queue.runInPieces(call, () => outlineOf(source));
  }

  openDataSet(call: CallId, request: DataSetRequest): Promise<OpenedDataSet> {
    return this.context.queue.runInPieces(call, async (work, turn) => {
      const id = `data-set-${++this.opened}`;
      const dataSet = await this.read(request, work, turn);
      work.check();
      this.requests.set(id, request);
      this.held.set(id, dataSet);
      return dataSet.opened(id);
    });
  }

  runDataSet(call: CallId, id: string): Promise<InstanceColumns> {
    return this.context.queue.runInPieces(call, async (work, turn) => {
      const dataSet = await this.recalled(id, work, turn);
      await exclusively(dataSet, async () => {
        work.check();
        await runDataSet(dataSet, work, turn);
      });
      return dataSet.columns();
    });
  }

  instances(call: CallId, id: string): Promise<InstanceColumns> {
    return this.context.queue.runInPieces(call, async (work, turn) =>
      (await this.recalled(id, work, turn)).columns(),
    );
  }

  rowTexts(call: CallId, { dataSet: id, rows }: RowsRequest): Promise<RowText[]> {
    return this.context.queue.runInPieces(call, async (work, turn) => {
      if (rows.length > mostTexts)
        throw new UserError(`At most ${mostTexts} texts can be asked for at once, not ${rows.length}.`);
      const dataSet = await this.recalled(id, work, turn);
      return Array.from(rows, (row) => dataSet.textOf(row));
    });
  }

  textOrder(call: CallId, id: string): Promise<Uint32Array> {
    return this.context.queue.runInPieces(call, async (work, turn) =>
      (await this.recalled(id, work, turn)).textOrder(),
    );
  }

  searchDataSet(call: CallId, request: SearchRequest): Promise<Uint32Array> {
    return this.context.queue.runInPieces(call, async (work, turn) => {
      const dataSet = await this.recalled(request.dataSet, work, turn);
      return dataSet.search(request, async () => {
        await pause();
        work.check();
      });
    });
  }

  projectDataSet(call: CallId, id: string): Promise<Projection> {
    return this.context.queue.runInPieces(call, async (work, turn) =>
      projectDataSet(await this.recalled(id, work, turn), work),
    );
  }

  dataSetScores(call: CallId, id: string): Promise<DataSetScores> {
    return this.context.queue.runInPieces(call, async (work, turn) =>
      (await this.recalled(id, work, turn)).scores(),
    );
  }

  /** A data set that was opened before, read again where it is no longer held. */
  private async recalled(id: string, work: Work, turn: Turn): Promise<DataSet> {
    const held = this.held.get(id);
    if (held !== undefined) return held;
    const request = this.requests.get(id);
    if (request === undefined)
      throw new UserError('This data set was opened too long ago. Open it again.', 'input');
    const dataSet = await this.read(request, work, turn);
    this.held.set(id, dataSet);
    return dataSet;
  }

  private async read(request: DataSetRequest, work: Work, turn: Turn): Promise<DataSet> {
    const model = await turn(() => this.context.load(work, request.model, request.onnx));
    const { parser } = this.context;
    const conllu =
      request.scores && request.conllu !== undefined ? await readTrees(request.conllu) : undefined;
    const dataSet = await DataSet.read(request, {
      model,
      ...(request.scores ? { scorer: new Scorer(model, parser, conllu?.trees) } : {}),
      ...(this.folder === undefined ? {} : { folder: this.folder }),
      onRows: (rows) => {
        work.check();
        work.report({ message: `Reading: ${rows.toLocaleString('en')} rows` });
      },
    });
    if (this.cache !== undefined) {
      const rest = async (): Promise<void> => {
        await pause();
        work.check();
      };
      try {
        work.report({ message: 'Looking for earlier results' });
        dataSet.kept = await KeptResults.of(this.cache, dataSet, conllu?.digest, rest);
        await dataSet.kept.restore(dataSet.pieces, rest);
      } catch (error) {
        dataSet.release();
        throw error;
      }
    }
    return dataSet;
  }
}

/** Runs of one data set come one after another; the second finds what the first has done. */
async function exclusively(dataSet: DataSet, body: () => Promise<void>): Promise<void> {
  const mine = dataSet.running.catch(() => undefined).then(body);
  dataSet.running = mine.catch(() => undefined);
  await mine;
}
