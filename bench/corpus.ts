// npm run bench:corpus [-- LINES]: a data set of 10,000 lines against bare onnxruntime on the same model and the same lines, and the memory over time.
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { seededRandom } from '../src/engine/random';
import { Engine } from '../src/engine/session/engine';
import { loadTokenizer } from '../src/engine/tokens/load';
import { publish } from './publish';

const repository = resolve(__dirname, '..');
const modelsFolder = join(repository, 'media/models');
const name = 'headlight-encoder-sentiment';
const lines = Number(process.argv[2] ?? 10_000);
const linesPerRound = Math.ceil(lines / 10);
const batchSizes = [16, 32, 64, 128];

/** Lines of 3 to 60 words of the sample texts, most of them short: the lengths of reviews and messages. */
function makeLines(): string[] {
  const words = ['reviews.txt', 'prompt.md']
    .map((file) => readFileSync(join(repository, 'samples', file), 'utf8'))
    .join(' ')
    .split(/\s+/);
  const random = seededRandom(11);
  return Array.from({ length: lines }, () => {
    const count = 3 + Math.floor(57 * random() ** 2);
    return Array.from({ length: count }, () => words[Math.floor(random() * words.length)]).join(' ');
  });
}

/** Seconds of the wall, and of all cores. */
interface Spent {
  wall: number;
  cores: number;
}

async function timed<T>(spent: Spent, body: () => Promise<T>): Promise<T> {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const result = await body();
  const { user, system } = process.cpuUsage(cpu);
  spent.wall += (performance.now() - began) / 1000;
  spent.cores += (user + system) / 1e6;
  return result;
}

/** Token ids through the model in batches of one size, sorted by length, and nothing else: no tokenising, no hidden states, no results kept. */
async function bare(session: InferenceSession, ids: readonly Int32Array[], size: number): Promise<void> {
  const sorted = [...ids].sort((a, b) => a.length - b.length);
  for (let at = 0; at < sorted.length; at += size) {
    const batch = sorted.slice(at, at + size);
    const length = batch[batch.length - 1].length;
    const dims = [batch.length, length];
    const padded = new BigInt64Array(batch.length * length);
    const mask = new BigInt64Array(padded.length);
    batch.forEach((row, index) => {
      row.forEach((id, token) => (padded[index * length + token] = BigInt(id)));
      mask.fill(1n, index * length, index * length + row.length);
    });
    await session.run({
      input_ids: new Tensor('int64', padded, dims),
      attention_mask: new Tensor('int64', mask, dims),
      token_type_ids: new Tensor('int64', new BigInt64Array(padded.length), dims),
    });
  }
}

async function fastestSize(session: InferenceSession, ids: readonly Int32Array[]): Promise<number> {
  const times: number[] = [];
  for (const size of batchSizes) {
    const spent = { wall: 0, cores: 0 };
    for (let round = 0; round < 2; round++) await timed(spent, () => bare(session, ids, size));
    times.push(spent.wall);
  }
  return batchSizes[times.indexOf(Math.min(...times))];
}

function requestOf(texts: readonly string[]) {
  const source = { kind: 'lines', name: 'lines', text: texts.join('\n') } as const;
  return { source, columns: {}, model: name, scores: false };
}

async function main(): Promise<void> {
  const texts = makeLines();
  const tokenizer = await loadTokenizer(join(modelsFolder, name));
  const ids = (await tokenizer.encodeMany(texts.map((text) => ({ text })))).map((row) => row.ids);
  const tokens = ids.reduce((sum, row) => sum + row.length, 0);
  const session = await InferenceSession.create(join(modelsFolder, name, 'onnx/model.onnx'), {
    logSeverityLevel: 3,
  });
  const size = await fastestSize(session, ids.slice(0, linesPerRound));

  const memory: number[] = [];
  const events = {
    progress: (call: number) => {
      if (call === 2) memory.push(process.memoryUsage.rss());
    },
    log: () => undefined,
  };
  const engine = new Engine({ modelsFolder, events });
  await engine.runDataSet(1, (await engine.openDataSet(1, requestOf(texts.slice(0, 100)))).id);
  const [ours, theirs] = [
    { wall: 0, cores: 0 },
    { wall: 0, cores: 0 },
  ];
  // By turns, so that a machine that gets busy slows both.
  for (let at = 0; at < lines; at += linesPerRound) {
    const { id } = await engine.openDataSet(1, requestOf(texts.slice(at, at + linesPerRound)));
    await timed(theirs, () => bare(session, ids.slice(at, at + linesPerRound), size));
    await timed(ours, () => engine.runDataSet(1, id));
    process.stderr.write('.');
  }
  const { id } = await engine.openDataSet(1, requestOf(texts));
  await engine.runDataSet(2, id);
  process.stderr.write('\n');

  const rate = (spent: number): string => Math.round(tokens / spent).toLocaleString('en');
  const share = (part: number): string =>
    ((memory[Math.floor(part * (memory.length - 1))] / 2 ** 20) | 0).toString();
  const table = [
    `${lines.toLocaleString('en')} lines, ${tokens.toLocaleString('en')} tokens, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, load average ${loadavg()[0].toFixed(0)}:`,
    '',
    `|                          | onnxruntime, batches of ${size} | Headlight | ratio, goal ≥ 0.9 |`,
    '| --- | --- | --- | --- |',
    `| tokens per second        | ${rate(theirs.wall)} | ${rate(ours.wall)} | ${(theirs.wall / ours.wall).toFixed(2)} |`,
    `| tokens per core second   | ${rate(theirs.cores)} | ${rate(ours.cores)} | ${(theirs.cores / ours.cores).toFixed(2)} |`,
    '',
    '| share of the lines that was run | 10 % | 25 % | 50 % | 75 % | 100 % |',
    '| --- | --- | --- | --- | --- | --- |',
    `| resident memory, MB | ${[0.1, 0.25, 0.5, 0.75, 1].map(share).join(' | ')} |`,
  ].join('\n');
  console.log(table);
  await publish('corpus', table);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
