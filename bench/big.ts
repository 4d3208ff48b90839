// npm run bench:big [-- SIZE ...]: compares opening big models with all attention as outputs with onnxruntime's plain load of the same file.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bigSizes, writeBigModel, type BigSize } from './bigModel';
import { publish } from './publish';
import { median } from './statistics';

const repository = resolve(__dirname, '..');
const folder = join(repository, 'bench/models');
const rounds = 3;

/** What one load came to, measured in a process of its own. */
interface Load {
  readonly milliseconds: number;
  /** Most memory that the process had resident, in bytes. */
  readonly peak: number;
}

interface Comparison {
  readonly size: BigSize;
  readonly bytes: number;
  readonly plain: Load;
  readonly ours: Load;
}

const ways = { plain: 'onnxruntime, plain', ours: 'Headlight, all attention' } as const;
type Way = keyof typeof ways;

/** In the child process: loads the file once. The resident peak of a process never sinks, so that each load needs a process of its own. */
async function loadOnce(way: Way, file: string): Promise<void> {
  const { InferenceSession } = await import('onnxruntime-node');
  const { readModel } = await import('../src/engine/onnx/read');
  const { normalise } = await import('../src/engine/normalise');
  const { findSites } = await import('../src/engine/sites/find');
  const { instrument } = await import('../src/engine/sites/instrument');
  const { openSession } = await import('../src/engine/session/sessions');
  const began = performance.now();
  if (way === 'plain') await InferenceSession.create(file, { logSeverityLevel: 3 });
  else {
    const model = normalise(readModel(file));
    const table = findSites(model);
    if (table.sites.length === 0) throw new Error(`no attention was found in ${file}`);
    await openSession(instrument(model, table, { attentions: true, headMask: true }).model);
  }
  const milliseconds = performance.now() - began;
  process.stdout.write(JSON.stringify({ milliseconds, peak: peakMemory() } satisfies Load));
}

/** Linux counts memory-mapped weights too (VmHWM), as `maxRSS` does elsewhere. */
function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function measured(way: Way, file: string): Load {
  const text = execFileSync(
    process.execPath,
    ['--import', pathToFileURL(require.resolve('tsx')).href, __filename, '--load', way, file],
    { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return JSON.parse(text) as Load;
}

/** Medians over rounds in which both ways take turns, so that a busy moment hits both. */
function compare(file: string): Record<Way, Load> {
  const loads: Record<Way, Load[]> = { plain: [], ours: [] };
  // Not counted: the first reading brings the file into the system's cache.
  measured('plain', file);
  for (let round = 0; round < rounds; round++)
    for (const way of ['plain', 'ours'] as const) loads[way].push(measured(way, file));
  const middle = (list: readonly Load[]): Load => ({
    milliseconds: median(list.map(({ milliseconds }) => milliseconds)),
    peak: median(list.map(({ peak }) => peak)),
  });
  return { plain: middle(loads.plain), ours: middle(loads.ours) };
}

async function main(): Promise<void> {
  const named = process.argv.slice(2);
  const sizes = bigSizes.filter(({ name }) => named.length === 0 || named.includes(name));
  const results: Comparison[] = [];
  mkdirSync(folder, { recursive: true });
  for (const size of sizes) {
    const room = statfsSync(folder);
    if (room.bavail * room.bsize < 3 * size.bytes) {
      console.log(`${size.name} is left out: there is no room for it on the disk.`);
      continue;
    }
    const home = join(folder, size.name);
    mkdirSync(home, { recursive: true });
    try {
      const { file } = writeBigModel(size, home);
      const bytes = statSync(file).size + (size.isExternal ? statSync(`${file}_data`).size : 0);
      const result = { size, bytes, ...compare(file) };
      console.log(table([result]));
      results.push(result);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }
  await publish('big models', table(results));
}

function table(results: readonly Comparison[]): string {
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
  const lines = results.map(({ size, bytes, plain, ours }) => {
    const time = (ours.milliseconds / plain.milliseconds).toFixed(2);
    const memory = (ours.peak / plain.peak).toFixed(2);
    return `| ${size.title} | ${gigabytes(bytes)} | ${Math.round(plain.milliseconds)} ms | ${Math.round(ours.milliseconds)} ms | ${time} | ${gigabytes(plain.peak)} | ${gigabytes(ours.peak)} | ${memory} |`;
  });
  return [
    `| model | size | ${ways.plain} | ${ways.ours} | time, goal ≤ 1 | peak, plain | peak, ours | memory, goal ≤ 1 |`,
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

if (process.argv[2] === '--load')
  void loadOnce(process.argv[3] === 'ours' ? 'ours' : 'plain', process.argv[4]);
else void main();
