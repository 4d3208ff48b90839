import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineClient } from '../../src/engineClient';
import type { FailureKind } from '../../src/protocol/engine';
import { CallFailure } from '../../src/protocol/rpc';
import { makeMutant, type Fixture, type Mutant } from './mutants';
import { Random } from './random';

export interface FuzzOptions {
  readonly engine: string;
  readonly fixtures: readonly Fixture[];
  readonly count: number;
  readonly seed: number;
  /** Number of the first mutant: each has a stream of random numbers of its own, so that one can be made again alone. */
  readonly first?: number;
  /** Milliseconds of work that opening and inspecting one mutant may take: of the engine's processor time where that is known, else by the clock. */
  readonly timeLimit: number;
  /** Engines that work at the same time. */
  readonly lanes: number;
  readonly report?: (number: number, mutant: Mutant, outcome: Outcome) => void;
}

/** What became of one mutant. */
export type Verdict = 'opened' | 'refused' | 'crashed' | 'failed' | 'hung';

export interface Finding {
  readonly number: number;
  readonly mutant: string;
  readonly message: string;
  readonly detail?: string;
}

export interface FuzzReport {
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** Errors that are no sentence for the user. */
  readonly failed: readonly Finding[];
  readonly hung: readonly Finding[];
  /** Ends of the engine process; the client told of each in a sentence. */
  readonly crashed: readonly Finding[];
  /** Milliseconds of the slowest mutant. */
  readonly slowest: number;
}

/** Bytes of private memory that the engine may take: a mutant must not take the whole machine. */
const memoryLimit = 6 * 2 ** 30;
/** Its models stay open in the engine; a fresh one now and then keeps the run small. */
const mutantsPerEngine = 500;

/**
 * Opens and inspects mutants in engine processes, through the client that the extension uses. A process that a mutant ends is started again
 * by its client.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const scratch = mkdtempSync(join(tmpdir(), 'headlight-fuzz-'));
  mkdirSync(join(scratch, 'models'));
  const report: MutableReport = {
    verdicts: { opened: 0, refused: 0, crashed: 0, failed: 0, hung: 0 },
    failed: [],
    hung: [],
    crashed: [],
    slowest: 0,
  };
  const first = options.first ?? 0;
  let next = first;
  const take = (): number | undefined => (next < first + options.count ? next++ : undefined);
  try {
    await Promise.all(Array.from({ length: options.lanes }, () => lane(options, scratch, take, report)));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return report;
}

interface MutableReport extends FuzzReport {
  readonly verdicts: Record<Verdict, number>;
  readonly failed: Finding[];
  readonly hung: Finding[];
  readonly crashed: Finding[];
  slowest: number;
}

/** One engine with its client, that takes mutant after mutant. */
async function lane(
  options: FuzzOptions,
  scratch: string,
  take: () => number | undefined,
  report: MutableReport,
): Promise<void> {
  const client = new EngineClient({
    program: { entry: options.engine },
    start: { modelsFolder: join(scratch, 'models') },
    log: (_level, message) => {
      const started = /^Engine started, process (\d+)/.exec(message);
      if (started !== null) limitMemory(Number(started[1]));
    },
  });
  try {
    let opened = 0;
    for (let number = take(); number !== undefined; number = take()) {
      if (++opened % mutantsPerEngine === 0) await client.restart();
      const random = new Random(options.seed * 1_000_003 + number);
      const folder = join(scratch, String(number));
      const mutant = makeMutant(random.pick(options.fixtures), folder, random);
      const outcome = await open(client, mutant, options.timeLimit);
      report.slowest = Math.max(report.slowest, outcome.worked);
      report.verdicts[outcome.verdict]++;
      if (outcome.verdict !== 'opened' && outcome.verdict !== 'refused')
        report[outcome.verdict].push({ number, mutant: mutant.description, ...outcome });
      options.report?.(number, mutant, outcome);
      rmSync(folder, { recursive: true });
      rmSync(`${folder}.weights`, { force: true });
    }
  } finally {
    await client.shutdown();
  }
}

/** What opening and inspecting a mutant came to. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly message: string;
  readonly detail?: string;
  /** Milliseconds of the engine's processor time where that is known, else by the clock. */
  readonly worked: number;
}

const verdictOf: Readonly<Record<FailureKind, Verdict>> = {
  input: 'refused',
  forgotten: 'failed',
  model: 'refused',
  untrusted: 'failed',
  cancelled: 'hung',
  crashed: 'crashed',
  failed: 'failed',
};

async function open(client: EngineClient, { folder, onnx }: Mutant, timeLimit: number): Promise<Outcome> {
  const limit = new AbortController();
  const clock = performance.now();
  const { pid } = client;
  const processor = processorTime(pid) ?? 0;
  const worked = (): number => {
    const now = processorTime(client.pid);
    if (now === undefined) return performance.now() - clock;
    // A process that was started for this mutant has worked for nothing else.
    return client.pid === pid ? now - processor : now;
  };
  const alarm = setInterval(() => {
    // On a machine that is busy with other things anything may take long; standing still may not.
    if (worked() > timeLimit || performance.now() - clock > 12 * timeLimit) limit.abort();
  }, 100);
  try {
    const summary = await client.describe(folder, onnx, { signal: limit.signal });
    const pair = summary.task === 'seq2seq' ? { pair: 'A brown dog.' } : {};
    await client.inspect(
      { model: folder, onnx, text: 'The quick brown fox.', ...pair },
      { signal: limit.signal },
    );
    return { verdict: 'opened', message: '', worked: worked() };
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    const verdict = isSentence(error.message) ? verdictOf[error.kind] : 'failed';
    const time = worked();
    if (verdict === 'hung') {
      await client.restart();
      return { verdict, message: `did not end within ${timeLimit} ms`, worked: time };
    }
    return { verdict, message: error.message, detail: error.detail, worked: time };
  } finally {
    clearInterval(alarm);
  }
}

/** On one line, of a length that can be read, with an end. */
function isSentence(message: string): boolean {
  return (
    message.length >= 8 && message.length < 1200 && !/[\n\0]/.test(message) && /[.!?)]$/.test(message.trim())
  );
}

/** Milliseconds of processor time that a process has used; undefined where the system does not tell. */
function processorTime(pid: number | undefined): number | undefined {
  if (pid === undefined || process.platform !== 'linux') return undefined;
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    // In hundredths of a second, whatever the clock of the kernel.
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return undefined;
  }
}

/** Where the system can, keeps the engine from taking all memory, and makes it the first to go where there is none. */
function limitMemory(pid: number): void {
  if (process.platform !== 'linux') return;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
    execFileSync('prlimit', ['--pid', String(pid), `--data=${memoryLimit}`, '--core=0'], { stdio: 'ignore' });
  } catch {
    // Without these the run is the same, only less polite.
  }
}
