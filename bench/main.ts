// npm run bench [inspect|flow|generate|workbench|vsix ...]: measures, prints tables, and writes bench/results.json and the tables of bench/README.md.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { repository } from '../test/workbench/bed/lanes';
import { timeFlow, type FlowTimes } from './flow';
import { timeGeneration, type GenerateTimes } from './generate';
import { timeInspections, type InspectTimes } from './inspect';
import { timeLive, type LiveTimes } from './live';
import { publish } from './publish';
import { timeWorkbench, type WorkbenchTimes } from './workbench';

interface Results {
  machine: string;
  inspect?: readonly InspectTimes[];
  flow?: readonly FlowTimes[];
  generate?: readonly GenerateTimes[];
  workbench?: WorkbenchTimes;
  live?: readonly LiveTimes[];
  vsix?: { readonly bytes: number };
}

const resultsFile = join(repository, 'bench/results.json');

const benchmarks = {
  inspect: async () => ({ inspect: await timeInspections([16, 64, 256]) }),
  flow: () => Promise.resolve({ flow: timeFlow() }),
  generate: async () => ({ generate: await timeGeneration() }),
  workbench: async () => ({ workbench: await timeWorkbench() }),
  live: async () => ({ live: await timeLive() }),
  vsix: () => Promise.resolve({ vsix: { bytes: vsixSize() } }),
} satisfies Record<string, () => Promise<Partial<Results>>>;
type Name = keyof typeof benchmarks;

async function main(): Promise<void> {
  const all = Object.keys(benchmarks) as Name[];
  const named = process.argv.slice(2);
  const unknown = named.filter((name) => !all.includes(name as Name));
  if (unknown.length > 0) throw new Error(`No benchmark ${unknown.join(', ')}; there are ${all.join(', ')}.`);
  execFileSync(process.execPath, ['esbuild.mjs', '--production'], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let results: Results = { ...previous(), machine: machine() };
  for (const name of all) {
    if (named.length > 0 && !named.includes(name)) continue;
    results = { ...results, ...(await benchmarks[name]()) };
  }
  writeFileSync(resultsFile, `${JSON.stringify(results, undefined, 2)}\n`);
  const text = describe(results);
  console.log(text);
  await publish('results', text);
}

function previous(): Partial<Results> {
  try {
    return JSON.parse(readFileSync(resultsFile, 'utf8')) as Results;
  } catch {
    return {};
  }
}

function machine(): string {
  const cores = cpus();
  const [load] = loadavg();
  // Numbers of a machine that had other work to do say little; the reader should know.
  const busy =
    load > cores.length / 2 ? `; it was busy with other work (load average ${load.toFixed(0)})` : '';
  return `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ${process.platform}-${process.arch}${busy}`;
}

function vsixSize(): number {
  const file = join(tmpdir(), `headlight-bench-${process.pid}.vsix`);
  try {
    execFileSync(process.execPath, ['scripts/package.mjs', file], { cwd: repository, stdio: 'pipe' });
    return statSync(file).size;
  } finally {
    rmSync(file, { force: true });
  }
}

function describe({ machine: where, inspect, flow, generate, workbench, live, vsix }: Results): string {
  const parts = [`Measured on ${where}.`];
  if (inspect) {
    const columns = [
      'tokenize',
      'forward',
      'backward',
      'parse',
      'measures',
      'transfer',
      'total',
      'attention',
    ] as const;
    parts.push(
      'One inspection in the engine process, warm, median of 21, in milliseconds; `attention` is fetching one head afterwards:',
      table(
        ['tokens', ...columns],
        inspect.map((row) => [String(row.tokens), ...columns.map((column) => row[column].toFixed(1))]),
      ),
    );
  }
  if (flow) {
    parts.push(
      'Attention flow between all pairs of tokens, in seconds on the clock and of one core, best of 5; the goal is at most 2:',
      table(
        ['attention', 'layers', 'tokens', 'clock', 'core'],
        flow.map((row) => [
          row.attention,
          String(row.layers),
          String(row.tokens),
          row.clock.toFixed(2),
          row.work.toFixed(2),
        ]),
      ),
    );
  }
  if (generate) {
    parts.push(
      'Twenty greedy tokens behind an inspected prompt, median of 7, in milliseconds; with a cache each token is read once, without all is read again for each:',
      table(
        ['model', 'prompt', 'cache', 'total', 'per token'],
        generate.map(({ model, prompt, usesCache, total, perToken }) => [
          model,
          `${prompt} tokens`,
          usesCache ? 'yes' : 'no',
          total.toFixed(0),
          perToken.toFixed(1),
        ]),
      ),
    );
  }
  const rows: string[][] = [];
  if (workbench) {
    const { tokens, paintedP95, paintedMedian, paintedFirst, bytes, activation } = workbench;
    rows.push(
      [
        `command to painted views, warm, ${tokens} tokens, p95 of 20`,
        `${paintedP95.toFixed(0)} ms`,
        '300 ms',
      ],
      ['the same, median', `${paintedMedian.toFixed(0)} ms`, ''],
      ['the first inspection of a window', `${paintedFirst.toFixed(0)} ms`, ''],
      ['sent to the inspector per inspection', `${(bytes / 1024).toFixed(0)} kB`, ''],
      ['activation', `${activation} ms`, '50 ms'],
    );
  }
  if (vsix) rows.push(['VSIX', `${(vsix.bytes / 1e6).toFixed(1)} MB`, '60 MB']);
  if (rows.length > 0) parts.push('In VS Code:', table(['', 'measured', 'goal: at most'], rows));
  if (live) {
    parts.push(
      'A keystroke in a text that is followed live, in milliseconds: from the key to the last frame with new colours (goal at 128 tokens: 100, p95 of 40), and how long the extension host is held up (goal: 2):',
      table(
        ['tokens', 'key to colours, median', 'p95', 'in the extension host, median', 'p95'],
        live.map((row) => [
          String(row.tokens),
          row.coloursMedian.toFixed(0),
          row.coloursP95.toFixed(0),
          row.hostMedian.toFixed(2),
          row.hostP95.toFixed(2),
        ]),
      ),
    );
  }
  return parts.join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
