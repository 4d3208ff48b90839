import type { RowText } from '../../../src/protocol/dataSet';
import { csvOf, type Cell } from '../../export/csv';
import type { Rows } from './rows';

/** Texts that are asked for at once. */
const pieceLength = 2000;

/**
 * The rows as a table, with their texts and all that is known of them; rows count from 0, as in every file.
 * @param order the rows, in their order
 * @param textsOf gives the texts of rows
 */
export async function rowsAsCsv(
  rows: Rows,
  order: Uint32Array,
  hasPairs: boolean,
  textsOf: (rows: Uint32Array) => Promise<readonly RowText[]>,
): Promise<string> {
  const { label, predicted, confidence, tokens } = rows.columns;
  const pair = hasPairs ? ['pair'] : [];
  const header: Cell[] = ['row', 'text', ...pair, 'label', 'prediction', 'confidence', 'correct', 'tokens'];
  const pieces = [csvOf([header])];
  for (let start = 0; start < order.length; start += pieceLength) {
    const piece = order.slice(start, start + pieceLength);
    const texts = await textsOf(piece);
    const lines = Array.from(piece, (row, i): Cell[] => {
      const verdict = rows.verdict(row);
      return [
        row,
        texts[i]?.text,
        ...(hasPairs ? [texts[i]?.pair] : []),
        rows.nameOf(label[row]),
        rows.nameOf(predicted[row]),
        Number.isNaN(confidence[row]) ? undefined : Number(confidence[row].toPrecision(7)),
        verdict === 'unknown' ? undefined : verdict === 'correct' ? 'yes' : 'no',
        tokens[row] > 0 ? tokens[row] : undefined,
      ];
    });
    pieces.push(csvOf(lines));
  }
  return pieces.join('');
}
