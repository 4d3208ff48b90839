import type { Pen } from '../../marks/pen';
import './matrix.css';
import { twoDigits } from '../../../src/protocol/numbers';
import { dropdown } from '../../controls';
import { element, setText } from '../../element';
import { canIntervene } from '../../interventions/wanted';
import { headName } from '../../marks/names';
import { headColour } from '../../marks/relations';
import { Sheet, type SheetView } from '../../marks/sheet';
import { readTheme } from '../../marks/theme';
import { axisMetrics, axisRoom, drawTokenAxis } from '../../marks/tokenAxis';
import { tokenLabels } from '../../marks/tokenLabels';
import { blockOf, isWithinText, shownHeads } from '../../shownHeads';
import type { Changed } from '../../store';
import type { CreateView, View, ViewContext } from '../../view';
import { cellAt, cellColour, cellPixels } from './cells';
import { drawEdits } from './edited';
import { MatrixEdits } from './edits';
import type { Cell, Level, Shown } from './shown';

/** Sizes in CSS pixels. */
const sizes = {
  largestFit: 22,
  smallestCell: 2,
  /** Free pixels at the right of the cells. */
  beside: 10,
  leastLabel: 48,
  labelShare: 0.28,
  largestCell: 40,
};

/** One head's attention as a matrix: queries are rows, keys are columns, the darker or brighter a cell the larger the weight. */
export const createMatrix: CreateView = (root, context) => new MatrixView(root, context);

class MatrixView implements View {
  readonly #context: ViewContext;
  readonly #levels;
  readonly #level;
  readonly #sheet: Sheet;
  readonly #title = element('span', 'matrix-title');
  readonly #sentence = element('p', 'matrix-sentence');
  readonly #legend = element('span', 'matrix-legend');
  readonly #notice = element('p', 'notice');
  readonly #hint = element('p', 'hint', 'Right-click a weight or a column to edit it, or press E.');
  readonly #edits: MatrixEdits;
  /** Pixels per cell that the user chose; 0: as many as fit. */
  #zoomed = 0;
  #shown: Shown | undefined;
  #pixels: HTMLCanvasElement | undefined;
  #cell: Cell | undefined;
  #hovered: number | undefined;
  /** Pixels that the axes take at the left and at the top. */
  /** What the longest label would take. */
  #longest = axisMetrics.longest;
  #drawing = 0;

  constructor(root: HTMLElement, context: ViewContext) {
    this.#context = context;
    root.classList.add('matrix');
    this.#level = context.store.viewState<Level>('matrix.level', 'token');
    this.#levels = dropdown<Level>('What a row and a column are', (value) => {
      this.#level.value = value;
      void this.#fetch();
    });
    const zoom = element(
      'span',
      'matrix-zoom',
      zoomButton('−', 'Smaller cells', () => this.#zoom(1 / 1.4)),
      zoomButton('+', 'Larger cells', () => this.#zoom(1.4)),
      zoomButton('fit', 'Fit into the view', () => this.#zoom(0)),
    );
    const toolbar = element('div', 'matrix-toolbar', this.#title, this.#levels.element, zoom, this.#legend);
    this.#sheet = new Sheet(
      (canvas, view) => this.#draw(canvas, view),
      () => this.#resize(),
    );
    this.#notice.hidden = true;
    this.#sentence.setAttribute('aria-live', 'polite');
    root.append(toolbar, this.#notice, this.#sheet.element, this.#sentence, this.#hint);
    this.#edits = new MatrixEdits(root, context);
    this.#listen();
  }

  render(changed: Changed): void {
    const { inspection, selection } = this.#context.store;
    const [head] = inspection ? shownHeads(inspection, selection) : [];
    const another = JSON.stringify(head) !== JSON.stringify(this.#shown?.head);
    if (changed.has('inspection') || changed.has('settings') || another) void this.#fetch();
    if (changed.has('asked') || changed.has('inspection')) {
      this.#edits.follow(this.#shown);
      this.#sheet.redraw();
    }
    if (changed.has('selection') && selection.hoveredToken !== this.#hovered) {
      this.#hovered = selection.hoveredToken;
      this.#sheet.redraw();
    }
  }

  dispose(): void {
    this.#sheet.dispose();
    this.#edits.dispose();
  }

  #listen(): void {
    const { element: scroller } = this.#sheet;
    scroller.tabIndex = 0;
    scroller.role = 'application';
    scroller.ariaRoleDescription = 'matrix; arrow keys move from cell to cell';
    scroller.addEventListener('pointermove', (event) => this.#point(this.#cellUnder(event)));
    scroller.addEventListener('pointerleave', () => this.#point(undefined));
    scroller.addEventListener('click', (event) => {
      const cell = this.#cellUnder(event);
      if (cell) this.#reveal(cell);
    });
    scroller.addEventListener('contextmenu', (event) => {
      // From the keyboard it comes without a place.
      const cell = event.button === 2 ? this.#cellUnder(event, true) : this.#cell;
      if (!cell) return;
      event.preventDefault();
      this.#edit(cell);
    });
    scroller.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.#zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event);
      },
      { passive: false },
    );
    scroller.addEventListener('keydown', (event) => {
      const cell = this.#cell ?? { row: 0, column: 0 };
      const [down, right] = arrows[event.key] ?? [0, 0];
      if (down !== 0 || right !== 0) this.#point(this.#clamped(cell.row + down, cell.column + right), true);
      else if (event.key === 'Enter') this.#reveal(cell);
      else if (event.key === 'e' || event.key === 'E') this.#edit(cell);
      else if (event.key === '+' || event.key === '-') this.#zoom(event.key === '+' ? 1.4 : 1 / 1.4);
      else if (event.key === 'Escape') this.#point(undefined);
      else return;
      event.preventDefault();
    });
  }

  async #fetch(): Promise<void> {
    const mine = ++this.#drawing;
    const { store, attention } = this.#context;
    const { inspection } = store;
    const [head] = inspection ? shownHeads(inspection, store.selection) : [];
    const block = inspection && head && blockOf(inspection, head);
    if (!inspection || !block) return;
    const level: Level = isWithinText(block) ? this.#level.value : 'token';
    try {
      const tensor = attention.peek(head, level) ?? (await attention.get(head, level));
      if (mine !== this.#drawing) return;
      const words = inspection.words.text;
      this.#shown = {
        inspection,
        head,
        level,
        attention: tensor,
        rowLabels: level === 'word' ? words : tokenLabels(inspection, block.queries),
        columnLabels: level === 'word' ? words : tokenLabels(inspection, block.keys),
      };
      this.#notice.hidden = true;
      this.#hint.hidden = !canIntervene(store);
      this.#edits.follow(this.#shown);
      this.#levels.element.hidden = !isWithinText(block);
      this.#levels.show(
        [
          { value: 'token', label: 'tokens' },
          { value: 'word', label: 'words' },
        ],
        level,
      );
      this.#paint();
    } catch (error) {
      this.#notice.hidden = false;
      setText(this.#notice, error instanceof Error ? error.message : String(error));
    }
  }

  /** Paints the cells once; scrolling and zooming only copy them. */
  #paint(): void {
    const shown = this.#shown;
    if (!shown) return;
    const { background, strongest } = this.#colours();
    const [rows, columns] = shown.attention.dims;
    this.#pixels = element('canvas');
    this.#pixels.width = columns;
    this.#pixels.height = rows;
    if (rows * columns > 0) {
      this.#pixels.getContext('2d')?.putImageData(cellPixels(shown.attention, background, strongest), 0, 0);
    }
    const measuring = this.#pixels.getContext('2d');
    if (measuring) {
      this.#longest = axisRoom(measuring, [...shown.rowLabels, ...shown.columnLabels], this.#fontFamily);
    }
    const name = headName(shown.head, this.#context.store.settings.countFrom);
    setText(this.#title, `Head ${name}`);
    this.#sheet.element.ariaLabel = `Attention of head ${name}: ${rows} queries as rows, ${columns} keys as columns`;
    this.#legend.replaceChildren(
      ...[0, 0.05, 0.25, 0.5, 1].map((weight) => {
        const swatch = element('i');
        swatch.style.background = cellColour(weight, background, strongest);
        return element('span', '', swatch, weight === 0 || weight === 1 ? String(weight) : twoDigits(weight));
      }),
    );
    this.#resize();
  }

  #colours(): { readonly background: string; readonly strongest: string } {
    const theme = readTheme(document);
    return { background: theme.background, strongest: headColour(0, theme.kind) };
  }

  get #fontFamily(): string {
    return getComputedStyle(this.#sheet.element).fontFamily;
  }

  /** Where the cells begin: labels take no more than a part of a narrow window. */
  get #margin(): number {
    const { clientWidth } = this.#sheet.element;
    return Math.round(Math.min(this.#longest, Math.max(sizes.leastLabel, sizes.labelShare * clientWidth)));
  }

  get #cellSize(): number {
    if (this.#zoomed > 0) return this.#zoomed;
    const columns = this.#shown?.attention.dims[1] ?? 1;
    const fit = (this.#sheet.element.clientWidth - this.#margin - sizes.beside) / Math.max(1, columns);
    return Math.max(sizes.smallestCell, Math.min(sizes.largestFit, Math.floor(fit)));
  }

  #resize(): void {
    const [rows, columns] = this.#shown?.attention.dims ?? [0, 0];
    const cell = this.#cellSize;
    this.#sheet.size(this.#margin + columns * cell + sizes.beside, this.#margin + rows * cell + 8);
    this.#sheet.drawNow();
  }

  /** @param factor 0: fit @param at what stays under the pointer */
  #zoom(factor: number, at?: { readonly clientX: number; readonly clientY: number }): void {
    const before = this.#cellSize;
    this.#zoomed =
      factor === 0 ? 0 : Math.min(sizes.largestCell, Math.max(sizes.smallestCell, before * factor));
    const { element: scroller } = this.#sheet;
    const box = scroller.getBoundingClientRect();
    const [x, y] = at
      ? [at.clientX - box.left - this.#margin, at.clientY - box.top - this.#margin]
      : [scroller.clientWidth / 2, scroller.clientHeight / 2];
    const ratio = this.#cellSize / before;
    const [left, top] = [(scroller.scrollLeft + x) * ratio - x, (scroller.scrollTop + y) * ratio - y];
    this.#resize();
    scroller.scrollTo(left, top);
  }

  /** @param orColumn whether the axis at the top stands for whole columns, whose row is −1 */
  #cellUnder(event: MouseEvent, orColumn = false): Cell | undefined {
    if (!this.#shown) return undefined;
    const { element: scroller } = this.#sheet;
    const box = scroller.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left - this.#margin, event.clientY - box.top - this.#margin];
    // The axes stay in view and cover the cells that scrolled under them.
    if (orColumn && x >= 0 && y < 0) {
      const column = Math.floor((x + scroller.scrollLeft) / this.#cellSize);
      return column < this.#shown.attention.dims[1] ? { row: -1, column } : undefined;
    }
    if (x < 0 || y < 0) return undefined;
    return cellAt(
      x + scroller.scrollLeft,
      y + scroller.scrollTop,
      this.#cellSize,
      this.#shown.attention.dims,
    );
  }

  #clamped(row: number, column: number): Cell {
    const [rows, columns] = this.#shown?.attention.dims ?? [1, 1];
    return { row: Math.min(rows - 1, Math.max(0, row)), column: Math.min(columns - 1, Math.max(0, column)) };
  }

  #point(cell: Cell | undefined, scroll = false): void {
    if (cell?.row === this.#cell?.row && cell?.column === this.#cell?.column) return;
    this.#cell = cell;
    const shown = this.#shown;
    setText(this.#sentence, cell && shown ? this.#inWords(cell, shown) : '');
    if (cell && scroll) this.#scrollTo(cell);
    this.#sheet.redraw();
    const token = cell && this.#tokenOf(cell.row);
    this.#hovered = token;
    this.#context.store.select({ hoveredToken: token });
  }

  #scrollTo({ row, column }: Cell): void {
    const { element: scroller } = this.#sheet;
    const size = this.#cellSize;
    const inside = (at: number, from: number, length: number) =>
      Math.min(at * size, Math.max(from, (at + 1) * size - length));
    scroller.scrollLeft = inside(column, scroller.scrollLeft, scroller.clientWidth - this.#margin);
    scroller.scrollTop = inside(row, scroller.scrollTop, scroller.clientHeight - this.#margin);
  }

  /** `jumps → fox 0.62` */
  #inWords({ row, column }: Cell, { attention, rowLabels, columnLabels }: Shown): string {
    const weight = attention.data[row * attention.dims[1] + column];
    return `${rowLabels[row]} → ${columnLabels[column]} ${twoDigits(weight)}${this.#edits.inWords(row, column)}`;
  }

  /** The token of the main text that a row stands for. */
  #tokenOf(row: number): number | undefined {
    const shown = this.#shown;
    if (!shown || blockOf(shown.inspection, shown.head)?.queries !== 'tokens') return undefined;
    if (shown.level === 'token') return row;
    const token = shown.inspection.tokens.words.indexOf(row);
    return token < 0 ? undefined : token;
  }

  #edit(cell: Cell): void {
    const shown = this.#shown;
    if (!shown) return;
    const { element: scroller, view } = this.#sheet;
    const box = scroller.getBoundingClientRect();
    const size = this.#cellSize;
    const x = box.left + this.#margin - view.left + cell.column * size;
    const isColumn = cell.row < 0;
    const y = box.top + this.#margin + (isColumn ? 0 : cell.row * size - view.top);
    this.#edits.open(cell, shown, new DOMRect(x, y, size, isColumn ? 0 : size), scroller);
  }

  #reveal(cell: Cell): void {
    const token = this.#tokenOf(cell.row);
    if (token === undefined) return;
    this.#context.store.select({ token });
    this.#context.host.revealToken(token);
  }

  #draw(canvas: Pen, view: SheetView): void {
    const shown = this.#shown;
    if (!shown || !this.#pixels) return;
    const [rows, columns] = shown.attention.dims;
    const cell = this.#cellSize;
    const margin = this.#margin;
    canvas.save();
    canvas.beginPath();
    canvas.rect(margin, margin, view.width - margin, view.height - margin);
    canvas.clip();
    canvas.imageSmoothingEnabled = false;
    canvas.drawImage(this.#pixels, margin - view.left, margin - view.top, columns * cell, rows * cell);
    const { foreground } = readTheme(document);
    const place = { left: margin - view.left, top: margin - view.top, cell };
    drawEdits(canvas, this.#edits.cells, { ...place, rows, edge: margin }, foreground);
    const pointed = this.#cell ?? this.#hoveredRow();
    canvas.strokeStyle = foreground;
    if (pointed) {
      canvas.globalAlpha = 0.55;
      canvas.strokeRect(margin - view.left, margin - view.top + pointed.row * cell, columns * cell, cell);
      if (pointed.column >= 0) {
        canvas.strokeRect(margin - view.left + pointed.column * cell, margin - view.top, cell, rows * cell);
      }
    }
    canvas.globalAlpha = 0.35;
    canvas.lineWidth = 1;
    canvas.strokeRect(margin - view.left, margin - view.top, columns * cell, rows * cell);
    canvas.restore();
    const common = { margin, cell, colour: foreground, fontFamily: this.#fontFamily };
    drawTokenAxis(canvas, {
      ...common,
      labels: shown.rowLabels,
      side: 'left',
      scrolled: view.top,
      length: view.height,
      pointed: pointed?.row,
    });
    drawTokenAxis(canvas, {
      ...common,
      labels: shown.columnLabels,
      side: 'top',
      scrolled: view.left,
      length: view.width,
      pointed: pointed?.column,
    });
  }

  /** The row of a token that is hovered in another view. */
  #hoveredRow(): Cell | undefined {
    const shown = this.#shown;
    if (this.#hovered === undefined || !shown) return undefined;
    const row = shown.level === 'word' ? shown.inspection.tokens.words[this.#hovered] : this.#hovered;
    return row >= 0 && row < shown.attention.dims[0] && this.#tokenOf(row) !== undefined
      ? { row, column: -1 }
      : undefined;
  }
}

/** Rows down and columns to the right. */
const arrows: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
};

function zoomButton(text: string, title: string, action: () => void): HTMLButtonElement {
  const button = element('button', 'zoom-button', text);
  button.type = 'button';
  button.title = title;
  button.ariaLabel = title;
  button.addEventListener('click', action);
  return button;
}
