import { padOf, positionsOf } from '../dataSets/batchRun';
import { batchesOf, limitsOf } from '../dataSets/batches';
import { padBatch } from '../dataSets/padded';
import type { RowInputs } from '../dataSets/rowInputs';
import type { PreparedInputs } from './inputs';
import type { Interventions } from './levers';
import type { LoadedModel } from './loaded';
import { logitsAt } from './logitRows';

/** One version of a text, and the row of the answer that is asked for: −1 where the model answers for the text as a whole. */
export interface VersionInputs {
  readonly prepared: PreparedInputs;
  readonly row: number;
}

/**
 * What a model says of several texts, in as few runs as its inputs allow: texts of different lengths are padded at their ends, where neither the
 * positions of the others nor causal attention are touched, as far as the model has a mask for it; texts of the same length share a run anyway.
 * Models that take one text at a time, or quantise numbers as they come, read them one by one.
 * @param run does one run, which is of so many of the texts
 * @returns [V] or [C] of each text
 */
export async function logitsOfVersions(
  model: LoadedModel,
  versions: readonly VersionInputs[],
  interventions: Interventions,
  run: <T>(texts: number, once: () => Promise<T>) => Promise<T>,
): Promise<Float32Array[]> {
  const answers: Float32Array[] = [];
  // Tensors of the user's own are of one text.
  const isFed = versions.some(({ prepared }) => prepared.sequence.given !== undefined);
  if (isFed) {
    for (const { prepared, row } of versions) {
      const rows = row < 0 ? [] : [row];
      answers.push((await run(1, () => logitsAt(model, prepared.sequence, rows, interventions))).data);
    }
    return answers;
  }
  const { inputs } = model.anatomy.model.graph;
  for (const batch of batchesOf(versions.map(rowInputs), limitsOf(model, false))) {
    const padded = padBatch(batch, inputs, padOf(model));
    const positions = positionsOf(model, padded);
    const { data } = await run(batch.length, () => model.logitsOfBatch(padded, positions, interventions));
    const width = data.length / batch.length / Math.max(1, positions.length);
    batch.forEach(({ row, position }, copy) => {
      const at = (copy * Math.max(1, positions.length) + Math.max(0, positions.indexOf(position))) * width;
      answers[row] = data.slice(at, at + width);
    });
  }
  return answers;
}

function rowInputs({ prepared, row: position }: VersionInputs, row: number): RowInputs {
  const { inputIds, typeIds, decoderInputIds } = prepared.sequence;
  return {
    row,
    ids: Int32Array.from(inputIds),
    typeIds,
    ...(decoderInputIds === undefined ? {} : { decoderIds: Int32Array.from(decoderInputIds) }),
    position,
    isCut: false,
  };
}
