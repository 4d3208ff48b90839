import type { ScoreSums } from './scoreSums';

/** The results of some consecutive rows: what is kept, on disk too, as one. */
export interface Piece {
  /** First row. */
  readonly start: number;
  /** Rows. */
  readonly length: number;
  /** [n] 1 for rows that were run. */
  readonly isRun: Uint8Array;
  /** [n] as in the instance columns. */
  readonly predicted: Int32Array;
  readonly confidence: Float32Array;
  readonly tokens: Int32Array;
  /** D of the mean hidden states; 0 before the first was run and where the model has none. */
  width: number;
  /** [n, D] mean hidden states; undefined where there are none. */
  states: Float32Array | undefined;
  /** Sums of head measures over the rows that were run; undefined where none are wanted. */
  scores: ScoreSums | undefined;
  /** Rows of which only the beginning fits into the model. */
  cut: number;
  /** Rows that the model could not take, by their reason. */
  readonly refused: Map<string, number>;
}

export function emptyPiece(start: number, length: number): Piece {
  return {
    start,
    length,
    isRun: new Uint8Array(length),
    predicted: new Int32Array(length).fill(-1),
    confidence: new Float32Array(length).fill(NaN),
    tokens: new Int32Array(length),
    width: 0,
    states: undefined,
    scores: undefined,
    cut: 0,
    refused: new Map(),
  };
}

/** Rows of a piece that were run. */
export function doneIn({ isRun }: Piece): number {
  return isRun.reduce((sum, run) => sum + run, 0);
}
