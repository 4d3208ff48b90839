import { appliesTo, type AttentionEdit } from '../../src/protocol/edits';
import type { HeadRef } from '../../src/protocol/inspection';
import { twoDigits } from '../../src/protocol/numbers';

/** What the edits make of one head's attention. */
export class EditedHead {
  readonly #columns = new Map<number, number>();
  readonly #edges = new Map<string, number>();

  constructor(edits: readonly AttentionEdit[], head: HeadRef) {
    for (const edit of edits) {
      if (!appliesTo(edit, head)) continue;
      if (edit.query === undefined)
        this.#columns.set(edit.key, edit.factor * (this.#columns.get(edit.key) ?? 1));
      else {
        const name = `${edit.query} ${edit.key}`;
        this.#edges.set(name, edit.factor * (this.#edges.get(name) ?? 1));
      }
    }
  }

  get isEdited(): boolean {
    return this.#columns.size + this.#edges.size > 0;
  }

  /** Key tokens whose whole column is scaled. */
  get columns(): readonly number[] {
    return [...this.#columns.keys()];
  }

  /** Pairs of query and key token that are scaled by themselves. */
  get edges(): readonly (readonly [query: number, key: number])[] {
    return [...this.#edges.keys()].map((name) => {
      const [query, key] = name.split(' ').map(Number);
      return [query, key] as const;
    });
  }

  /** The factor on a column; undefined: it is not scaled. */
  columnFactor(key: number): number | undefined {
    return this.#columns.get(key);
  }

  /** The factor on one weight, of its column and of itself; undefined: it is not scaled. */
  factor(query: number, key: number): number | undefined {
    const [column, edge] = [this.#columns.get(key), this.#edges.get(`${query} ${key}`)];
    return column === undefined && edge === undefined ? undefined : (column ?? 1) * (edge ?? 1);
  }
}

/** `× 0.4`; `× 0` where nothing is left. */
export function factorInWords(factor: number): string {
  return `× ${factor === 0 ? '0' : twoDigits(factor)}`;
}
