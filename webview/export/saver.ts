import type { SavedFile } from '../../src/protocol/view';
import type { ViewContext } from '../view';
import type { ViewEntry } from '../views/table';
import { type SavableView, type SavedFormat, isVector, saveView } from './save';
import type { SaveEntry } from './menu';

/** Saves what a document shows: its one view, or of the inspector the view whose tab is open. */
export class Saver {
  readonly #context: ViewContext;
  readonly #shown: () => { readonly name: SavableView; readonly root: Element } | undefined;

  constructor(context: ViewContext, shown: () => { name: SavableView; root: Element } | undefined) {
    this.#context = context;
    this.#shown = shown;
  }

  /** Saves the shown view; `svg` becomes `png` where the view is painted on a canvas. */
  save(format: SavedFile['extension']): void {
    const shown = this.#shown();
    if (format === 'html') return this.#context.host.run('exportPage');
    if (!shown) return;
    const possible = format === 'svg' && !isVector(shown.root) ? 'png' : format;
    this.#write(shown.name, possible, shown.root);
  }

  /** What can be saved now. @param views with their titles */
  entries(views: readonly ViewEntry[], overview: Element): SaveEntry[] {
    const shown = this.#shown();
    const { host } = this.#context;
    const entries: SaveEntry[] = [];
    if (shown) {
      const title = views.find(({ name }) => name === shown.name)?.title ?? shown.name;
      const add = (label: string, format: SavedFormat): void =>
        void entries.push({
          label: `${title} as ${label}`,
          name: format,
          save: () => this.#write(shown.name, format, shown.root),
        });
      if (isVector(shown.root)) add('SVG', 'svg');
      add('PNG', 'png');
      add('CSV', 'csv');
    }
    return [
      ...entries,
      { label: 'Heads as PNG', name: 'heads-png', save: () => this.#write('heads', 'png', overview) },
      { label: 'Heads as CSV', name: 'heads-csv', save: () => this.#write('heads', 'csv', overview) },
      {
        label: 'Saliency as CSV',
        name: 'saliency-csv',
        save: () => this.#write('saliency', 'csv', overview),
      },
      { label: 'Everything as HTML Page', name: 'page', save: () => host.run('exportPage') },
    ];
  }

  #write(view: SavableView, format: SavedFormat, root: Element): void {
    saveView(view, format, root, this.#context).catch((error: unknown) => {
      this.#context.store.update({ failure: error instanceof Error ? error.message : String(error) });
    });
  }
}
