import { dropdown } from '../../controls';
import { element, setText } from '../../element';
import type { RowFilter, Rows, Verdict } from './rows';

/** What the controls say: all of a filter but what the lasso and the search have found. */
export type ChosenFilter = Omit<RowFilter, 'found' | 'lasso'>;

export interface FilterEvents {
  change(): void;
  search(query: string): void;
  clearLasso(): void;
  clear(): void;
}

const any = '';

/** Search, the filters by column, and what can be taken back. */
export class FilterBar {
  readonly element = element('div', 'instance-filters');
  readonly #search = element('input', 'instance-search');
  readonly #low = bound('Least confidence, in per cent', '0');
  readonly #high = bound('Most confidence, in per cent', '100');
  readonly #labels;
  readonly #predictions;
  readonly #verdicts;
  readonly #confidence: HTMLElement;
  readonly #lasso = element('button', 'chip');
  readonly #count = element('span', 'instance-count');
  readonly #clear = element('button', 'link-button', 'Show all');
  readonly #events: FilterEvents;
  #filter: ChosenFilter = {};
  #typing: number | undefined;

  constructor(events: FilterEvents) {
    this.#events = events;
    const change = (part: ChosenFilter): void => {
      this.#filter = { ...this.#filter, ...part };
      events.change();
    };
    const indexOf = (value: string): number | undefined => (value === any ? undefined : Number(value));
    this.#labels = dropdown('Show rows with this label', (value) => change({ label: indexOf(value) }));
    this.#predictions = dropdown('Show rows with this prediction', (value) =>
      change({ predicted: indexOf(value) }),
    );
    this.#verdicts = dropdown<string>('Show what the model got right or wrong', (value) =>
      change({ verdict: value === any ? undefined : (value as Exclude<Verdict, 'unknown'>) }),
    );
    const search = this.#search;
    search.type = 'search';
    search.placeholder = 'Search texts';
    search.ariaLabel = 'Search texts';
    search.spellcheck = false;
    search.addEventListener('input', () => this.#typed());
    const range = (): void => change({ confidence: this.#range() });
    for (const input of [this.#low, this.#high]) input.addEventListener('change', range);
    this.#confidence = element(
      'span',
      'field',
      element('span', 'field-label', 'Confidence'),
      this.#low,
      element('span', 'hint', 'to'),
      this.#high,
      element('span', 'hint', '%'),
    );
    this.#lasso.type = 'button';
    this.#lasso.title = 'Take the lasso away';
    this.#lasso.addEventListener('click', () => events.clearLasso());
    this.#clear.type = 'button';
    this.#clear.addEventListener('click', () => events.clear());
    this.#count.role = 'status';
    this.element.append(
      search,
      this.#labels.element,
      this.#predictions.element,
      this.#verdicts.element,
      this.#confidence,
      this.#lasso,
      element('span', 'instance-shown', this.#count, this.#clear),
    );
  }

  get filter(): ChosenFilter {
    return this.#filter;
  }

  get query(): string {
    return this.#search.value.trim();
  }

  /** Filters by what the user chose elsewhere, a confusion for example. */
  set(filter: ChosenFilter): void {
    this.#filter = filter;
    this.#events.change();
  }

  /** Lets everything through again; tells nobody. */
  reset(): void {
    window.clearTimeout(this.#typing);
    this.#filter = {};
    this.#search.value = '';
    this.#low.value = '0';
    this.#high.value = '100';
  }

  /** @param lasso how many rows are inside the lasso, where there is one */
  draw(rows: Rows, shown: number, lasso: number | undefined): void {
    const { label, predicted, verdict } = this.#filter;
    const names = rows.labels.map((name, i) => ({ value: String(i), label: name }));
    const used = (column: Int32Array) => {
      const present = new Set(column);
      return names.filter((_, i) => present.has(i));
    };
    const first = (name: string) => ({ value: any, label: name });
    const valueOf = (index: number | undefined): string => (index === undefined ? any : String(index));
    this.#labels.element.hidden = !rows.hasLabels;
    this.#labels.show([first('Any label'), ...used(rows.columns.label)], valueOf(label));
    this.#predictions.element.hidden = !rows.hasPredictions;
    this.#predictions.show([first('Any prediction'), ...used(rows.columns.predicted)], valueOf(predicted));
    this.#verdicts.element.hidden = !rows.isComparable;
    const verdicts = ['correct', 'wrong'].map((name) => ({ value: name, label: `Only ${name}` }));
    this.#verdicts.show([first('Right or wrong'), ...verdicts], verdict ?? any);
    this.#lasso.hidden = lasso === undefined;
    setText(this.#lasso, `In the lasso: ${(lasso ?? 0).toLocaleString('en')} ✕`);
    const whole = rows.count.toLocaleString('en');
    const isFiltered = shown < rows.count || this.query !== '' || lasso !== undefined;
    setText(this.#count, isFiltered ? `${shown.toLocaleString('en')} of ${whole} rows` : `${whole} rows`);
    this.#clear.hidden = !isFiltered;
  }

  #range(): readonly [number, number] | undefined {
    const clamp = (text: string, otherwise: number): number => {
      const value = text === '' ? otherwise : Number(text) / 100;
      return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : otherwise;
    };
    const [low, high] = [clamp(this.#low.value, 0), clamp(this.#high.value, 1)];
    return low <= 0 && high >= 1 ? undefined : [low, high];
  }

  /** The engine reads all texts: it is asked when one pauses, not at every letter. */
  #typed(): void {
    window.clearTimeout(this.#typing);
    this.#typing = window.setTimeout(() => this.#events.search(this.query), 150);
  }
}

function bound(label: string, value: string): HTMLInputElement {
  const input = element('input', 'instance-bound');
  input.type = 'number';
  input.min = '0';
  input.max = '100';
  input.step = 'any';
  input.value = value;
  input.ariaLabel = label;
  input.title = label;
  return input;
}
