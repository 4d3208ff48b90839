import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../src/engine/session/engine';
import { generate } from '../src/engine/session/generate';
import { repository } from '../test/workbench/bed/lanes';
import { median } from './statistics';

/** Median milliseconds of 20 greedy tokens behind a prompt, once it is inspected. */
export interface GenerateTimes {
  readonly model: string;
  /** Tokens of the prompt. */
  readonly prompt: number;
  readonly usesCache: boolean;
  readonly total: number;
  readonly perToken: number;
}

const tokens = 20;
const runs = 7;
const lengths = [32, 96];

/** Times continuations by the built-in decoder and, where HEADLIGHT_FIXTURES names the full fixtures, by models with a cache, with it and without. */
export async function timeGeneration(): Promise<GenerateTimes[]> {
  const engine = new Engine({
    modelsFolder: join(repository, 'media/models'),
    events: { progress: () => undefined, log: () => undefined },
  });
  const fixtures = process.env.HEADLIGHT_FIXTURES;
  const withCache = ['gpt2/with-past', 'gpt2/merged', 'llama/with-past'].flatMap((name) => {
    const onnx = join(fixtures ?? '', name, 'model.onnx');
    return fixtures && existsSync(onnx) ? [{ name, model: join(onnx, '../..'), onnx }] : [];
  });
  const times: GenerateTimes[] = [];
  for (const named of [
    { name: 'headlight-decoder', model: 'headlight-decoder', onnx: undefined },
    ...withCache,
  ]) {
    for (const prompt of lengths) {
      for (const cache of named.onnx === undefined ? [false] : [true, false])
        times.push(await timeOne(engine, named, prompt, cache));
    }
  }
  return times;
}

async function timeOne(
  engine: Engine,
  { name, model, onnx }: { readonly name: string; readonly model: string; readonly onnx?: string },
  prompt: number,
  cache: boolean,
): Promise<GenerateTimes> {
  const inputIds = Array.from({ length: prompt }, (_, i) => 100 + ((i * 37) % 400));
  const { id } = await engine.inspect(0, {
    model,
    onnx,
    text: '',
    inputIds,
    saliency: [],
    measures: [],
    parse: 'none',
  });
  const request = {
    inspection: id,
    tokens,
    count: 0,
    withGreedy: true,
    temperature: 0,
    topP: 1,
    seed: 0,
    ignoreEnd: true,
  };
  const totals: number[] = [];
  let usesCache = false;
  let made = tokens;
  for (let run = 0; run <= runs; run++) {
    const began = performance.now();
    const generation = await engine.furtherRun(0, id, (recalled, work) =>
      generate(recalled, work, request, { cache }),
    );
    usesCache = generation.usesCache;
    made = generation.branches[0].tokens.length;
    // The first opens the session.
    if (run > 0) totals.push(performance.now() - began);
  }
  const total = median(totals);
  return { model: name, prompt, usesCache, total, perToken: total / made };
}
