import type { Pen } from '../../marks/pen';
import type { EditedHead } from '../../interventions/edited';

/** Edits of a head as columns and cells of its matrix. */
export interface EditedCells {
  /** Edited columns, with their factors. */
  readonly columns: ReadonlyMap<number, number>;
  /** Cells that are edited by themselves. */
  readonly cells: readonly (readonly [row: number, column: number])[];
  factorAt(row: number, column: number): number | undefined;
}

/**
 * Where the edits of a head are in its matrix; a word is edited where one of its tokens is.
 * @param placesOf the row or column of each token, −1 for none
 */
export function editedCells(
  edited: EditedHead,
  placesOf: (side: 'queries' | 'keys') => ArrayLike<number>,
  [rows, columns]: readonly number[],
): EditedCells {
  const [rowOf, columnOf] = [placesOf('queries'), placesOf('keys')];
  const isIn = (place: number, count: number): boolean => place >= 0 && place < count;
  const scaled = new Map<number, number>();
  for (const key of edited.columns) {
    const factor = edited.columnFactor(key);
    if (factor !== undefined && isIn(columnOf[key], columns)) scaled.set(columnOf[key], factor);
  }
  const factors = new Map<string, number>();
  const cells: (readonly [number, number])[] = [];
  for (const [query, key] of edited.edges) {
    const [row, column] = [rowOf[query], columnOf[key]];
    if (!isIn(row, rows) || !isIn(column, columns)) continue;
    cells.push([row, column]);
    factors.set(`${row} ${column}`, edited.factor(query, key) ?? 1);
  }
  return {
    columns: scaled,
    cells,
    factorAt: (row, column) => factors.get(`${row} ${column}`) ?? scaled.get(column),
  };
}

/** Where the cells are on the canvas, in CSS pixels. */
interface Place {
  readonly left: number;
  readonly top: number;
  readonly cell: number;
  readonly rows: number;
  /** Where the axis at the top ends and the cells in view begin. */
  readonly edge: number;
}

/** A caret over every edited column with dashes along it, and dashes around every edited cell. */
export function drawEdits(
  canvas: Pen,
  { columns, cells }: EditedCells,
  { left, top, cell, rows, edge }: Place,
  colour: string,
): void {
  canvas.save();
  canvas.strokeStyle = colour;
  canvas.fillStyle = colour;
  canvas.setLineDash([3, 2]);
  for (const column of columns.keys()) {
    const x = left + column * cell;
    canvas.strokeRect(x + 0.5, top, cell - 1, rows * cell);
    const half = Math.min(5, Math.max(3, cell / 2));
    canvas.beginPath();
    canvas.moveTo(x + cell / 2 - half, edge);
    canvas.lineTo(x + cell / 2 + half, edge);
    canvas.lineTo(x + cell / 2, edge + half * 1.4);
    canvas.fill();
  }
  for (const [row, column] of cells)
    canvas.strokeRect(left + column * cell + 0.5, top + row * cell + 0.5, cell - 1, cell - 1);
  canvas.restore();
}
