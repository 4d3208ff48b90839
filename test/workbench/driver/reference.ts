import { join } from 'node:path';
import { levelCount, saliencyLevels } from '../../../src/editor/levels';
import { TrackedRanges } from '../../../src/editor/trackedRanges';
import { EngineClient } from '../../../src/engineClient';
import type { ColumnChoice, DataSetScores, InstanceColumns, Projection } from '../../../src/protocol/dataSet';
import type { Inspection, ModelInspection, SaliencyName } from '../../../src/protocol/inspection';
import { repository } from '../bed/lanes';

export const defaultModel = 'headlight-encoder-sentiment';

/** What the engine says of a text, asked without an editor: what the editor and the views have to show. */
export async function referenceInspection(
  text: string,
  model = defaultModel,
  saliency?: readonly SaliencyName[],
): Promise<ModelInspection> {
  const client = new EngineClient({
    program: { entry: join(repository, 'dist/engine.js') },
    start: { modelsFolder: join(repository, 'media/models') },
    log: () => undefined,
  });
  try {
    return await client.inspect({ model, text, saliency });
  } finally {
    await client.shutdown();
  }
}

/** What the engine says of every text of a file. */
export function referenceInstances(path: string, columns: ColumnChoice): Promise<InstanceColumns> {
  return withDataSet({ path, columns, scores: false }, (client, id) =>
    client.askDataSet((engine) => engine.runDataSet, id),
  );
}

/** The map of the texts of a file. */
export function referenceMap(path: string, columns: ColumnChoice): Promise<Projection> {
  return withDataSet({ path, columns, scores: false }, async (client, id) => {
    await client.askDataSet((engine) => engine.runDataSet, id);
    return client.askDataSet((engine) => engine.projectDataSet, id);
  });
}

/** Means of all heads over the texts of a file. */
export function referenceScores(path: string, columns: ColumnChoice): Promise<DataSetScores> {
  return withDataSet({ path, columns, scores: true }, async (client, id) => {
    await client.askDataSet((engine) => engine.runDataSet, id);
    return client.askDataSet((engine) => engine.dataSetScores, id);
  });
}

async function withDataSet<Result>(
  { path, columns, scores }: { path: string; columns: ColumnChoice; scores: boolean },
  ask: (client: EngineClient, id: string) => Promise<Result>,
): Promise<Result> {
  const client = new EngineClient({
    program: { entry: join(repository, 'dist/engine.js') },
    start: { modelsFolder: join(repository, 'media/models') },
    log: () => undefined,
  });
  try {
    const source = { kind: 'file', path } as const;
    const { id } = await client.openDataSet({ source, columns, model: defaultModel, scores });
    return await ask(client, id);
  } finally {
    await client.shutdown();
  }
}

/** A coloured stretch of text as the editor is to paint it. */
export interface ExpectedPaint {
  readonly text: string;
  /** 1 to 16: the step of colour. */
  readonly level: number;
}

/** The coloured tokens of an inspection. Neighbours that touch and have one colour are painted as one box. */
export function expectedPaint(inspection: Inspection, measure: SaliencyName): ExpectedPaint[] {
  const { text, tokens, saliency } = inspection;
  const scores = saliency[measure];
  if (!scores) throw new Error(`The inspection has no ${measure}.`);
  const ranges = new TrackedRanges(tokens.offsets, 0, [0, text.length]);
  const boxes: { start: number; end: number; level: number }[] = [];
  saliencyLevels(scores, ranges).forEach((level, token) => {
    const range = ranges.at(token);
    if (level === 0 || !range) return;
    const [start, end] = range;
    const last = boxes.at(-1);
    if (last && last.end === start && last.level === level) last.end = end;
    else boxes.push({ start, end, level });
  });
  return boxes.map(({ start, end, level }) => ({ text: text.slice(start, end), level }));
}

/** The share of the theme's colour in a painted background, in steps as {@link ExpectedPaint} has them. */
export function paintedLevel(background: string, opacity: number): number {
  const alpha = /\/\s*([\d.]+)\)$|rgba\([^)]*,\s*([\d.]+)\)$/.exec(background);
  return Math.round((Number(alpha?.[1] ?? alpha?.[2] ?? 1) / opacity) * levelCount);
}
