import './instances.css';
import './map.css';
import './relations.css';
import './rows.css';
import type { DataSetState } from '../../../src/protocol/dataSetView';
import { element } from '../../element';
import { drawElements, pngOf } from '../../export/picture';
import { readTheme, type Theme } from '../../marks/theme';
import type { Changed } from '../../store';
import type { CreateView, View, ViewContext } from '../../view';
import { Status } from '../inspector/status';
import { noDataSet } from './empty';
import type { ColourChoice } from './encoding';
import { rowsAsCsv } from './exportRows';
import { FilterBar } from './filterBar';
import { InstancesHead } from './head';
import { type Corner, insideLasso } from './lasso';
import { MapPanel } from './mapPanel';
import { PanelTabs } from './panelTabs';
import { PartsSwitch } from './partsSwitch';
import { markRelations, relationsTable } from './relations';
import { Results } from './results';
import { filterRows, Rows, type SortKey, sortKeys, type Sorting, sortRows } from './rows';
import { RowTable } from './rowTable';
import { summaryLine } from './summary';
import { RowTexts } from './texts';

/** A data set: its texts as a table and as a map, what the model says of each, and which heads find which relation. */
export const createInstances: CreateView = (root, context) => new InstancesView(root, context);

class InstancesView implements View {
  readonly #context: ViewContext;
  readonly #status = new Status();
  readonly #head: InstancesHead;
  readonly #filters: FilterBar;
  readonly #table: RowTable;
  readonly #map: MapPanel;
  readonly #texts: RowTexts;
  readonly #results: Results;
  readonly #tabs: PanelTabs;
  readonly #parts: PartsSwitch;
  readonly #empty: HTMLElement;
  readonly #content = element('div', 'instances-content');
  readonly #summary = element('p', 'instances-summary');
  readonly #notes = element('ul', 'instances-notes');
  readonly #nothing = element('p', 'hint nothing-found', 'No row passes these filters.');
  readonly #relations = element('div', 'relations');
  readonly #sortKey;
  readonly #isFalling;
  readonly #colour;
  #theme: Theme = readTheme(document);
  #state: DataSetState | undefined;
  #rows: Rows | undefined;
  #shown: Uint32Array = new Uint32Array();
  #order: Uint32Array = new Uint32Array();
  #found: Uint32Array | undefined;
  #lasso: readonly Corner[] | undefined;
  #inLasso: Uint8Array | undefined;
  #inspected: number | undefined;
  #pointed: number | undefined;
  #seen: readonly number[] = [];
  #searches = 0;
  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && !event.defaultPrevented && this.#lasso) this.#select(undefined);
  };

  constructor(root: HTMLElement, context: ViewContext) {
    this.#context = context;
    const { host, store } = context;
    this.#sortKey = store.viewState<string>('instances.sort', 'row');
    this.#isFalling = store.viewState('instances.falling', false);
    this.#colour = store.viewState<string>('instances.colour', '');
    this.#empty = noDataSet(host);
    this.#head = new InstancesHead(host, {
      rows: () => void this.#export(),
      map: (format) => void this.#exportMap(format),
    });
    this.#results = new Results(host, () => this.#compute());
    this.#texts = new RowTexts(host, () => this.#table.draw());
    this.#filters = new FilterBar({
      change: () => this.#filter(),
      search: (query) => void this.#search(query),
      clearLasso: () => this.#select(undefined),
      clear: () => this.#clearFilters(),
    });
    this.#table = new RowTable({
      sort: (key) => this.#sort(key),
      inspect: (row) => this.#inspect(row),
      point: (row) => this.#map.point(row),
      see: (rows) => {
        this.#seen = rows;
        this.#want();
      },
    });
    this.#map = new MapPanel({
      point: (row) => {
        this.#pointed = row;
        this.#table.point(row);
        this.#want();
      },
      choose: (row) => {
        this.#inspect(row);
        this.#table.reveal(row);
      },
      select: (polygon) => this.#select(polygon),
      colour: (choice) => {
        this.#colour.value = choice;
        this.#drawMap();
      },
    });
    const main = element('div', 'instances-main', this.#table.element, this.#nothing);
    this.#parts = new PartsSwitch(root, store.viewState<string>('instances.parts', ''), () =>
      this.#drawMap(),
    );
    const texts = [
      this.#filters.element,
      element('div', 'instances-line', this.#summary, this.#parts.element),
      element('div', 'instances-split', this.#map.element, main),
    ];
    this.#tabs = new PanelTabs(store.viewState<string>('instances.tab', 'texts'), [
      { name: 'texts', title: 'Texts', content: texts },
      { name: 'relations', title: 'Relations', content: [this.#relations] },
    ]);
    this.#content.append(this.#head.element, this.#notes, this.#tabs.element);
    root.classList.add('frame', 'instances');
    root.append(this.#status.line, this.#status.banner, this.#empty, this.#content);
    document.addEventListener('keydown', this.#onKey);
  }

  render(changed: Changed): void {
    this.#theme = readTheme(document);
    const state = this.#context.store.dataSet;
    if (changed.has('dataSet')) this.#follow(state);
    this.#empty.hidden = state !== undefined;
    this.#content.hidden = state === undefined;
    if (changed.has('dataSet') || changed.has('settings')) this.#compute();
    else if (changed.has('selection')) markRelations(this.#relations, this.#context.store.selection);
  }

  dispose(): void {
    document.removeEventListener('keydown', this.#onKey);
    this.#table.dispose();
    this.#map.dispose();
    this.#parts.dispose();
  }

  /** Writes the rows that are shown, or the map. */
  save(format: 'svg' | 'png' | 'csv' | 'html'): void {
    void (format === 'csv' ? this.#export() : this.#exportMap(format === 'svg' ? 'svg' : 'png'));
  }

  #follow(state: DataSetState | undefined): void {
    if (state?.id !== this.#state?.id) {
      this.#texts.open(state?.id ?? '');
      this.#filters.reset();
      this.#found = undefined;
      this.#lasso = undefined;
      this.#inLasso = undefined;
      this.#inspected = undefined;
      this.#rows = undefined;
    }
    this.#state = state;
    this.#results.follow(state);
  }

  /** Reads the columns anew and draws everything that hangs on them. */
  #compute(): void {
    const state = this.#state;
    const { columns } = this.#results;
    this.#drawFrame(state);
    if (!state || !columns) return;
    this.#rows = new Rows(columns, state.labels, state.model.labels);
    this.#filter();
    this.#drawRelations();
  }

  #filter(): void {
    const rows = this.#rows;
    if (!rows) return;
    const filter = { ...this.#filters.filter, found: this.#found, lasso: this.#inLasso };
    this.#shown = filterRows(rows, filter);
    this.#reorder();
    const inside = this.#inLasso?.reduce((sum, one) => sum + one, 0);
    this.#filters.draw(rows, this.#shown.length, inside);
    const choose = (label: number, predicted: number): void => this.#filters.set({ label, predicted });
    this.#summary.replaceChildren(...summaryLine(rows, this.#shown, choose));
    this.#summary.hidden = this.#summary.childNodes.length === 0;
    this.#nothing.hidden = this.#shown.length > 0 || rows.count === 0;
    this.#drawMap();
  }

  #reorder(): void {
    if (!this.#rows) return;
    const sorting = this.#sorting();
    const textOrder = sorting.key === 'text' ? this.#results.textOrder : undefined;
    this.#order = sortRows(this.#rows, this.#shown, sorting, textOrder);
    this.#drawTable();
  }

  #sorting(): Sorting {
    const key = sortKeys.find((one) => one === this.#sortKey.value) ?? 'row';
    return { key, isFalling: this.#isFalling.value };
  }

  #sort(key: SortKey): void {
    const before = this.#sorting();
    this.#sortKey.value = key;
    // What one looks for first: the surest predictions, the first texts, what is wrong.
    this.#isFalling.value = before.key === key ? !before.isFalling : key === 'confidence';
    this.#reorder();
  }

  async #search(query: string): Promise<void> {
    const { id } = this.#state ?? {};
    if (id === undefined) return;
    const search = ++this.#searches;
    try {
      const found =
        query === ''
          ? undefined
          : await this.#context.host.searchRows({ dataSet: id, query, isCaseSensitive: false });
      // Another search may have been asked for meanwhile, and answered before.
      if (search !== this.#searches || id !== this.#state?.id) return;
      this.#found = found;
      this.#filter();
    } catch (error) {
      // A search that another one has taken over was given up.
      if (search === this.#searches) this.#fail(error);
    }
  }

  #select(polygon: readonly Corner[] | undefined): void {
    const points = this.#results.projection?.points.data;
    this.#lasso = polygon && points ? polygon : undefined;
    this.#inLasso = polygon && points ? insideLasso(points, polygon) : undefined;
    this.#filter();
  }

  #clearFilters(): void {
    this.#filters.reset();
    this.#found = undefined;
    this.#searches++;
    this.#select(undefined);
  }

  #inspect(row: number): void {
    this.#inspected = row;
    this.#context.host.inspectRow(row);
    this.#drawTable();
    this.#drawMap();
  }

  #want(): void {
    this.#texts.want(this.#pointed === undefined ? this.#seen : [this.#pointed, ...this.#seen]);
  }

  #drawFrame(state: DataSetState | undefined): void {
    const { progress, failure, activity } = state ?? {};
    const isBusy = activity === 'opening' || activity === 'running' || this.#results.map === 'asked';
    const busy = isBusy ? (progress ?? { message: 'Working' }) : undefined;
    this.#status.draw({ busy, failure, inspection: undefined });
    if (!state) return;
    this.#head.draw(state, this.#results.columns?.done ?? state.done, this.#results.projection !== undefined);
    const notes = [...state.notes, ...(this.#results.columns?.notes ?? [])];
    this.#notes.replaceChildren(...notes.map((note) => element('li', 'hint', note)));
    this.#notes.hidden = notes.length === 0;
    // Until its own rows are there, those of the data set before are not to be taken for them.
    this.#tabs.element.hidden = state.rows === 0 || this.#results.columns === undefined;
  }

  #drawTable(): void {
    const rows = this.#rows;
    if (!rows) return;
    this.#table.show({
      rows,
      order: this.#order,
      sorting: this.#sorting(),
      query: this.#filters.query,
      theme: this.#theme,
      inspected: this.#inspected,
      textOf: (row) => this.#texts.get(row),
    });
  }

  #drawMap(): void {
    const [state, rows] = [this.#state, this.#rows];
    if (!state || !rows) return;
    this.#map.draw({
      state,
      results: this.#results,
      rows,
      shown: this.#shown,
      lasso: this.#lasso,
      inspected: this.#inspected,
      colour: this.#colour.value as ColourChoice,
      theme: this.#theme,
      textOf: (row) => this.#texts.get(row),
    });
  }

  #drawRelations(): void {
    const state = this.#state;
    if (!state) return;
    const { store, host } = this.#context;
    this.#relations.replaceChildren(
      ...relationsTable(host, {
        state,
        scores: this.#results.scores,
        countFrom: store.settings.countFrom,
        choose: (head, relation) => store.select({ head, relation, compared: undefined }),
      }),
    );
    markRelations(this.#relations, store.selection);
  }

  async #export(): Promise<void> {
    const [state, rows] = [this.#state, this.#rows];
    if (!state || !rows) return;
    const { host } = this.#context;
    try {
      const content = await rowsAsCsv(rows, this.#order, state.hasPairs, (wanted) =>
        host.rowTexts({ dataSet: state.id, rows: wanted }),
      );
      host.save({ name: `${state.name.replace(/\.\w+$/u, '')}-headlight`, extension: 'csv', content });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** As shapes, unless there are more than a picture of shapes should have. */
  async #exportMap(format: 'svg' | 'png'): Promise<void> {
    const { element: panel } = this.#map;
    const parts = [...panel.querySelectorAll('.map-canvas, .map-legend, .map-method')];
    if (!this.#results.projection)
      return this.#fail(new Error('There is no map yet. Save the table as CSV.'));
    try {
      const drawing = drawElements(parts, this.#theme.background);
      const extension = drawing.hasBitmaps ? 'png' : format;
      const content = extension === 'svg' ? drawing.svg : await pngOf(drawing);
      this.#context.host.save({ name: 'headlight-map', extension, content });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const failure = error instanceof Error ? error.message : String(error);
    this.#status.draw({ busy: undefined, failure, inspection: undefined });
  }
}
