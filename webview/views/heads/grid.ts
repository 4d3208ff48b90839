import { paintedBy, type Pen } from '../../marks/pen';
import type { BlockSummary, HeadRef, Inspection } from '../../../src/protocol/inspection';
import { element } from '../../element';
import { drawGlyph, strikeGlyph } from '../../marks/glyph';
import { headName, sameHead } from '../../marks/names';
import type { Theme } from '../../marks/theme';
import { Eye } from './eye';
import { placementOf, type Placement } from './order';
import { inView, isInside, windowOf, type GridBox, type GridWindow, type ViewBox } from './window';

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
  /** Where heads stand; default: as in the model. */
  readonly placement?: Placement;
}

/** A head in its place: rows are counted from the bottom, columns from the left. */
interface PlacedHead {
  readonly head: HeadRef;
  readonly row: number;
  readonly column: number;
  readonly cell: HTMLElement;
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
/** Models of more heads than this are seen whole in smaller cells; zooming in shows their miniatures. */
const manyColumns = 24;
const smallestOfMany = 14;

/** Side of a cell so that `columns` of them fill `width`, within what can be read and what is not absurd. */
export function cellSize(width: number, columns: number, zoom: number): number {
  const fitting = Math.floor(width / Math.max(1, columns));
  const smallest = columns > manyColumns ? smallestOfMany : smallestCell;
  return Math.round(Math.min(largestCell, Math.max(smallest, fitting)) * zoom);
}

/**
 * Layers as rows (the first at the bottom), heads as columns, unless they are placed otherwise. The glyphs are painted on one canvas; over it lie empty cells
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
  #cells: PlacedHead[] = [];
  #painted: GridWindow = { left: 0, top: 0, width: 0, height: 0 };
  #frame = 0;
  #content: GridContent | undefined;
  #shape = '';
  #size = 0;

  constructor(events: GridEvents) {
    this.#events = events;
    this.#eye = new Eye(() => this.#reached && events.toggle(this.#reached));
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.#rows.role = 'grid';
    this.element.append(this.#canvas, this.#rows);
    paintedBy(this.#canvas, (pen) => {
      pen.translate(-this.#painted.left, -this.#painted.top);
      this.drawOn(pen);
    });
    this.#rows.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** Paints what has come into view; nothing where that was painted already. */
  reveal(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const { grid, views } = this.#onScreen();
      if (this.#content && !isInside(inView(grid, views), this.#painted)) this.#paint();
    });
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

  #build({ inspection, block, countFrom, label, placement }: GridContent): void {
    const size = this.#size;
    this.element.style.setProperty('--cell', `${size}px`);
    const placed = placement ?? placementOf(inspection, block, 'model', undefined);
    const shape = `${block.name} ${countFrom} ${JSON.stringify(placed)}`;
    if (shape !== this.#shape) {
      this.#shape = shape;
      const focused = this.#cells.find(({ cell }) => cell === document.activeElement)?.head;
      this.#createCells(block, placed, countFrom);
      if (focused) this.cellOf(focused)?.focus();
    }
    const inOrder = placement ? 'in another order' : 'the first at the bottom';
    this.#rows.ariaLabel = `Heads of ${inspection.model.name}: ${block.layers} layers, ${inOrder}, of ${block.heads} heads`;
    this.element.classList.toggle('numbered', !placed.isAligned && size >= 18);
    for (const { head, cell } of this.#cells) cell.ariaLabel = label(head);
    this.element.classList.toggle('sparse-labels', size < 18 + 4 * Number(block.heads > 10));
  }

  #createCells(block: BlockSummary, { rows: layers, columns, isAligned }: Placement, countFrom: 0 | 1): void {
    this.#cells = [];
    this.#rows.ariaColCount = String(block.heads + 1);
    this.#rows.ariaRowCount = String(block.layers + 1);
    const rows: HTMLElement[] = [];
    for (let at = layers.length - 1; at >= 0; at--) {
      const layer = layers[at];
      const title = element('div', 'axis-label', String(layer + countFrom));
      title.role = 'rowheader';
      title.ariaLabel = `Layer ${layer + countFrom}`;
      const row = element('div', 'head-row', title);
      row.role = 'row';
      columns[layer].forEach((head, column) => {
        const ref: HeadRef = { block: block.name, layer, head };
        const cell = this.#createCell(ref);
        cell.dataset.number = String(head + countFrom);
        this.#cells.push({ head: ref, row: at, column, cell });
        row.append(cell);
      });
      rows.push(row);
    }
    const corner = element('div', 'axis-corner');
    corner.role = 'columnheader';
    corner.ariaLabel = 'Layer';
    const bottom = element('div', 'head-row axis-row', corner);
    bottom.role = 'row';
    for (let head = 0; head < block.heads; head++) {
      // Sorted columns have no number of a head, but a rank.
      const title = element('div', 'axis-label', isAligned ? String(head + countFrom) : `${head + 1}.`);
      title.role = 'columnheader';
      title.ariaLabel = isAligned ? `Head ${head + countFrom}` : `Rank ${head + 1}`;
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
    const next = neighbour(current, event.key, event.ctrlKey, this.#cells);
    if (!next) return;
    event.preventDefault();
    current.cell.tabIndex = -1;
    const { cell } = next;
    cell.tabIndex = 0;
    cell.focus();
  }

  /** Where the glyphs are on screen, and what they are seen through. */
  #onScreen(): { readonly grid: GridBox; readonly views: readonly ViewBox[] } {
    const block = this.#content?.block;
    const { left, top } = this.#rows.getBoundingClientRect();
    const axis = parseFloat(getComputedStyle(this.element).getPropertyValue('--axis')) || 0;
    const grid = {
      left: left + axis,
      top,
      width: (block?.heads ?? 0) * this.#size,
      height: (block?.layers ?? 0) * this.#size,
    };
    const page = { left: 0, top: 0, right: window.innerWidth, bottom: window.innerHeight };
    const views = [page, this.element.parentElement?.getBoundingClientRect() ?? page];
    return { grid, views };
  }

  #paint(): void {
    const content = this.#content;
    const context = this.#canvas.getContext('2d');
    if (!content || !context) return;
    const ratio = window.devicePixelRatio;
    const { grid, views } = this.#onScreen();
    const shown = windowOf(grid, views, ratio);
    this.#painted = shown;
    this.#canvas.width = Math.round(shown.width * ratio);
    this.#canvas.height = Math.round(shown.height * ratio);
    Object.assign(this.#canvas.style, {
      width: `${shown.width}px`,
      height: `${shown.height}px`,
      transform: `translate(${shown.left}px, ${shown.top}px)`,
    });
    context.setTransform(ratio, 0, 0, ratio, -shown.left * ratio, -shown.top * ratio);
    this.drawOn(context, shown);
  }

  /** Draws the glyphs that touch a part of the grid, in its own pixels. */
  drawOn(context: Pen, shown: GridWindow = this.#painted): void {
    const content = this.#content;
    if (!content) return;
    const { inspection, block, theme, look, isOff } = content;
    const size = this.#size;
    const keyRow = block.keys === 'pair' ? inspection.pair : inspection.tokens;
    const tokens = Math.max(keyRow?.ids.length ?? 0, inspection.tokens.ids.length);
    const { edges, weights, perHead } = block.thumbnails;
    for (const { head, row, column } of this.#cells) {
      const start = (head.layer * block.heads + head.head) * perHead;
      const x = (column + 0.5) * size;
      const y = (block.layers - 1 - row + 0.5) * size;
      const isSeen =
        x + size >= shown.left &&
        x - size <= shown.left + shown.width &&
        y + size >= shown.top &&
        y - size <= shown.top + shown.height;
      if (!isSeen) continue;
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

/** The place that an arrow key leads to. Home and End: ends of the row, with control of the grid. */
function neighbour(
  { row, column }: PlacedHead,
  key: string,
  far: boolean,
  cells: readonly PlacedHead[],
): PlacedHead | undefined {
  const top = cells.reduce((most, cell) => Math.max(most, cell.row), 0);
  const at = (toRow: number, toColumn: number): PlacedHead | undefined => {
    const clamped = Math.min(top, Math.max(0, toRow));
    const inRow = cells.filter((cell) => cell.row === clamped);
    return inRow[Math.min(inRow.length - 1, Math.max(0, toColumn))];
  };
  switch (key) {
    case 'ArrowRight':
      return at(row, column + 1);
    case 'ArrowLeft':
      return at(row, column - 1);
    case 'ArrowUp':
      return at(row + 1, column);
    case 'ArrowDown':
      return at(row - 1, column);
    case 'Home':
      return at(far ? top : row, 0);
    case 'End':
      return at(far ? 0 : row, Infinity);
    case 'PageUp':
      return at(top, column);
    case 'PageDown':
      return at(0, column);
    default:
      return undefined;
  }
}
