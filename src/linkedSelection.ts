import * as vscode from 'vscode';
import type { BlockSummary, HeadRef, Inspection } from './protocol/inspection';
import type { Selection } from './protocol/view';

/** A new selection and who made it; that one knows it already. */
export interface SelectionChange {
  readonly selection: Selection;
  readonly from: object;
}

/** What is selected in all views and in the editor at once. */
export class LinkedSelection implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<SelectionChange>();
  #selection: Selection = {};
  readonly onDidChange = this.#changed.event;

  get value(): Selection {
    return this.#selection;
  }

  /** @param from who selects; told apart by identity. */
  set(selection: Selection, from: object): void {
    this.#selection = selection;
    this.#changed.fire({ selection, from });
  }

  /** Keeps of the selection what a new inspection still has: heads and relations, but no tokens. */
  keepWhatIsIn(inspection: Inspection | undefined, from: object): void {
    const blocks = inspection?.blocks ?? [];
    const { head, compared, relation } = this.#selection;
    const relations = [
      ...(inspection?.parse?.relations ?? []),
      ...(inspection?.relations?.labels ?? []),
      ...blocks.flatMap(({ syntax }) => syntax?.relations.map(({ name }) => name) ?? []),
    ];
    this.set(
      {
        head: head && isIn(head, blocks) ? head : undefined,
        compared: compared?.filter((other) => isIn(other, blocks)),
        relation: relation !== undefined && relations.includes(relation) ? relation : undefined,
      },
      from,
    );
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

function isIn({ block, layer, head }: HeadRef, blocks: readonly BlockSummary[]): boolean {
  return blocks.some(({ name, layers, heads }) => name === block && layer < layers && head < heads);
}
