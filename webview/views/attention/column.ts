import { select } from 'd3';
import { element } from '../../element';
import type { Pointed, RowWindow } from './lines';

/** Height of a row in CSS pixels. */
export const rowHeight = 20;

/** Weight of one head between a token and the one that is pointed at. */
export interface Bar {
  readonly weight: number;
  readonly colour: string;
}

/** One token of a column. */
export interface ColumnRow {
  readonly row: number;
  readonly token: number;
  readonly label: string;
  readonly special: boolean;
  readonly pointed: boolean;
  readonly selected: boolean;
  /** What every shown head gives it; empty where nothing is pointed at. */
  readonly bars: readonly Bar[];
  /** The weights as they are written beside the token. */
  readonly number: string;
  readonly description: string;
  /** What of its weights is edited, in words; empty where nothing is. */
  readonly edited: string;
}

export interface ColumnEvents {
  point(pointed: Pointed | undefined): void;
  choose(pointed: Pointed): void;
  /** The context menu, or the key E: its weights are to be edited. */
  edit(pointed: Pointed, line: HTMLElement): void;
  /** Arrow keys: to another row, or to the other column. */
  move(to: Pointed): void;
}

/** A column of tokens of which only those in view exist. */
export class TokenColumn {
  readonly element: HTMLElement;
  readonly #side: Pointed['side'];
  #count = 0;
  #focusable = 0;

  constructor(side: Pointed['side'], events: ColumnEvents) {
    this.#side = side;
    this.element = element('div', `attention-column ${side}`);
    this.element.role = 'listbox';
    this.element.ariaLabel = side === 'query' ? 'Queries: tokens that attend' : 'Keys: tokens attended to';
    this.element.addEventListener('pointerover', (event) => events.point(this.#at(event.target)));
    this.element.addEventListener('pointerleave', () => events.point(undefined));
    this.element.addEventListener('focusin', (event) => {
      const at = this.#at(event.target);
      if (!at) return;
      this.#focusable = at.row;
      events.point(at);
    });
    this.element.addEventListener('focusout', () => events.point(undefined));
    this.element.addEventListener('click', (event) => {
      const at = this.#at(event.target);
      if (at) events.choose(at);
    });
    this.element.addEventListener('contextmenu', (event) => {
      const at = this.#at(event.target);
      const line = at && this.#line(at.row);
      if (!line) return;
      event.preventDefault();
      events.edit(at, line);
    });
    this.element.addEventListener('keydown', (event) => {
      const at = this.#at(event.target);
      if (!at) return;
      const to = this.#target(event.key, at);
      if (to) events.move(to);
      else if (event.key === 'Enter' || event.key === ' ') events.choose(at);
      else if (event.key === 'e' || event.key === 'E') {
        const line = this.#line(at.row);
        if (line) events.edit(at, line);
      } else if (event.key === 'Escape') events.point(undefined);
      else return;
      event.preventDefault();
    });
  }

  /** @param rows those in view @param count of all rows */
  draw(rows: readonly ColumnRow[], count: number): void {
    this.#count = count;
    if (!rows.some(({ row }) => row === this.#focusable)) this.#focusable = rows[0]?.row ?? 0;
    const lines = select(this.element)
      .selectAll<HTMLElement, ColumnRow>('.attention-token')
      .data(rows, ({ row }) => row)
      .join((enter) => {
        const line = enter.append('div').attr('class', 'attention-token').attr('role', 'option');
        line.append('span').attr('class', 'bars').attr('aria-hidden', 'true');
        line.append('span').attr('class', 'label');
        line.append('span').attr('class', 'number');
        return line;
      })
      .attr('data-row', ({ row }) => row)
      .attr('tabindex', ({ row }) => (row === this.#focusable ? 0 : -1))
      .attr('aria-posinset', ({ row }) => row + 1)
      .attr('aria-setsize', count)
      .attr('aria-selected', ({ selected }) => String(selected))
      .attr('aria-label', ({ description }) => description)
      .classed('special', ({ special }) => special)
      .classed('pointed', ({ pointed }) => pointed)
      .classed('edited', ({ edited }) => edited !== '')
      .attr('title', ({ edited }) => edited || null)
      .classed('selected', ({ selected }) => selected)
      .style('top', ({ row }) => `${row * rowHeight}px`)
      .order();
    lines.select('.label').text(({ label }) => label);
    lines.select('.number').text(({ number }) => number);
    lines
      .select('.bars')
      .selectAll<HTMLElement, Bar>('i')
      .data(({ bars }) => bars)
      .join('i')
      .style('width', ({ weight }) => `${Math.min(1, weight) * 100}%`)
      .style('background', ({ colour }) => colour);
  }

  focus(row: number): void {
    this.#line(row)?.focus({ preventScroll: true });
  }

  #line(row: number): HTMLElement | undefined {
    return this.element.querySelector<HTMLElement>(`[data-row="${row}"]`) ?? undefined;
  }

  #target(key: string, { side, row }: Pointed): Pointed | undefined {
    const last = this.#count - 1;
    switch (key) {
      case 'ArrowDown':
        return { side, row: Math.min(last, row + 1) };
      case 'ArrowUp':
        return { side, row: Math.max(0, row - 1) };
      case 'Home':
        return { side, row: 0 };
      case 'End':
        return { side, row: last };
      case 'ArrowRight':
        return side === 'query' ? { side: 'key', row } : undefined;
      case 'ArrowLeft':
        return side === 'key' ? { side: 'query', row } : undefined;
      default:
        return undefined;
    }
  }

  #at(target: EventTarget | null): Pointed | undefined {
    const row =
      target instanceof Element ? target.closest('[data-row]')?.getAttribute('data-row') : undefined;
    return row ? { side: this.#side, row: Number(row) } : undefined;
  }
}

/** Rows from the first to the last that a window shows, with a few more so that scrolling shows no gap. */
export function rowsInView(count: number, { first, last }: RowWindow): number[] {
  const from = Math.max(0, Math.floor(first) - 4);
  const to = Math.min(count - 1, Math.ceil(last) + 4);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}
