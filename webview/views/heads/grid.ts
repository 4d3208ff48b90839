import type { BlockSummary, HeadRef, Inspection } from '../../../src/protocol/inspection';
import { element } from '../../element';
import { drawGlyph, strikeGlyph } from '../../marks/glyph';
import { headName, sameHead } from '../../marks/names';
import type { Theme } from '../../marks/theme';
import { headsOfLayer } from './encoding';
import { Eye } from './eye';

/** How one head looks. */
export interface HeadLook {
  readonly colour: string;
  /** 0 to 1; NaN: no number. */
  readonly magnitude: number;
}

export interface GridContent {
  readonly inspection: Inspection;
  readonly block: BlockSummary;
  readonly theme: Theme;
  readonly countFrom: 0 | 1;
  look(head: HeadRef): HeadLook;
  label(head: HeadRef): string;
  isOff(head: HeadRef): boolean;
  /** No head can be switched off here: there is no model, or it is not the one that is inspected. */
  readonly isFixed?: boolean;
}

export interface GridEvents {
  /** @param extend shift or control was held: compare instead of choose */
  choose(head: HeadRef, extend: boolean): void;
  point(head: HeadRef, cell: HTMLElement): void;
  leave(): void;
  /** Off where it is on, on where it is off. */
  toggle(head: HeadRef): void;
}

/** Sides of a cell in CSS pixels; below the smallest the grid scrolls. */
const smallestCell = 20;
const largestCell = 44;

/** Side of a cell so that `columns` of them fill `width`, within what can be read and what is not absurd. */
export function cellSize(width: number, columns: number, zoom: number): number {
  const fitting = Math.floor(width / Math.max(1, columns));
  return Math.round(Math.min(largestCell, Math.max(smallestCell, fitting)) * zoom);
}

/**
 * Layers as rows (the first at the bottom), heads as columns. The glyphs are painted on one canvas; over it lie empty cells
 * that take the pointer, the focus (one stop in the tab order, arrow keys inside) and speak to screen readers.
 */
export class HeadGrid {
  readonly element = element('div', 'head-grid');
  readonly #canvas = element('canvas', 'head-canvas');
  readonly #rows = element('div', 'head-rows');
  readonly #events: GridEvents;
  readonly #eye: Eye;
  /** The head whose switch is in reach: the one pointed at, else the focused one, else the selected one. */
  #reached: HeadRef | undefined;
  #selected: HeadRef | undefined;
  #cells: { readonly head: HeadRef; readonly cell: HTMLElement }[] = [];
  #content: GridContent | undefined;
  #shape = '';
  #size = 0;

  constructor(events: GridEvents) {
    this.#events = events;
    this.#eye = new Eye(() => this.#reached && events.toggle(this.#reached));
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.#rows.role = 'grid';
    this.element.append(this.#canvas, this.#rows);
    this.#rows.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** Draws everything anew. @param size side of a cell in CSS pixels */
  draw(content: GridContent, size: number): void {
    this.#content = content;
    this.#size = size;
    this.#build(content);
    this.#paint();
    this.#reach(this.#reached);
  }

  /**
   * Frames the selected head and those it is compared with; nothing is painted.
   * @param paintOf the colour of a head by its place in the comparison; the selected one has place 0
   */
  mark(
    selected: HeadRef | undefined,
    compared: readonly HeadRef[],
    paintOf: (place: number) => string,
  ): void {
    for (const { head, cell } of this.#cells) {
      const isSelected = selected !== undefined && sameHead(head, selected);
      const place = compared.findIndex((other) => sameHead(other, head));
      cell.ariaSelected = String(isSelected || place >= 0);
      cell.classList.toggle('selected', isSelected);
      cell.classList.toggle('compared', place >= 0);
      const paint = isSelected && compared.length > 0 ? paintOf(0) : place >= 0 ? paintOf(place + 1) : '';
      cell.style.setProperty('--frame', paint);
    }
    this.#setStop(selected);
    this.#selected = selected;
    if (!this.#pointed()) this.#reach(selected);
  }

  cellOf(head: HeadRef): HTMLElement | undefined {
    return this.#cells.find((one) => sameHead(one.head, head))?.cell;
  }

  #build({ inspection, block, countFrom, label }: GridContent): void {
    const size = this.#size;
    this.element.style.setProperty('--cell', `${size}px`);
    const heads = Array.from({ length: block.layers }, (_, layer) => headsOfLayer(inspection, block, layer));
    const shape = `${block.name} ${countFrom} ${heads.join()}`;
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#createCells(block, heads, countFrom);
    }
    this.#rows.ariaLabel = `Heads of ${inspection.model.name}: ${block.layers} layers, the first at the bottom, of ${block.heads} heads`;
    for (const { head, cell } of this.#cells) cell.ariaLabel = label(head);
    this.element.classList.toggle('sparse-labels', size < 18 + 4 * Number(block.heads > 10));
  }

  #createCells(block: BlockSummary, heads: readonly number[], countFrom: 0 | 1): void {
    this.#cells = [];
    this.#rows.ariaColCount = String(block.heads + 1);
    this.#rows.ariaRowCount = String(block.layers + 1);
    const rows: HTMLElement[] = [];
    for (let layer = block.layers - 1; layer >= 0; layer--) {
      const title = element('div', 'axis-label', String(layer + countFrom));
      title.role = 'rowheader';
      title.ariaLabel = `Layer ${layer + countFrom}`;
      const row = element('div', 'head-row', title);
      row.role = 'row';
      for (let head = 0; head < heads[layer]; head++) {
        const ref: HeadRef = { block: block.name, layer, head };
        const cell = this.#createCell(ref);
        this.#cells.push({ head: ref, cell });
        row.append(cell);
      }
      rows.push(row);
    }
    const corner = element('div', 'axis-corner');
    corner.role = 'columnheader';
    corner.ariaLabel = 'Layer';
    const bottom = element('div', 'head-row axis-row', corner);
    bottom.role = 'row';
    for (let head = 0; head < block.heads; head++) {
      const title = element('div', 'axis-label', String(head + countFrom));
      title.role = 'columnheader';
      title.ariaLabel = `Head ${head + countFrom}`;
      bottom.append(title);
    }
    this.#rows.replaceChildren(...rows, bottom);
  }

  #createCell(head: HeadRef): HTMLElement {
    const cell = element('div', 'head-cell');
    cell.role = 'gridcell';
    cell.tabIndex = -1;
    cell.dataset.head = headName(head, 0);
    cell.addEventListener('click', (event) => {
      this.#events.choose(head, event.shiftKey || event.ctrlKey || event.metaKey);
    });
    cell.setAttribute('aria-keyshortcuts', 'O');
    const point = (): void => {
      this.#events.point(head, cell);
      this.#reach(head);
    };
    const leave = (): void => {
      this.#events.leave();
      this.#reach(this.#pointed() ?? this.#selected);
    };
    cell.addEventListener('pointerenter', point);
    cell.addEventListener('pointerleave', leave);
    cell.addEventListener('focus', point);
    cell.addEventListener('blur', leave);
    return cell;
  }

  /** The head under the pointer, else the focused one. */
  #pointed(): HeadRef | undefined {
    const hovered = this.#cells.find(({ cell }) => cell.matches(':hover'));
    return (hovered ?? this.#cells.find(({ cell }) => cell === document.activeElement))?.head;
  }

  /** Brings the switch to a head. */
  #reach(head: HeadRef | undefined): void {
    this.#reached = head;
    const cell = head && this.cellOf(head);
    const content = this.#content;
    if (head && cell && content && !content.isFixed)
      this.#eye.moveTo(cell, headName(head, content.countFrom), content.isOff(head));
    else this.#eye.remove();
  }

  /** Exactly one cell is a stop of the tab key: the focused one, the selected one, or the first. */
  #setStop(selected: HeadRef | undefined): void {
    const focused = this.#cells.find(({ cell }) => cell === document.activeElement);
    const chosen = this.#cells.find(({ head }) => selected !== undefined && sameHead(head, selected));
    const stop = focused ?? chosen ?? this.#cells.at(-1);
    for (const one of this.#cells) one.cell.tabIndex = one === stop ? 0 : -1;
  }

  #onKey(event: KeyboardEvent): void {
    const current = this.#cells.find(({ cell }) => cell === document.activeElement);
    if (!current || !this.#content) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#events.choose(current.head, event.shiftKey || event.ctrlKey || event.metaKey);
      return;
    }
    if (event.key.toLowerCase() === 'o' && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      if (!this.#content.isFixed) this.#events.toggle(current.head);
      return;
    }
    if (event.key === 'Escape') {
      this.#events.leave();
      return;
    }
    const next = neighbour(current.head, event.key, event.ctrlKey, this.#content);
    if (!next) return;
    event.preventDefault();
    current.cell.tabIndex = -1;
    const cell = this.cellOf(next);
    if (!cell) return;
    cell.tabIndex = 0;
    cell.focus();
  }

  #paint(): void {
    const content = this.#content;
    const context = this.#canvas.getContext('2d');
    if (!content || !context) return;
    const { inspection, block, theme, look, isOff } = content;
    const size = this.#size;
    const width = block.heads * size;
    const height = block.layers * size;
    const ratio = window.devicePixelRatio;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const row = block.keys === 'pair' ? inspection.pair : inspection.tokens;
    const tokens = Math.max(row?.ids.length ?? 0, inspection.tokens.ids.length);
    const { edges, weights, perHead } = block.thumbnails;
    for (const { head } of this.#cells) {
      const start = (head.layer * block.heads + head.head) * perHead;
      const x = (head.head + 0.5) * size;
      const y = (block.layers - 1 - head.layer + 0.5) * size;
      drawGlyph(
        context,
        {
          ...look(head),
          x,
          y,
          size,
          edges: {
            edges: edges.subarray(2 * start, 2 * (start + perHead)),
            weights: weights.subarray(start, start + perHead),
            tokens,
          },
        },
        theme.foreground,
      );
      if (isOff(head)) strikeGlyph(context, { x, y, size }, theme.foreground);
    }
  }
}

/** The head that an arrow key leads to; up is a later layer. Home and End: ends of the row, with control of the grid. */
function neighbour(
  { block: name, layer, head }: HeadRef,
  key: string,
  far: boolean,
  { inspection, block }: GridContent,
): HeadRef | undefined {
  const top = block.layers - 1;
  const at = (toLayer: number, toHead: number): HeadRef => {
    const clamped = Math.min(top, Math.max(0, toLayer));
    const last = headsOfLayer(inspection, block, clamped) - 1;
    return { block: name, layer: clamped, head: Math.min(last, Math.max(0, toHead)) };
  };
  switch (key) {
    case 'ArrowRight':
      return at(layer, head + 1);
    case 'ArrowLeft':
      return at(layer, head - 1);
    case 'ArrowUp':
      return at(layer + 1, head);
    case 'ArrowDown':
      return at(layer - 1, head);
    case 'Home':
      return at(far ? top : layer, 0);
    case 'End':
      return at(far ? 0 : layer, block.heads);
    case 'PageUp':
      return at(top, head);
    case 'PageDown':
      return at(0, head);
    default:
      return undefined;
  }
}
