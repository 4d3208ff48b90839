import { setImmediate as pause } from 'node:timers/promises';
import { UserError } from '../errors';
import type { Turn, Work } from '../session/queue';
import { batchesOf, limitsOf } from './batches';
import { runBatch, type BatchAnswer } from './batchRun';
import type { DataSet } from './dataSet';
import type { Piece } from './piece';
import { ScoreSums } from './scoreSums';
import { tokenizeRows, type RowInputs } from './rowInputs';

/**
 * Runs the rows of a data set that were not run yet, batch by batch: other work gets its turn between any two.
 * @throws Cancelled with everything kept that was done
 */
export async function runDataSet(dataSet: DataSet, work: Work, turn: Turn): Promise<void> {
  const { model, pieces } = dataSet;
  const limits = limitsOf(model, dataSet.request.scores);
  const open = pieces.filter(({ isRun }) => isRun.includes(0));
  const { length } = dataSet;
  let { done } = dataSet;
  const report = (): void => {
    const message = `Running ${model.name}: ${done.toLocaleString('en')} of ${length.toLocaleString('en')} texts`;
    work.report({ message, fraction: done / length });
  };
  // The next piece is tokenised, on other cores, while the model is busy with this one.
  let next = open.length > 0 ? tokenizePiece(dataSet, open[0]) : undefined;
  for (const [index, piece] of open.entries()) {
    const { inputs, refused } = await (next ?? tokenizePiece(dataSet, piece));
    work.check();
    const following = open.at(index + 1);
    next =
      following === undefined || index + 1 === open.length ? undefined : tokenizePiece(dataSet, following);
    // Its failure is met where it is waited for; a cancelled run never does.
    next?.catch(() => undefined);
    for (const { row, reason } of refused) {
      piece.isRun[row - piece.start] = 1;
      done++;
      piece.refused.set(reason, (piece.refused.get(reason) ?? 0) + 1);
    }
    for (const batch of batchesOf(inputs, limits)) {
      report();
      await runRows(dataSet, piece, batch, turn);
      done += batch.length;
      // Calls that came in during the run are read from the channel now, and queue up before the next batch does.
      await pause();
      work.check();
    }
    await dataSet.kept?.keep(piece, pieces.indexOf(piece));
  }
  report();
}

async function tokenizePiece(dataSet: DataSet, { start, isRun }: Piece): ReturnType<typeof tokenizeRows> {
  const rows = Array.from(isRun, (run, index) => (run === 1 ? [] : [start + index])).flat();
  return tokenizeRows(
    dataSet.model,
    rows.map((row) => ({ row, text: dataSet.textOf(row) })),
    dataSet.request.scores,
  );
}

/** A batch; where the model does not take batches at all, its rows one by one. */
async function runRows(
  dataSet: DataSet,
  piece: Piece,
  rows: readonly RowInputs[],
  turn: Turn,
): Promise<void> {
  try {
    const answer = await turn(() => runBatch(dataSet.model, rows));
    if (dataSet.scorer !== undefined) {
      const { scorer } = dataSet;
      const sums = await turn(() => scorer.score(answer));
      piece.scores ??= new ScoreSums();
      piece.scores.add(sums);
    }
    keep(piece, answer, dataSet.classes > 0);
  } catch (error) {
    if (rows.length === 1 || !(error instanceof UserError) || error.kind === 'cancelled') throw error;
    for (const row of rows) await runRows(dataSet, piece, [row], turn);
  }
}

/** @param isClass what is predicted is a class, not a token of the vocabulary */
function keep(piece: Piece, { rows, states, batch }: BatchAnswer, isClass: boolean): void {
  const width = states === undefined ? 0 : states.length / rows.length;
  if (states !== undefined && piece.states === undefined) {
    piece.width = width;
    piece.states = new Float32Array(width * piece.length).fill(NaN);
  }
  rows.forEach(({ predicted, confidence }, index) => {
    const { row, ids, isCut } = batch.rows[index];
    const at = row - piece.start;
    piece.predicted[at] = isClass ? predicted : -1;
    piece.confidence[at] = confidence;
    piece.tokens[at] = ids.length;
    piece.isRun[at] = 1;
    if (isCut) piece.cut++;
    if (states !== undefined)
      piece.states?.set(states.subarray(index * width, (index + 1) * width), at * width);
  });
}
