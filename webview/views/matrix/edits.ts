import { EditedHead, factorInWords } from '../../interventions/edited';
import { WeightEditor } from '../../interventions/editor';
import { editsMade } from '../../interventions/wanted';
import type { ViewContext } from '../../view';
import { editedCells, type EditedCells } from './edited';
import type { Cell, Shown } from './shown';

/** What is edited of the matrix shown, and the box in which it is edited. */
export class MatrixEdits {
  readonly #context: ViewContext;
  readonly #editor: WeightEditor;
  #cells: EditedCells = { columns: new Map(), cells: [], factorAt: () => undefined };

  constructor(root: HTMLElement, context: ViewContext) {
    this.#context = context;
    this.#editor = new WeightEditor(root, context);
  }

  get cells(): EditedCells {
    return this.#cells;
  }

  /** `, edited × 0.4`; empty where a weight is not edited. */
  inWords(row: number, column: number): string {
    const factor = this.#cells.factorAt(row, column);
    return factor === undefined ? '' : `, edited ${factorInWords(factor)}`;
  }

  /** Finds the edits that are made now, or will be. */
  follow(shown: Shown | undefined): void {
    this.#editor.draw();
    if (!shown) return;
    const edited = new EditedHead(editsMade(this.#context.store), shown.head);
    this.#cells = editedCells(edited, (side) => placesOf(shown, side), shown.attention.dims);
  }

  /** @param at of the cell, on screen @param returnTo gets the focus back */
  open({ row, column }: Cell, shown: Shown, at: DOMRect, returnTo: HTMLElement): void {
    const { head, attention, rowLabels, columnLabels } = shown;
    const tokensAt = (side: 'queries' | 'keys', place: number): number[] =>
      Array.from(placesOf(shown, side)).flatMap((other, token) => (other === place ? [token] : []));
    const edge = {
      query: { tokens: tokensAt('queries', row), label: rowLabels[row] },
      weight: attention.data[row * attention.dims[1] + column],
    };
    const key = { tokens: tokensAt('keys', column), label: columnLabels[column] };
    this.#editor.open({ head, key, ...(row < 0 ? {} : edge) }, at, returnTo);
  }

  dispose(): void {
    this.#editor.dispose();
  }
}

/** The row or column of each token; −1 for tokens that have none. */
function placesOf({ level, inspection, attention }: Shown, side: 'queries' | 'keys'): ArrayLike<number> {
  if (level === 'word') return inspection.tokens.words;
  return Array.from({ length: attention.dims[side === 'queries' ? 0 : 1] }, (_, at) => at);
}
