import type { RowText } from '../../../src/protocol/dataSet';
import { probability } from '../../../src/protocol/numbers';
import { element } from '../../element';
import type { Theme } from '../../marks/theme';
import { classStyle, swatch, verdictStyles } from './encoding';
import type { Rows, SortKey, Sorting } from './rows';
import { inOneLine } from './texts';

export interface TableContent {
  readonly rows: Rows;
  /** The rows shown, in their order. */
  readonly order: Uint32Array;
  readonly sorting: Sorting;
  /** What was searched for, to be marked in the texts. */
  readonly query: string;
  readonly theme: Theme;
  readonly inspected?: number;
  textOf(row: number): RowText | undefined;
}

export interface TableEvents {
  sort(key: SortKey): void;
  inspect(row: number): void;
  /** The pointer is over a row, or over none. */
  point(row: number | undefined): void;
  /** Other rows are in view: their texts are needed. */
  see(rows: readonly number[]): void;
}

/** Below this width a row has two lines. */
const compactBelow = 600;
const heights = { wide: 26, compact: 46 };
/** Rows above and below those in view that are there already. */
const overscan = 8;
/** Units of a text that are put into a cell: no line is that long, and a row may be a whole book. */
const mostShown = 400;

interface Column {
  readonly key: SortKey;
  readonly title: string;
  readonly name: string;
  exists(rows: Rows): boolean;
}

const columns: readonly Column[] = [
  { key: 'row', title: '#', name: 'Number', exists: () => true },
  { key: 'text', title: 'Text', name: 'Text', exists: () => true },
  { key: 'label', title: 'Label', name: 'Label', exists: (rows) => rows.hasLabels },
  { key: 'predicted', title: 'Prediction', name: 'Prediction', exists: (rows) => rows.hasPredictions },
  { key: 'confidence', title: 'Confidence', name: 'Confidence', exists: () => true },
  { key: 'correct', title: '✓', name: 'Correct', exists: (rows) => rows.isComparable },
];

/**
 * The rows as a grid of which only those in view exist. It is one stop in the tab order; arrow keys move inside, and the row
 * that they are at is the grid's active descendant, since the element of a row is gone as soon as it is out of view.
 */
export class RowTable {
  readonly element = element('div', 'row-grid');
  readonly #events: TableEvents;
  readonly #head = element('div', 'row-head row-line');
  readonly #space = element('div', 'row-space');
  readonly #lines = new Map<number, HTMLElement>();
  readonly #resized: ResizeObserver;
  #content: TableContent | undefined;
  /** The row that the keyboard is at. */
  #active: number | undefined;
  #pointed: number | undefined;
  #isCompact = false;
  #headKey = '';
  #frame = 0;

  constructor(events: TableEvents) {
    this.#events = events;
    const { element: grid } = this;
    grid.role = 'grid';
    grid.tabIndex = 0;
    grid.ariaLabel = 'Texts';
    this.#head.role = 'row';
    this.#head.setAttribute('aria-rowindex', '1');
    this.#space.role = 'rowgroup';
    const head = element('div', 'row-head-group', this.#head);
    head.role = 'rowgroup';
    grid.append(head, this.#space);
    grid.addEventListener('scroll', () => this.#schedule(), { passive: true });
    grid.addEventListener('keydown', (event) => this.#onKey(event));
    grid.addEventListener('focus', () => this.#onFocus());
    this.#space.addEventListener('pointerover', (event) => this.#events.point(rowAt(event.target)));
    this.#space.addEventListener('pointerleave', () => this.#events.point(undefined));
    this.#space.addEventListener('click', (event) => {
      const row = rowAt(event.target);
      if (row === undefined) return;
      this.#active = row;
      this.#events.inspect(row);
      this.draw();
    });
    this.#resized = new ResizeObserver(() => this.#schedule());
    this.#resized.observe(grid);
  }

  show(content: TableContent): void {
    const isOther = content.order !== this.#content?.order;
    this.#content = content;
    if (isOther || content.inspected !== undefined) this.#active ??= content.inspected;
    this.draw();
  }

  /** Draws what is in view anew: other values, other texts. */
  draw(): void {
    for (const line of this.#lines.values()) line.remove();
    this.#lines.clear();
    this.#drawWindow();
  }

  /** Marks the row whose point the pointer is over. */
  point(row: number | undefined): void {
    this.#pointed = row;
    for (const line of this.#lines.values()) line.classList.toggle('pointed', rowAt(line) === row);
  }

  /** Scrolls so that a row is in view. */
  reveal(row: number): void {
    const place = this.#content?.order.indexOf(row) ?? -1;
    if (place < 0) return;
    this.#active = row;
    this.#scrollTo(place);
    this.draw();
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#resized.disconnect();
  }

  get #height(): number {
    return this.#isCompact ? heights.compact : heights.wide;
  }

  #schedule(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#drawWindow();
    });
  }

  #drawWindow(): void {
    const content = this.#content;
    const { element: grid } = this;
    if (!content || grid.clientHeight === 0) return;
    const isCompact = grid.clientWidth < compactBelow;
    if (isCompact !== this.#isCompact) {
      this.#isCompact = isCompact;
      grid.classList.toggle('compact', isCompact);
      for (const line of this.#lines.values()) line.remove();
      this.#lines.clear();
    }
    const { order, rows } = content;
    const shownColumns = columns.filter((column) => column.exists(rows));
    this.#drawHead(content, shownColumns);
    const height = this.#height;
    this.#space.style.height = `${order.length * height}px`;
    grid.ariaRowCount = String(order.length + 1);
    grid.ariaColCount = String(shownColumns.length);
    const first = Math.max(0, Math.floor(grid.scrollTop / height) - overscan);
    const last = Math.min(order.length, Math.ceil((grid.scrollTop + grid.clientHeight) / height) + overscan);
    for (const [place, line] of this.#lines) {
      if (place >= first && place < last) continue;
      line.remove();
      this.#lines.delete(place);
    }
    const inView: number[] = [];
    for (let place = first; place < last; place++) {
      inView.push(order[place]);
      if (this.#lines.has(place)) continue;
      const line = this.#line(content, shownColumns, place);
      this.#lines.set(place, line);
      this.#space.append(line);
    }
    this.#markActive();
    this.#events.see(inView);
  }

  #drawHead({ rows, sorting, theme }: TableContent, shown: readonly Column[]): void {
    const key = JSON.stringify([
      shown.map((column) => column.key),
      sorting,
      rows.count,
      rows.labels,
      theme.kind,
    ]);
    if (key === this.#headKey) return;
    this.#headKey = key;
    this.element.style.setProperty('--columns', template(rows, shown));
    this.#head.replaceChildren(
      ...shown.map((column, i) => {
        const isSorted = sorting.key === column.key;
        const button = element('button', 'row-sort', column.title);
        button.type = 'button';
        button.title = `Sort by ${column.name.toLowerCase()}`;
        if (column.title.length === 1) button.ariaLabel = column.name;
        if (isSorted) {
          const arrow = element('span', 'row-arrow', sorting.isFalling ? '▼' : '▲');
          arrow.ariaHidden = 'true';
          button.append(arrow);
        }
        button.addEventListener('click', () => this.#events.sort(column.key));
        const cell = element('div', `row-cell cell-${column.key}`, button);
        cell.role = 'columnheader';
        cell.setAttribute('aria-colindex', String(i + 1));
        cell.ariaSort = isSorted ? (sorting.isFalling ? 'descending' : 'ascending') : 'none';
        return cell;
      }),
    );
  }

  #line(content: TableContent, shown: readonly Column[], place: number): HTMLElement {
    const row = content.order[place];
    const cells = shown.map((column, i) => {
      const cell = element('div', `row-cell cell-${column.key}`);
      cell.role = 'gridcell';
      cell.setAttribute('aria-colindex', String(i + 1));
      fillCell(cell, column.key, row, content);
      return cell;
    });
    const line = element('div', 'row-line row', ...cells);
    line.role = 'row';
    line.id = `row-${row}`;
    line.dataset.row = String(row);
    line.setAttribute('aria-rowindex', String(place + 2));
    line.ariaSelected = String(row === content.inspected);
    line.classList.toggle('pointed', row === this.#pointed);
    line.style.transform = `translateY(${place * this.#height}px)`;
    return line;
  }

  #markActive(): void {
    const { element: grid } = this;
    const active = this.#active;
    let isInView = false;
    for (const line of this.#lines.values()) {
      const isActive = rowAt(line) === active;
      line.classList.toggle('active', isActive);
      isInView ||= isActive;
    }
    if (isInView) grid.setAttribute('aria-activedescendant', `row-${active}`);
    else grid.removeAttribute('aria-activedescendant');
  }

  #onFocus(): void {
    const { order } = this.#content ?? {};
    if (!order?.length || (this.#active !== undefined && order.includes(this.#active))) return;
    this.#active = order[Math.ceil(this.element.scrollTop / this.#height)] ?? order[0];
    this.#markActive();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.target !== this.element || !this.#content) return;
    const { order } = this.#content;
    if (order.length === 0) return;
    const place = this.#active === undefined ? -1 : order.indexOf(this.#active);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (place >= 0) this.#events.inspect(order[place]);
      return;
    }
    const page = Math.max(
      1,
      Math.floor((this.element.clientHeight - this.#head.offsetHeight) / this.#height) - 1,
    );
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -order.length,
      End: order.length,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.min(order.length - 1, Math.max(0, Math.max(0, place) + (place < 0 ? 0 : step)));
    this.#active = order[next];
    this.#scrollTo(next);
    this.#drawWindow();
  }

  #scrollTo(place: number): void {
    const { element: grid } = this;
    const top = place * this.#height;
    const room = grid.clientHeight - this.#head.offsetHeight;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top + this.#height > grid.scrollTop + room) grid.scrollTop = top + this.#height - room;
  }
}

/** Widths of the columns, from what they have to hold; the text gets what is left. */
function template(rows: Rows, shown: readonly Column[]): string {
  const longest = Math.min(16, Math.max(5, ...rows.labels.map((name) => name.length)));
  const widths: Readonly<Record<SortKey, string>> = {
    row: `${Math.max(3, String(rows.count).length + 1)}ch`,
    text: 'minmax(120px, 1fr)',
    label: `calc(${Math.max(6, longest)}ch + 22px)`,
    predicted: `calc(${Math.max(10, longest)}ch + 22px)`,
    confidence: '92px',
    correct: '28px',
  };
  return shown.map(({ key }) => widths[key]).join(' ');
}

function fillCell(cell: HTMLElement, key: SortKey, row: number, content: TableContent): void {
  const { rows, theme } = content;
  const { confidence, tokens } = rows.columns;
  if (key === 'row') cell.append((row + 1).toLocaleString('en'));
  else if (key === 'text') fillText(cell, content.textOf(row), content.query);
  else if (key === 'confidence') {
    const value = confidence[row];
    if (Number.isNaN(value)) {
      cell.classList.add('nothing');
      cell.append('–');
      if (tokens[row] === 0) cell.title = 'Not run yet, or the model could not take this text';
      return;
    }
    const bar = element('span', 'confidence-bar');
    const filled = element('span', 'confidence-filled');
    filled.style.width = `${Math.round(value * 100)}%`;
    bar.append(filled);
    bar.ariaHidden = 'true';
    cell.append(bar, element('span', 'confidence-value', probability(value)));
  } else if (key === 'correct') {
    const verdict = rows.verdict(row);
    if (verdict === 'unknown') return;
    const [right, wrong] = verdictStyles(theme);
    const sign = element('span', 'verdict', verdict === 'correct' ? '✓' : '✗');
    sign.role = 'img';
    sign.ariaLabel = verdict;
    sign.style.color = (verdict === 'correct' ? right : wrong).colour;
    cell.append(sign);
  } else {
    const label = rows.columns[key][row];
    if (label < 0) return;
    const name = rows.nameOf(label);
    cell.title = name;
    cell.append(swatch(classStyle(rows, label, theme)), element('span', 'class-name', name));
  }
}

/** The text, with what was searched for marked. */
function fillText(cell: HTMLElement, text: RowText | undefined, query: string): void {
  if (!text) {
    cell.classList.add('nothing');
    cell.append('…');
    return;
  }
  const line = inOneLine(text);
  cell.title = line.slice(0, 1000);
  const at = query === '' ? -1 : line.toLowerCase().indexOf(query.toLowerCase());
  // Far into a long text, what was found would be out of view.
  const start = at > 60 ? at - 40 : 0;
  const shown = `${start > 0 ? '… ' : ''}${line.slice(start, start + mostShown)}`;
  const found = query === '' ? -1 : shown.toLowerCase().indexOf(query.toLowerCase());
  if (found < 0) return cell.append(shown);
  const end = found + query.length;
  cell.append(shown.slice(0, found), element('mark', '', shown.slice(found, end)), shown.slice(end));
}

function rowAt(target: EventTarget | null): number | undefined {
  const line = target instanceof Element ? target.closest<HTMLElement>('.row') : undefined;
  return line?.dataset.row === undefined ? undefined : Number(line.dataset.row);
}
