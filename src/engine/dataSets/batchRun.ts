import { Tensor as OrtTensor } from 'onnxruntime-node';
import { UserError } from '../errors';
import { atPositions } from '../gradients/rows';
import { logSumExp, sigmoid } from '../measures/probability';
import { toFloat32 } from '../session/feeds';
import type { LoadedModel } from '../session/loaded';
import { reasonOf } from '../session/sessions';
import { comparedState, meanStateOutput, meanWeightsInput, withMeanState } from './meanState';
import { padBatch, type PaddedBatch } from './padded';
import type { RowInputs } from './rowInputs';

/** Input of the batch graphs: the rows of the answer that are computed. */
export const positionsInput = 'headlight.positions';

/** What a model says of one row. */
export interface RowAnswer {
  /** Logits [V] at the row's position; [D] or, of each token, [s, D] for embedding models. A view. */
  readonly logits: Float32Array;
  /** Index of the most likely class or token; −1 for embedding models. */
  readonly predicted: number;
  /** Its probability; NaN for embedding models. */
  readonly confidence: number;
}

/** What one batch gives. */
export interface BatchAnswer {
  /** In the order of the batch. */
  readonly rows: readonly RowAnswer[];
  /** [B, D] mean over the tokens of the second-to-last hidden state; undefined where the model has none that was found. */
  readonly states: Float32Array | undefined;
  readonly batch: PaddedBatch;
}

/** Runs a batch for its predictions and mean hidden states. @throws UserError where the model cannot be run on it */
export async function runBatch(model: LoadedModel, rows: readonly RowInputs[]): Promise<BatchAnswer> {
  const { anatomy } = model;
  const state = comparedState(anatomy.table);
  const session = await model.session('data-set', () => {
    const whole = withMeanState(anatomy.model, anatomy.table, anatomy.answer.name, state);
    return model.hasPositions ? atPositions(whole, anatomy.answer.name, positionsInput) : whole;
  });
  const batch = padBatch(rows, anatomy.model.graph.inputs, padOf(model));
  const positions = positionsOf(model, batch);
  const feeds = { ...batch.feeds, ...positionsFeed(model, positions) };
  if (state !== undefined) feeds[meanWeightsInput] = meanWeights(batch);
  const results = await runSession(model, session, feeds);
  const means = results[meanStateOutput];
  return {
    rows: answersOf(model, batch, positions, results[anatomy.answer.name]),
    states: means === undefined ? undefined : toFloat32(means),
    batch,
  };
}

/** Runs a session of a model. @throws UserError in the words of an inspection */
export async function runSession(
  model: LoadedModel,
  session: Awaited<ReturnType<LoadedModel['session']>>,
  feeds: Record<string, OrtTensor>,
): Promise<Readonly<Record<string, OrtTensor | undefined>>> {
  try {
    return (await session.run(feeds)) as Record<string, OrtTensor>;
  } catch (cause) {
    throw new UserError(
      `“${model.name}” could not be run on these texts (${reasonOf(cause)}). Try shorter or other texts; where that does not help, the model is damaged.`,
      'model',
      { cause },
    );
  }
}

/** The id that padding has. */
export function padOf({ config, tokenizer }: LoadedModel): number {
  return config.padToken ?? tokenizer?.specials.pad?.id ?? 0;
}

/** [B, 1, S] */
function meanWeights({ rows, length }: PaddedBatch): OrtTensor {
  const weights = new Float32Array(rows.length * length);
  rows.forEach(({ ids }, row) => weights.fill(1 / ids.length, row * length, row * length + ids.length));
  return new OrtTensor('float32', weights, [rows.length, 1, length]);
}

/** The rows of the answer that somebody in the batch looks at, in order; all of them for embedding models. */
export function positionsOf({ hasPositions, outcomes }: LoadedModel, batch: PaddedBatch): number[] {
  if (!hasPositions) return [];
  if (outcomes.task === 'embedding') return Array.from({ length: batch.length }, (_, at) => at);
  return [...new Set(batch.rows.map(({ position }) => position))].sort((a, b) => a - b);
}

export function positionsFeed(
  { hasPositions }: LoadedModel,
  positions: readonly number[],
): Record<string, OrtTensor> {
  if (!hasPositions) return {};
  return {
    [positionsInput]: new OrtTensor('int64', BigInt64Array.from(positions, BigInt), [positions.length]),
  };
}

/** @param answer [B, C], [B, K, V] at the positions, or [B, S, D] */
function answersOf(
  model: LoadedModel,
  { rows }: PaddedBatch,
  positions: readonly number[],
  answer: OrtTensor | undefined,
): RowAnswer[] {
  if (answer === undefined) return [];
  const { outcomes } = model;
  const all = toFloat32(answer);
  const perRow = all.length / rows.length;
  const width = model.hasPositions ? perRow / positions.length : perRow;
  return rows.map(({ ids, position }, row): RowAnswer => {
    const own = all.subarray(row * perRow, (row + 1) * perRow);
    if (outcomes.task === 'embedding') {
      const logits = model.hasPositions ? own.subarray(0, ids.length * width) : own;
      return { logits, predicted: -1, confidence: NaN };
    }
    const at = model.hasPositions ? positions.indexOf(position) * width : 0;
    const logits = own.subarray(at, at + width);
    const predicted = largest(logits);
    const isMultiLabel = outcomes.isMultiLabel && outcomes.task === 'classification';
    const confidence =
      predicted < 0
        ? NaN
        : isMultiLabel
          ? sigmoid(logits[predicted])
          : Math.exp(logits[predicted] - logSumExp(logits));
    return { logits, predicted, confidence };
  });
}

/** Index of the largest number, the first of several; −1 where all are NaN. */
function largest(numbers: Float32Array): number {
  let best = -1;
  for (let i = 0; i < numbers.length; i++)
    if (!Number.isNaN(numbers[i]) && (best < 0 || numbers[i] > numbers[best])) best = i;
  return best;
}
