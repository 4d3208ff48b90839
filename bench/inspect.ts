import { join } from 'node:path';
import { EngineClient } from '../src/engineClient';
import type { Inspection } from '../src/protocol/inspection';
import { repository } from '../test/workbench/bed/lanes';
import { median } from './statistics';

/** Median milliseconds of one warm inspection, by the stages of the engine and the way to its caller. */
export interface InspectTimes {
  readonly tokens: number;
  readonly tokenize: number;
  readonly forward: number;
  readonly backward: number;
  readonly parse: number;
  readonly measures: number;
  /** What the caller waits beyond the engine's own total: both directions between the processes. */
  readonly transfer: number;
  /** What the caller waits. */
  readonly total: number;
  /** Median of fetching one head's attention afterwards. */
  readonly attention: number;
}

const model = 'headlight-encoder-sentiment';
const runs = 21;
const warmUps = 3;

/** Prose that is long enough for the longest text; cut to size word by word. */
const prose =
  'The film is slow, but its quiet performances and its careful eye for detail make it a small masterpiece. ' +
  'Nobody expected the young director to follow her debut with a comedy that is so warm, so clever and so honest. ' +
  'The jokes are stale, the plot makes no sense, and even the music sounds tired. ' +
  'A patient viewer will find that the second half repays the long and careful work of the first. ';

/** Times inspections of texts of the given lengths in the real engine process, as the extension starts it. */
export async function timeInspections(lengths: readonly number[]): Promise<InspectTimes[]> {
  const client = new EngineClient({
    program: { entry: join(repository, 'dist/engine.js') },
    start: { modelsFolder: join(repository, 'media/models') },
    log: () => undefined,
  });
  try {
    const times: InspectTimes[] = [];
    for (const tokens of lengths) times.push(await timeOne(client, tokens));
    return times;
  } finally {
    await client.shutdown();
  }
}

async function timeOne(client: EngineClient, tokens: number): Promise<InspectTimes> {
  const texts: string[] = [];
  for (let run = 0; run < warmUps + runs; run++) texts.push(await textOf(client, tokens, run));
  const seen: { readonly inspection: Inspection; readonly waited: number; readonly attention: number }[] = [];
  for (const [run, text] of texts.entries()) {
    const began = performance.now();
    const inspection = await client.inspect({ model, text });
    const waited = performance.now() - began;
    const asked = performance.now();
    const head = { block: 'self', layer: run % 4, head: run % 8 } as const;
    await client.attention({ inspection: inspection.id, heads: [head], level: 'word' });
    if (run >= warmUps) seen.push({ inspection, waited, attention: performance.now() - asked });
  }
  const stage = (name: 'tokenize' | 'forward' | 'backward' | 'parse' | 'measures') =>
    median(seen.map(({ inspection }) => inspection.timings[name]));
  return {
    tokens,
    tokenize: stage('tokenize'),
    forward: stage('forward'),
    backward: stage('backward'),
    parse: stage('parse'),
    measures: stage('measures'),
    transfer: median(seen.map(({ inspection, waited }) => waited - inspection.timings.total)),
    total: median(seen.map(({ waited }) => waited)),
    attention: median(seen.map(({ attention }) => attention)),
  };
}

/** Prose of exactly that many tokens, special ones included; another one for each `start`, so that nothing is known already. */
async function textOf(client: EngineClient, tokens: number, start: number): Promise<string> {
  const words = prose
    .repeat(2 + Math.ceil(tokens / 60))
    .trim()
    .split(' ')
    .slice(start);
  const lengthOf = async (text: string) =>
    (await client.inspect({ model, text, parse: 'none', measures: [], saliency: [] })).tokens.ids.length;
  let count = Math.floor(tokens / 1.4);
  for (;;) {
    const text = words.slice(0, count).join(' ');
    const missing = tokens - (await lengthOf(text));
    if (missing === 0) return text;
    // One word can be several pieces; the last few places are filled with one that is a single piece.
    if (missing > 0 && missing < 6) return `${text}${' so'.repeat(missing)}`;
    count += missing > 0 ? Math.ceil(missing / 2) : Math.floor(missing / 2);
  }
}
