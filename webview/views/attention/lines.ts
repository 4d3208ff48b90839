import type { Pen } from '../../marks/pen';
import type { TokenRow } from '../../../src/protocol/inspection';
import type { Tensor } from '../../../src/protocol/tensor';

/** Which text the queries and which the keys are of; A is the first, B the second. */
export const pairFilters = ['all', 'A→A', 'A→B', 'B→A', 'B→B'] as const;
export type PairFilter = (typeof pairFilters)[number];

/** Whether a row holds tokens of two texts. */
export function isPair(row: TokenRow): boolean {
  return row.sequences?.includes(1) === true;
}

/** Tokens of a row that a filter leaves on one side, in order. A special token belongs to the text that it ends or begins. */
export function filteredTokens(row: TokenRow, filter: PairFilter, side: 'query' | 'key'): number[] {
  const tokens = Array.from(row.pieces.keys());
  const { sequences } = row;
  if (filter === 'all' || !sequences) return tokens;
  const wanted = filter.split('→')[side === 'query' ? 0 : 1] === 'B' ? 1 : 0;
  let text = 0;
  return tokens.filter((token) => {
    if (sequences[token] >= 0) text = sequences[token];
    return text === wanted;
  });
}

/** Lines of one head, weakest first, as columns; rows are places in the two columns of tokens, not tokens. */
export interface Lines {
  readonly from: Uint16Array;
  readonly to: Uint16Array;
  readonly weights: Float32Array;
}

/**
 * The attention that is drawn as lines.
 * @param attention [Sq, Sk]
 * @param queries, keys tokens in the two columns, from top to bottom
 * @param threshold smallest weight that gets a line
 */
export function linesOf(
  attention: Tensor,
  queries: readonly number[],
  keys: readonly number[],
  threshold: number,
): Lines {
  const columns = attention.dims[1];
  const found: number[] = [];
  queries.forEach((query, row) => {
    keys.forEach((key, column) => {
      const weight = attention.data[query * columns + key];
      if (weight >= threshold && weight > 0) found.push(row * keys.length + column);
    });
  });
  const weightOf = (cell: number) =>
    attention.data[queries[Math.floor(cell / keys.length)] * columns + keys[cell % keys.length]];
  const cells = Uint32Array.from(found).sort((a, b) => weightOf(a) - weightOf(b) || a - b);
  return {
    from: Uint16Array.from(cells, (cell) => Math.floor(cell / keys.length)),
    to: Uint16Array.from(cells, (cell) => cell % keys.length),
    weights: Float32Array.from(cells, weightOf),
  };
}

/** What is pointed at: a place in the column of queries or of keys. */
export interface Pointed {
  readonly side: 'query' | 'key';
  readonly row: number;
}

/** Rows that can be seen, fractions included. */
export interface RowWindow {
  readonly first: number;
  readonly last: number;
}

/** Steps of weight that lines are drawn in: each step is one path of the canvas, which is much faster than one per line. */
const steps = 24;

/** Draws lines between two columns. @param y middle of a row @param colour CSS colour */
export function drawLines(
  context: Pen,
  { from, to, weights }: Lines,
  colour: string,
  x0: number,
  x1: number,
  y: (row: number) => number,
  window: RowWindow,
  pointed: Pointed | undefined,
): void {
  context.strokeStyle = colour;
  let at = 0;
  while (at < weights.length) {
    const step = stepOf(weights[at]);
    context.beginPath();
    for (; at < weights.length && stepOf(weights[at]) === step; at++) {
      if (pointed && (pointed.side === 'query' ? from[at] : to[at]) !== pointed.row) continue;
      // A line is seen unless both its ends are on the same side out of view.
      if (Math.max(from[at], to[at]) < window.first || Math.min(from[at], to[at]) > window.last) continue;
      context.moveTo(x0, y(from[at]));
      context.lineTo(x1, y(to[at]));
    }
    const weight = (step + 0.5) / steps;
    context.globalAlpha = pointed ? 0.25 + 0.75 * weight : 0.06 + 0.94 * weight;
    context.lineWidth = 0.75 + 2 * weight;
    context.stroke();
  }
  context.globalAlpha = 1;
}

function stepOf(weight: number): number {
  return Math.min(steps - 1, Math.floor(weight * steps));
}
