import type { HeadRef, Inspection } from '../../../src/protocol/inspection';
import type { Tensor } from '../../../src/protocol/tensor';

/** What a row and a column are. */
export type Level = 'token' | 'word';

/** A place in the matrix. */
export interface Cell {
  /** −1: the whole column. */
  readonly row: number;
  readonly column: number;
}

/** Everything that is drawn now. */
export interface Shown {
  readonly inspection: Inspection;
  readonly head: HeadRef;
  readonly level: Level;
  readonly attention: Tensor;
  readonly rowLabels: readonly string[];
  readonly columnLabels: readonly string[];
}
