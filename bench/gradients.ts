// npm run bench:gradients: gradients on a BERT-base-size model against PyTorch in the same run, on the same threads, in turns.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { Engine } from '../src/engine/session/engine';
import type { InspectRequest } from '../src/protocol/inspection';
import { bigSizes, writeBigModel } from './bigModel';
import { publish } from './publish';
import { median } from './statistics';

const repository = resolve(__dirname, '..');
const folder = join(repository, 'bench/models/gradients');

const tokens = 64;
const steps = 50;
/** Steps in a batch among which PyTorch has its choice. */
const batchesOfPeer = [16, 50];

const tasks = ['saliency', 'head importance', 'integrated gradients'] as const;
type Task = (typeof tasks)[number];
const rounds: Readonly<Record<Task, number>> = {
  saliency: 7,
  'head importance': 7,
  'integrated gradients': 3,
};

/** What one side says of one run. */
interface Answer {
  readonly seconds: number;
  /** Seconds of all cores together: says more than the clock on a machine that has other work. */
  readonly work: number;
  readonly values: readonly number[];
  /** Most memory that the process ever had resident, in bytes. */
  readonly peak: number;
}

/** A process that answers requests, one at a time: ours or the peer. */
class Side {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    /** What it says when it is ready. */
    readonly greeting: Readonly<Record<string, string>>,
  ) {}

  static async start(command: string, args: readonly string[]): Promise<Side> {
    const child = spawn(command, args, { cwd: repository, stdio: ['pipe', 'pipe', 'inherit'] });
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await Promise.race([lines.next(), failed]);
    if (first.done === true) throw new Error(`${command} ended before it was ready.`);
    return new Side(child, lines, JSON.parse(first.value) as Record<string, string>);
  }

  async ask(request: object): Promise<Answer> {
    this.child.stdin?.write(`${JSON.stringify(request)}\n`);
    const line = await this.lines.next();
    if (line.done === true) throw new Error('A side of the comparison ended before it answered.');
    return JSON.parse(line.value) as Answer;
  }

  stop(): void {
    this.child.stdin?.end();
  }
}

/** Our side, in a process of its own: inspections as the extension asks for them, of given token ids. */
async function answerRequests(model: string): Promise<void> {
  const { ids } = JSON.parse(readFileSync(join(model, 'peer.json'), 'utf8')) as { ids: number[] };
  const feeds = {
    input_ids: { data: BigInt64Array.from(ids, BigInt), dims: [1, ids.length] },
    attention_mask: { data: new BigInt64Array(ids.length).fill(1n), dims: [1, ids.length] },
  };
  const engine = new Engine({
    modelsFolder: join(repository, 'media/models'),
    events: { progress: () => undefined, log: () => undefined },
  });
  process.stdout.write('{}\n');
  let call = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const { what } = JSON.parse(line) as { what: Task };
    const measure = what === 'integrated gradients' ? what : 'gradient-l1';
    const request: InspectRequest = {
      model,
      text: '',
      feeds,
      parse: 'none',
      measures: ['importance'],
      saliency: [measure === 'gradient-l1' ? measure : 'integrated-gradients'],
      integratedGradients: { steps, baseline: 'zero' },
    };
    const worked = process.cpuUsage();
    const inspection = await engine.inspect(++call, request);
    const { user, system } = process.cpuUsage(worked);
    const { saliency, blocks, timings } = inspection;
    const values =
      what === 'head importance'
        ? blocks[0].measures.importance
        : (saliency['gradient-l1'] ?? saliency['integrated-gradients']);
    const answer: Answer = {
      // From the second inspection on, a classifier is run forward and backward at once, which gives all attention as well.
      seconds: (what === 'integrated gradients' ? timings.total : timings.forward + timings.backward) / 1000,
      work: (user + system) / 1e6,
      values: Array.from(values ?? []),
      peak: process.resourceUsage().maxRSS * 1024,
    };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}

interface Row {
  readonly task: Task;
  readonly ours: Answer;
  readonly peer?: Answer;
  /** Largest difference of the values, relative to the largest of the peer's. */
  readonly difference?: number;
}

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  try {
    writeModel();
    const ours = await Side.start(process.execPath, [
      '--import',
      pathToFileURL(require.resolve('tsx')).href,
      __filename,
      '--ours',
      folder,
    ]);
    const peer = await startPeer();
    const rows: Row[] = [];
    const together = peer === undefined ? 0 : await bestBatch(peer);
    for (const task of tasks) rows.push(await compare(task, ours, peer, together));
    ours.stop();
    peer?.stop();
    const text = report(rows, peer?.greeting['torch'], together);
    console.log(text);
    await publish('gradients', text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeModel(): void {
  const [base] = bigSizes;
  const { weights } = writeBigModel({ ...base, isExternal: true, labels: 2 }, folder);
  const ids = Array.from({ length: tokens }, (_, i) => (i * 7919 + 101) % 30_522);
  const { layers, heads } = base;
  const write = (name: string, content: object): void =>
    writeFileSync(join(folder, name), JSON.stringify(content));
  write('config.json', { model_type: 'bert', num_labels: 2 });
  // Nothing is tokenised here; a model folder must have a tokenizer all the same.
  write('tokenizer.json', {
    version: '1.0',
    added_tokens: [],
    pre_tokenizer: { type: 'Whitespace' },
    model: { type: 'WordLevel', vocab: { '[UNK]': 0 }, unk_token: '[UNK]' },
  });
  write('peer.json', { layers, heads, ids, weights });
}

/** Undefined, with a word about it, where there is no Python with PyTorch. */
async function startPeer(): Promise<Side | undefined> {
  const python = process.env['HEADLIGHT_PEER_PYTHON'] || 'python3';
  try {
    const script = join(repository, 'bench/peer/gradients.py');
    return await Side.start(python, [script, folder, String(availableParallelism())]);
  } catch {
    console.log(
      `“${python}” cannot import torch, so there is nothing to compare with. Set HEADLIGHT_PEER_PYTHON to a Python that can.`,
    );
    return undefined;
  }
}

/** The batch that PyTorch is fastest with. */
async function bestBatch(peer: Side): Promise<number> {
  let best = { together: 0, work: Infinity };
  for (const together of batchesOfPeer) {
    const { work } = await peer.ask({ what: 'integrated gradients', steps, together });
    if (work < best.work) best = { together, work };
  }
  return best.together;
}

/** Medians of rounds in which both sides take turns, so that a busy moment hits both. */
async function compare(task: Task, ours: Side, peer: Side | undefined, together: number): Promise<Row> {
  const request = { what: task, steps, together };
  const [own, other]: [Answer[], Answer[]] = [[], []];
  // The first run of each is not counted.
  for (let round = 0; round <= rounds[task]; round++) {
    own.push(await ours.ask(request));
    if (peer !== undefined) other.push(await peer.ask(request));
  }
  const middle = (answers: readonly Answer[]): Answer => ({
    ...answers[answers.length - 1],
    seconds: median(answers.slice(1).map(({ seconds }) => seconds)),
    work: median(answers.slice(1).map(({ work }) => work)),
  });
  if (other.length === 0) return { task, ours: middle(own) };
  const [mine, theirs] = [middle(own), middle(other)];
  const largest = theirs.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = theirs.values.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - mine.values[i])),
    mine.values.length === theirs.values.length ? 0 : NaN,
  );
  return { task, ours: mine, peer: theirs, difference: difference / largest };
}

function report(rows: readonly Row[], torch: string | undefined, together: number): string {
  const lines = rows.map(({ task, ours, peer, difference }) => {
    const against = (value: (answer: Answer) => number, show: (value: number) => string): string[] =>
      peer === undefined
        ? [show(value(ours)), '', '']
        : [show(value(ours)), show(value(peer)), (value(ours) / value(peer)).toFixed(2)];
    const cells = [
      task === 'integrated gradients' ? `${task}, ${steps} steps` : task,
      ...against(
        ({ seconds }) => seconds,
        (value) => `${value.toFixed(2)} s`,
      ),
      ...against(
        ({ work }) => work,
        (value) => `${value.toFixed(2)} s`,
      ),
      ...against(
        ({ peak }) => peak,
        (value) => `${(value / 1e9).toFixed(2)} GB`,
      ).slice(0, 2),
      difference?.toExponential(0) ?? '',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const [load] = loadavg();
  return [
    `BERT base, ${tokens} tokens, random weights in 32 bits, ${threads()} on ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, load average ${load.toFixed(1)}` +
      (torch === undefined
        ? ', PyTorch not at hand.'
        : `, PyTorch ${torch} with ${together} steps in a batch.`),
    '',
    '| | Headlight | PyTorch | ratio, goal ≤ 0.5 | cores, Headlight | cores, PyTorch | ratio | peak, Headlight | peak, PyTorch | largest difference |',
    `|${' --- |'.repeat(10)}`,
    ...lines,
  ].join('\n');
}

function threads(): string {
  const count = availableParallelism();
  return count === 1 ? 'one thread' : `${count} threads`;
}

const run = process.argv[2] === '--ours' ? answerRequests(process.argv[3]) : main();
run.catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
