import type { DataSetFormat } from '../../../protocol/dataSet';

/** A value as the file has it: undefined where the row has none. */
export type Cell = string | undefined;

/** The rows of a data set before anything is chosen of them. */
export interface RowSource {
  readonly format: DataSetFormat;
  /** Names of the columns, as far as the beginning of the file tells; none for lines of text. */
  readonly columns: readonly string[];
  /**
   * The rows in order, read piece by piece: a file of gigabytes takes no more memory than one of a page.
   * @param wanted names of columns; of lines of text, left out
   * @returns per row a cell for each name that is wanted; of lines of text one cell
   * @throws UserError that names the line or row that cannot be read
   */
  rows(wanted: readonly string[]): AsyncIterable<readonly Cell[]>;
}

/** Characters that one row may have: a file without line breaks is none of texts. */
export const longestRow = 16 << 20;

/** Rows that are looked at to tell what a file has. */
export const rowsLookedAt = 100;
