import { LRUCache } from 'lru-cache';
import { EngineProcess } from './engineProcess';
import type { EngineExit, EngineProgram } from './engineProcess';
import type {
  AttentionRequest,
  CallId,
  EngineCalls,
  EngineEvents,
  OpenAttentionRequest,
  Progress,
} from './protocol/engine';
import type { DataSetOutline, DataSetRequest, DataSetSource, OpenedDataSet } from './protocol/dataSet';
import type { InspectRequest, Inspection, ModelInspection } from './protocol/inspection';
import type { ModelSummary } from './protocol/model';
import { CallFailure } from './protocol/rpc';
import type { EngineStart } from './protocol/rpc';
import type { Tensor } from './protocol/tensor';
import type { PromptCost, PromptRequest } from './protocol/token';

export interface EngineClientOptions {
  readonly program: EngineProgram;
  readonly start: EngineStart;
  readonly log: EngineEvents['log'];
  /** Milliseconds after which an engine that works for nobody and gives no sign of life is replaced. Default: 10 s. */
  readonly stuckAfter?: number;
}

/** What a caller may say about one call. */
export interface CallOptions {
  /** Aborting rejects the call at once with a failure of kind `cancelled`. */
  readonly signal?: AbortSignal;
  readonly progress?: (progress: Progress) => void;
}

/** A call that its caller still waits for. */
interface LiveCall {
  readonly id: CallId;
  readonly progress?: (progress: Progress) => void;
  /** Sends it to a process; again after a crash. */
  attempt(process: EngineProcess): void;
  reject(error: CallFailure): void;
  process?: EngineProcess;
  /** It was sent a second time already, since the first process crashed. */
  repeated: boolean;
}

/** An inspection or data set as callers know it, and where it is now. */
interface Known {
  /** Asks for the same again. */
  readonly make: (engine: EngineCalls, call: CallId) => Promise<{ readonly id: string }>;
  /** Undefined after a failure to make it again. */
  process?: EngineProcess;
  /** Its id in that process. */
  id: Promise<string>;
}

const secondsBetweenHeartbeats = 30;
const patienceAtShutdown = 1000;
/** Requests are small; what they made lies in the engine. */
const inspectionsRemembered = 100;
const dataSetsRemembered = 100;

/**
 * The engine as its callers see it: always there. It is started by the first call, started again after a crash with the
 * running calls repeated once, and replaced when it hangs in work that nobody waits for.
 */
export class EngineClient {
  readonly #options: EngineClientOptions;
  #start: EngineStart;
  readonly #calls = new Map<CallId, LiveCall>();
  readonly #inspections = new LRUCache<string, Known>({ max: inspectionsRemembered });
  /** Inspections that callers want to keep for as long as they say, however many others come. */
  readonly #kept = new Map<string, Known>();
  readonly #dataSets = new LRUCache<string, Known>({ max: dataSetsRemembered });
  #process?: EngineProcess;
  #lastCall = 0;
  #generation = 0;
  #heartbeat?: NodeJS.Timeout;
  #closed = false;

  constructor(options: EngineClientOptions) {
    this.#options = options;
    this.#start = options.start;
  }

  /** The engine's process id; undefined while none runs. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Runs the model. Ids of inspections stay good when the engine is restarted. */
  inspect(request: InspectRequest, options: CallOptions = {}): Promise<ModelInspection> {
    return this.#make((engine, call) => engine.inspect(call, request), options);
  }

  /** Opens attention that any program saved. Calls about it find the file again when the engine is restarted. */
  openAttention(request: OpenAttentionRequest, options: CallOptions = {}): Promise<Inspection> {
    return this.#make((engine, call) => engine.openAttention(call, request), options);
  }

  /**
   * Keeps an inspection askable until the returned function is called; others are forgotten when there are many newer ones.
   * @param inspection an id that {@link inspect} or {@link openAttention} gave
   */
  keep(inspection: string): () => void {
    const known = this.#inspections.get(inspection);
    if (known) this.#kept.set(inspection, known);
    return () => void this.#kept.delete(inspection);
  }

  #make<Made extends Inspection>(
    make: (engine: EngineCalls, call: CallId) => Promise<Made>,
    options: CallOptions,
  ): Promise<Made> {
    return this.#call(options, async (process, call) => {
      const generation = this.#generation;
      const inspection = await make(process.remote, call);
      const id = `${generation}.${inspection.id}`;
      this.#inspections.set(id, { make, process, id: Promise.resolve(inspection.id) });
      return { ...inspection, id };
    });
  }

  /** [Sq, Sk] or [W, W] per head, in the order asked for. */
  attention(request: AttentionRequest, options: CallOptions = {}): Promise<Tensor[]> {
    return this.ask((engine) => engine.attention, request, options);
  }

  /**
   * Any call about an inspection that was made before; it is made again in a new process where the engine was restarted.
   * @param choose the call: `(engine) => engine.attention`
   * @param request names the inspection by the id under which {@link inspect} gave it
   */
  async ask<Request extends { readonly inspection: string }, Answer>(
    choose: (engine: EngineCalls) => (call: CallId, request: Request) => Promise<Answer>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Answer> {
    return this.#call(options, async (process, call) => {
      const inspection = await this.#idIn(process, request.inspection);
      try {
        return await choose(process.remote)(call, { ...request, inspection });
      } catch (error) {
        if (!(error instanceof CallFailure) || error.kind !== 'forgotten') throw error;
        const again = await this.#idIn(process, request.inspection, inspection);
        return choose(process.remote)(call, { ...request, inspection: again });
      }
    });
  }

  /** Tokens of a prompt and its mean surprisal, without inspecting it. */
  async promptCost(request: PromptRequest, options: CallOptions = {}): Promise<PromptCost> {
    return this.#call(options, (process, call) => process.remote.promptCost(call, request));
  }

  /** Reads a model and says what it is; loads no session. */
  async describe(model: string, onnx?: string, options: CallOptions = {}): Promise<ModelSummary> {
    return this.#call(options, (process, call) => process.remote.describe(call, model, onnx));
  }

  /** What a file of texts looks like: format and columns. */
  async outlineDataSet(source: DataSetSource, options: CallOptions = {}): Promise<DataSetOutline> {
    return this.#call(options, (process, call) => process.remote.outlineDataSet(call, source));
  }

  /** Reads a data set; runs nothing. Its id stays good when the engine is restarted. */
  async openDataSet(request: DataSetRequest, options: CallOptions = {}): Promise<OpenedDataSet> {
    return this.#call(options, async (process, call) => {
      const generation = this.#generation;
      const opened = await process.remote.openDataSet(call, request);
      const id = `${generation}.${opened.id}`;
      const make: Known['make'] = (engine, again) => engine.openDataSet(again, request);
      this.#dataSets.set(id, { make, process, id: Promise.resolve(opened.id) });
      return { ...opened, id };
    });
  }

  /**
   * Any call about a data set that was opened before; it is opened again in a new process where the engine was restarted.
   * @param choose the call: `(engine) => engine.runDataSet`
   * @param request the id under which {@link openDataSet} gave the data set, or what names it so
   */
  async askDataSet<Request extends string | { readonly dataSet: string }, Answer>(
    choose: (engine: EngineCalls) => (call: CallId, request: Request) => Promise<Answer>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Answer> {
    return this.#call(options, async (process, call) => {
      if (typeof request === 'string')
        return choose(process.remote)(call, (await this.#dataSetIn(process, request)) as Request);
      const dataSet = await this.#dataSetIn(process, request.dataSet);
      return choose(process.remote)(call, { ...(request as object), dataSet } as Request);
    });
  }

  /** Starts the engine afresh, with other options where some are given; running calls are repeated there. */
  async restart(start: EngineStart = this.#start): Promise<void> {
    this.#start = start;
    const process = this.#process;
    if (!process) return;
    process.replaced = true;
    process.kill();
    await process.exited;
  }

  /** Ends the engine for good; running calls are rejected as cancelled. */
  async shutdown(): Promise<void> {
    this.#closed = true;
    for (const call of [...this.#calls.values()]) call.reject(cancelled());
    await this.#process?.close(patienceAtShutdown);
  }

  #call<Result>(
    { signal, progress }: CallOptions,
    send: (process: EngineProcess, call: CallId) => Promise<Result>,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (signal?.aborted || this.#closed) return reject(cancelled());
      const id = ++this.#lastCall;
      const end = (settle: () => void) => {
        if (!this.#calls.delete(id)) return;
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const abort = () => {
        end(() => reject(cancelled()));
        this.#giveUp(call);
      };
      const call: LiveCall = {
        id,
        progress,
        repeated: false,
        reject: (error) => end(() => reject(error)),
        attempt: (process) => {
          call.process = process;
          send(process, id).then(
            (result) => end(() => resolve(result)),
            // Where the process died, its exit decides what becomes of the call.
            (error: unknown) =>
              call.process === process && process === this.#process && end(() => reject(error)),
          );
        },
      };
      this.#calls.set(id, call);
      signal?.addEventListener('abort', abort, { once: true });
      call.attempt(this.#running());
    });
  }

  #running(): EngineProcess {
    if (this.#process) return this.#process;
    this.#generation++;
    const process = new EngineProcess(this.#options.program, this.#start, {
      progress: (call, progress) => this.#calls.get(call)?.progress?.(progress),
      log: this.#options.log,
    });
    this.#process = process;
    this.#options.log('info', `Engine started, process ${process.pid ?? 'none'}.`);
    void process.exited.then((exit) => this.#ended(process, exit));
    this.#heartbeat = setInterval(() => this.#question(process), secondsBetweenHeartbeats * 1000);
    this.#heartbeat.unref();
    return process;
  }

  #ended(process: EngineProcess, exit: EngineExit): void {
    clearInterval(this.#heartbeat);
    this.#process = undefined;
    process.remote.$close();
    if (this.#closed) return;
    this.#options.log(process.replaced ? 'info' : 'error', `Engine ended: ${inWords(exit)}.`);
    const interrupted = [...this.#calls.values()].filter((call) => call.process === process);
    for (const call of interrupted) {
      if (call.repeated && !process.replaced) {
        call.reject(crashed(exit));
        continue;
      }
      call.repeated ||= !process.replaced;
      call.progress?.({ message: 'Starting the engine again' });
      call.attempt(this.#running());
    }
  }

  #giveUp(call: LiveCall): void {
    if (!call.process || call.process !== this.#process) return;
    void call.process.remote.cancel(call.id);
    this.#question(call.process);
  }

  /** Asks an engine that works for nobody for a sign of life. Runs that somebody waits for may take as long as they take. */
  #question(process: EngineProcess): void {
    if (process.questioned || this.#calls.size > 0) return;
    process.questioned = true;
    const patience = this.#options.stuckAfter ?? 10_000;
    const impatience = setTimeout(() => {
      this.#options.log(
        'warning',
        `The engine gave no sign of life for ${patience / 1000} s; it is replaced.`,
      );
      process.replaced = true;
      process.kill();
    }, patience);
    impatience.unref();
    const answered = () => {
      clearTimeout(impatience);
      process.questioned = false;
    };
    process.remote.alive().then(answered, answered);
  }

  /**
   * The id that an inspection has in this process; made there again where an earlier process held it.
   * @param forgotten the id under which this process does not know it any more
   */
  #idIn(process: EngineProcess, inspection: string, forgotten?: string): Promise<string> {
    const known = this.#inspections.get(inspection) ?? this.#kept.get(inspection);
    const tooOld = 'This picture is too old to be drawn further. Inspect the text again.';
    return this.#madeIn(process, known, tooOld, forgotten);
  }

  #dataSetIn(process: EngineProcess, dataSet: string): Promise<string> {
    const tooOld = 'This data set was opened too long ago. Open it again.';
    return this.#madeIn(process, this.#dataSets.get(dataSet), tooOld);
  }

  async #madeIn(
    process: EngineProcess,
    known: Known | undefined,
    tooOld: string,
    forgotten?: string,
  ): Promise<string> {
    if (!known) throw new CallFailure({ kind: 'input', message: tooOld });
    const before = known.id;
    const isForgotten = forgotten !== undefined && (await before) === forgotten;
    // Of several calls that find it forgotten, the first has it made again.
    if (known.process !== process || (isForgotten && known.id === before)) {
      known.process = process;
      known.id = known.make(process.remote, ++this.#lastCall).then(({ id }) => id);
      known.id.catch(() => (known.process = undefined));
    }
    return known.id;
  }
}

function cancelled(): CallFailure {
  return new CallFailure({ kind: 'cancelled', message: 'Cancelled.' });
}

function crashed(exit: EngineExit): CallFailure {
  const memory = exit.signal === 'SIGKILL' || exit.signal === 'SIGABRT' || exit.code === 134;
  const advice = memory
    ? 'It may have run out of memory: inspect a shorter text, or choose a smaller model'
    : 'Choose another model, or look into the log';
  return new CallFailure({
    kind: 'crashed',
    message: `The engine broke down twice on this request (${inWords(exit)}). ${advice}. The editor and the last picture are not affected.`,
    detail: exit.stderr,
  });
}

function inWords({ code, signal, stderr }: EngineExit): string {
  if (signal) return `ended by ${signal}`;
  if (code === null) return `it could not be started: ${stderr}`;
  return `exit status ${code}`;
}
