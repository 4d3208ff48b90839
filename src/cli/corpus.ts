import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../engine/errors';
import { Engine } from '../engine/session/engine';
import { readPageBundle } from '../export/bundle';
import { dataSetPage } from '../export/dataSetPage';
import { agreementOf } from '../protocol/agreement';
import type { Progress } from '../protocol/engine';
import { corpusJson, corpusText, csvHead, csvLine, type CorpusRun } from './corpusRecord';
import { corpusUsage, parseCorpus, type CorpusArguments } from './corpusArguments';
import { resolveReference } from './models';
import { bundleFolder } from './page';

/** Rows whose texts are asked for at once. */
const rowsAtOnce = 1000;
const defaultLeast = 100;

/** `headlight corpus …`; gives what is to be printed. */
export async function runCorpus(argv: readonly string[], modelsFolder: string): Promise<string> {
  const asked = parseCorpus(argv);
  if (asked === 'help') return corpusUsage;
  const line = new ProgressLine();
  const engine = new Engine({
    modelsFolder,
    ...(asked.cache ? { storage: cacheFolder() } : {}),
    events: { progress: (_call, progress) => line.show(progress), log: () => undefined },
  });
  const { run, id } = await runOver(engine, asked).finally(() => line.clear());
  if (asked.csv !== undefined) await writeCsv(asked.csv, engine, id, run);
  if (asked.html !== undefined)
    await written(asked.html, writeFile(asked.html, dataSetPage(run, await readPageBundle(bundleFolder()))));
  if (asked.json === '-') return `${corpusJson(run)}\n`;
  if (asked.json !== undefined) await written(asked.json, writeFile(asked.json, corpusJson(run)));
  return corpusText(run);
}

async function runOver(
  engine: Engine,
  asked: CorpusArguments,
): Promise<{ readonly run: CorpusRun; readonly id: string }> {
  const source = { kind: 'file', path: resolve(asked.file) } as const;
  const outline = await engine.outlineDataSet(1, source);
  const columns = { ...outline.suggested, ...asked.columns };
  const opened = await engine.openDataSet(2, {
    source,
    columns,
    model: resolveReference(asked.model),
    onnx: asked.onnx,
    scores: asked.scores,
    conllu: asked.conllu,
    leastInstances: asked.leastInstances,
    mostRows: asked.limit,
  });
  const before = await engine.instances(3, opened.id);
  const began = performance.now();
  const instances = await engine.runDataSet(4, opened.id);
  const seconds = (performance.now() - began) / 1000;
  const run: CorpusRun = {
    file: asked.file,
    format: outline.format,
    columns,
    opened,
    instances,
    agreement: agreementOf(instances, opened.labels),
    scores: asked.scores ? await engine.dataSetScores(5, opened.id) : undefined,
    leastInstances: asked.leastInstances ?? defaultLeast,
    tokensNow: sumOf(instances.tokens) - sumOf(before.tokens),
    seconds,
  };
  return { run, id: opened.id };
}

function sumOf(counts: Int32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

async function writeCsv(path: string, engine: Engine, dataSet: string, run: CorpusRun): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    yield csvHead;
    for (let first = 0; first < run.opened.rows; first += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, run.opened.rows - first);
      const rows = Uint32Array.from({ length: count }, (_, index) => first + index);
      const texts = await engine.rowTexts(6, { dataSet, rows });
      yield texts.map((text, index) => csvLine(first + index, text, run)).join('');
    }
  }
  await written(path, pipeline(Readable.from(lines()), createWriteStream(path)));
}

async function written(path: string, writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (cause) {
    throw new UserError(
      `“${path}” cannot be written. Check the folder, your rights and the free space.`,
      'input',
      { cause },
    );
  }
}

/** Where programs keep what they can compute again. */
function cacheFolder(): string {
  const base =
    process.env['XDG_CACHE_HOME'] ??
    (process.platform === 'win32' ? process.env['LOCALAPPDATA'] : undefined) ??
    (process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache'));
  return join(base, 'headlight');
}

/** One line on standard error that is written over; none where that is not a terminal. */
class ProgressLine {
  private shown = 0;

  show({ message, fraction }: Progress): void {
    if (!process.stderr.isTTY) return;
    const share = fraction === undefined ? '' : ` (${Math.floor(100 * fraction)} %)`;
    const line = `${message}${share}`.slice(0, Math.max(20, (process.stderr.columns || 80) - 1));
    process.stderr.write(`\r${line.padEnd(this.shown)}`);
    this.shown = line.length;
  }

  clear(): void {
    if (this.shown > 0) process.stderr.write(`\r${' '.repeat(this.shown)}\r`);
    this.shown = 0;
  }
}
