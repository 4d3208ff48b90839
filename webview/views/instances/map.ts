import { quadtree, select, zoom, zoomIdentity, type Quadtree, type ZoomTransform } from 'd3';
import { element } from '../../element';
import { type Pen, paintedBy } from '../../marks/pen';
import { fitCanvas } from '../../marks/sheet';
import type { Corner } from './lasso';
import { type MapContent, type MapPlace, paintMarks, paintPoints } from './paintMap';
import { Plane, type Spot } from './plane';

export interface MapEvents {
  /** The pointer is over a point, or over none. @param spot of the point, in the window */
  point(row: number | undefined, spot?: DOMRect): void;
  choose(row: number): void;
  /** A polygon was drawn around points. */
  select(polygon: readonly Corner[]): void;
}

/** What dragging does. */
export type DragMode = 'lasso' | 'pan';

/** How far from a point, in pixels, the pointer may be. */
const reach = 10;
/** Pixels between two corners of the lasso. */
const cornerDistance = 4;
const mostZoom = 200;

/** The map of the texts: points on a canvas, and over it one for what moves with the pointer. */
export class ScatterMap {
  readonly element = element('div', 'map-plane');
  readonly #points = element('canvas', 'map-canvas');
  readonly #marks = element('canvas', 'map-canvas map-marks');
  readonly #events: MapEvents;
  readonly #resized: ResizeObserver;
  readonly #zoom = zoom<HTMLCanvasElement, unknown>();
  #content: MapContent | undefined;
  #plane: Plane | undefined;
  #tree: Quadtree<number> | undefined;
  #transform: ZoomTransform = zoomIdentity;
  #pointed: number | undefined;
  /** The lasso that is being drawn, on the screen. */
  #drawing: Spot[] | undefined;
  /** The click that ends a lasso is no choice of a point. */
  #hasSelected = false;
  #frame = 0;
  mode: DragMode = 'lasso';

  constructor(events: MapEvents) {
    this.#events = events;
    this.#points.ariaHidden = 'true';
    this.#marks.role = 'img';
    this.element.append(this.#points, this.#marks);
    // What is saved has neither a lasso half drawn nor what the pointer is at.
    paintedBy(this.#points, (pen) => this.#paintOn(pen, paintPoints));
    paintedBy(this.#marks, (pen) => this.#paintOn(pen, paintMarks));
    this.#zoom
      .scaleExtent([0.5, mostZoom])
      .filter((event: Event) => event.type === 'wheel' || event.type.startsWith('touch') || this.#pans(event))
      .on('zoom', ({ transform }: { transform: ZoomTransform }) => {
        this.#transform = transform;
        this.#redraw();
      });
    select(this.#marks).call(this.#zoom).on('dblclick.zoom', null);
    this.#listen();
    this.#resized = new ResizeObserver(() => {
      this.#plane = undefined;
      this.#redraw();
    });
    this.#resized.observe(this.element);
  }

  show(content: MapContent): void {
    const before = this.#content;
    this.#content = content;
    if (before?.points !== content.points) {
      this.#plane = undefined;
      this.reset();
    }
    if (before?.points !== content.points || before.shown !== content.shown) this.#tree = undefined;
    this.#marks.ariaLabel = describe(content);
    this.#redraw();
  }

  /** Marks the point of a row that is pointed at elsewhere. */
  point(row: number | undefined): void {
    this.#pointed = row;
    this.#drawMarks();
  }

  zoomBy(factor: number): void {
    this.#zoom.scaleBy(select(this.#marks), factor);
  }

  reset(): void {
    this.#zoom.transform(select(this.#marks), zoomIdentity);
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#resized.disconnect();
  }

  #pans(event: Event): boolean {
    if (!(event instanceof MouseEvent)) return false;
    // Shift does what the mode does not; the middle button always moves.
    return event.button === 1 || (event.button === 0 && (this.mode === 'pan') !== event.shiftKey);
  }

  #listen(): void {
    const canvas = this.#marks;
    canvas.addEventListener('pointerdown', (event) => {
      this.#hasSelected = false;
      if (event.button !== 0 || this.#pans(event)) return;
      this.#drawing = [spotOf(event)];
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', (event) => {
      const spot = spotOf(event);
      if (this.#drawing) {
        if (distance(spot, this.#drawing[this.#drawing.length - 1]) >= cornerDistance)
          this.#drawing.push(spot);
        this.#drawMarks();
      } else if (event.buttons === 0) this.#hover(spot);
    });
    canvas.addEventListener('pointerup', () => this.#endLasso());
    canvas.addEventListener('pointercancel', () => {
      this.#drawing = undefined;
      this.#drawMarks();
    });
    canvas.addEventListener('pointerleave', () => this.#setPointed(undefined));
    // After a drag that moved the map, d3-zoom swallows the click.
    canvas.addEventListener('click', (event) => {
      const row = this.#hasSelected ? undefined : this.#rowAt(spotOf(event));
      if (row !== undefined) this.#events.choose(row);
    });
  }

  #endLasso(): void {
    const drawing = this.#drawing;
    this.#drawing = undefined;
    if (!drawing) return;
    const plane = this.#fitted();
    if (drawing.length >= 3 && plane) {
      this.#hasSelected = true;
      this.#events.select(drawing.map((spot) => plane.toMap(spot, this.#transform)));
    }
    this.#drawMarks();
  }

  #hover(spot: Spot): void {
    this.#setPointed(this.#rowAt(spot));
  }

  #setPointed(row: number | undefined): void {
    if (row === this.#pointed) return;
    this.#pointed = row;
    this.#drawMarks();
    const at = row === undefined ? undefined : this.#spotOf(row);
    const corner = this.#marks.getBoundingClientRect();
    this.#events.point(row, at && new DOMRect(corner.left + at[0] - 4, corner.top + at[1] - 4, 8, 8));
  }

  #rowAt(spot: Spot): number | undefined {
    const plane = this.#fitted();
    const content = this.#content;
    if (!plane || !content) return undefined;
    const { points, shown } = content;
    this.#tree ??= quadtree<number>()
      .x((row) => points[2 * row])
      .y((row) => points[2 * row + 1])
      .addAll(Array.from(shown).filter((row) => !Number.isNaN(points[2 * row])));
    const [x, y] = plane.toMap(spot, this.#transform);
    return this.#tree.find(x, y, reach * plane.unitsPerPixel(this.#transform));
  }

  #spotOf(row: number): Spot | undefined {
    const points = this.#content?.points;
    const [x, y] = [points?.[2 * row] ?? NaN, points?.[2 * row + 1] ?? NaN];
    return Number.isNaN(x) ? undefined : this.#fitted()?.toScreen(x, y, this.#transform);
  }

  #fitted(): Plane | undefined {
    const { clientWidth, clientHeight } = this.element;
    if (!this.#content || clientWidth === 0 || clientHeight === 0) return undefined;
    this.#plane ??= new Plane(this.#content.points, clientWidth, clientHeight);
    return this.#plane;
  }

  #redraw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#drawPoints();
      this.#drawMarks();
    });
  }

  #drawPoints(): void {
    const place = this.#place();
    const context = place && fitCanvas(this.#points, place.width, place.height);
    if (context) paintPoints(context, place);
  }

  #drawMarks(): void {
    const place = this.#place();
    const context = place && fitCanvas(this.#marks, place.width, place.height);
    if (context) paintMarks(context, place, this.#drawing, this.#pointed);
  }

  #paintOn(pen: Pen, paint: (pen: Pen, place: MapPlace) => void): void {
    const place = this.#place();
    if (place) paint(pen, place);
  }

  #place(): MapPlace | undefined {
    const plane = this.#fitted();
    const content = this.#content;
    if (!plane || !content) return undefined;
    const { clientWidth: width, clientHeight: height } = this.element;
    return { content, plane, zoom: this.#transform, width, height };
  }
}

function describe({ points, shown, lasso }: MapContent): string {
  const placed = shown.reduce((count, row) => count + Number(!Number.isNaN(points[2 * row])), 0);
  const selected = lasso ? ', those inside the lasso' : '';
  return `Map of the texts: ${placed.toLocaleString('en')} points${selected}. The table has the same rows.`;
}

function spotOf(event: MouseEvent): Spot {
  return [event.offsetX, event.offsetY];
}

function distance([ax, ay]: Spot, [bx, by]: Spot): number {
  return Math.hypot(ax - bx, ay - by);
}
