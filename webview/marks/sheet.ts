import './sheet.css';
import { element } from '../element';
import { paintedBy, type Pen } from './pen';

/** The part of a sheet that is in view, in CSS pixels. */
export interface SheetView {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A drawing larger than its window: a scroller whose canvas stays in view and is drawn anew as it scrolls. The canvas is
 * never larger than the window, however large the sheet is.
 */
export class Sheet {
  readonly element = element('div', 'sheet-scroller');
  /** Lies over the whole sheet, for what is not drawn but made of elements. */
  readonly content = element('div', 'sheet');
  readonly canvas = element('canvas', 'sheet-canvas');
  readonly #draw: (context: Pen, view: SheetView) => void;
  readonly #resized: ResizeObserver;
  #frame = 0;
  #width = 0;

  /**
   * @param draw in CSS pixels of the window: (0, 0) is the corner of what is in view
   * @param widened is called when the window has another width, before it is drawn
   */
  constructor(draw: (context: Pen, view: SheetView) => void, widened?: () => void) {
    this.#draw = draw;
    paintedBy(this.canvas, (pen) => draw(pen, this.view));
    this.canvas.ariaHidden = 'true';
    this.content.append(this.canvas);
    this.element.append(this.content);
    this.element.addEventListener('scroll', () => this.redraw(), { passive: true });
    this.#resized = new ResizeObserver(([{ contentRect }]) => {
      const width = Math.round(contentRect.width);
      if (width > 0 && width !== this.#width) {
        this.#width = width;
        widened?.();
      }
      this.redraw();
    });
    this.#resized.observe(this.element);
  }

  /** @param width 0: as wide as the window */
  size(width: number, height: number): void {
    this.content.style.width = width > 0 ? `${width}px` : '100%';
    this.content.style.height = `${height}px`;
  }

  get view(): SheetView {
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.element;
    return { left: scrollLeft, top: scrollTop, width: clientWidth, height: clientHeight };
  }

  /** Draws in the next frame. */
  redraw(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.drawNow());
  }

  drawNow(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const { view } = this;
    if (view.width === 0 || view.height === 0) return;
    const context = fitCanvas(this.canvas, view.width, view.height);
    if (context) this.#draw(context, view);
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#resized.disconnect();
  }
}

/** Gives a canvas its size in CSS pixels and as many real pixels as the screen has there; empty, in CSS pixels. */
export function fitCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const scale = window.devicePixelRatio || 1;
  const [columns, rows] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  context?.setTransform(scale, 0, 0, scale, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}
