import { quadtree, select, symbol, zoom, zoomIdentity, type Quadtree, type ZoomTransform } from 'd3';
import { element } from '../../element';
import { fitCanvas } from '../../marks/sheet';
import type { Theme } from '../../marks/theme';
import type { Encoding, PointStyle } from './encoding';
import type { Corner } from './lasso';
import { Plane, type Spot } from './plane';

export interface MapContent {
  /** [N, 2]; NaN where a row has no place. */
  readonly points: Float32Array;
  readonly encoding: Encoding;
  readonly shown: Uint32Array;
  readonly lasso: readonly Corner[] | undefined;
  readonly inspected: number | undefined;
  readonly theme: Theme;
}

export interface MapEvents {
  /** The pointer is over a point, or over none. @param spot of the point, in the window */
  point(row: number | undefined, spot?: DOMRect): void;
  choose(row: number): void;
  /** A polygon was drawn around points. */
  select(polygon: readonly Corner[]): void;
}

/** What dragging does. */
export type DragMode = 'lasso' | 'pan';

/** From so many points on they are painted as squares of a few pixels: shapes could not be told apart anyway. */
const manyPoints = 20_000;
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
    const plane = this.#fitted();
    const content = this.#content;
    const { clientWidth, clientHeight } = this.element;
    const context = plane && content && fitCanvas(this.#points, clientWidth, clientHeight);
    if (!plane || !content || !context) return;
    const { points, encoding, shown, theme } = content;
    const isShown = new Uint8Array(points.length / 2);
    for (const row of shown) isShown[row] = 1;
    const radius = radiusFor(points.length / 2, this.#transform.k);
    const groups: Spot[][] = encoding.styles.map(() => []);
    const rest: Spot[] = [];
    for (let row = 0; row < isShown.length; row++) {
      const [px, py] = [points[2 * row], points[2 * row + 1]];
      if (Number.isNaN(px)) continue;
      const spot = plane.toScreen(px, py, this.#transform);
      if (spot[0] < -9 || spot[1] < -9 || spot[0] > clientWidth + 9 || spot[1] > clientHeight + 9) continue;
      (isShown[row] === 1 ? groups[encoding.styleOf[row]] : rest).push(spot);
    }
    context.fillStyle = theme.foreground;
    context.globalAlpha = 0.16;
    for (const [x, y] of rest) context.fillRect(x - radius / 2, y - radius / 2, radius, radius);
    const isMany = shown.length >= manyPoints;
    context.globalAlpha = isMany ? 0.75 : 0.9;
    encoding.styles.forEach((style, i) => {
      if (groups[i].length === 0) return;
      if (isMany) paintSquares(context, groups[i], style, radius);
      else paintShapes(context, groups[i], style, radius, theme.background);
    });
    context.globalAlpha = 1;
  }

  #drawMarks(): void {
    const plane = this.#fitted();
    const content = this.#content;
    const { clientWidth, clientHeight } = this.element;
    const context = plane && content && fitCanvas(this.#marks, clientWidth, clientHeight);
    if (!plane || !content || !context) return;
    const { theme, lasso, inspected } = content;
    const polygon = this.#drawing ?? lasso?.map(([x, y]) => plane.toScreen(x, y, this.#transform));
    context.strokeStyle = theme.foreground;
    context.fillStyle = theme.foreground;
    if (polygon && polygon.length > 1) {
      context.beginPath();
      polygon.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
      context.closePath();
      context.globalAlpha = 0.07;
      context.fill();
      context.globalAlpha = 0.8;
      context.setLineDash([4, 3]);
      context.lineWidth = 1;
      context.stroke();
      context.setLineDash([]);
    }
    context.globalAlpha = 1;
    const radius = radiusFor(content.points.length / 2, this.#transform.k);
    ring(context, inspected === undefined ? undefined : this.#spotOf(inspected), radius + 4, 2);
    ring(context, this.#pointed === undefined ? undefined : this.#spotOf(this.#pointed), radius + 3, 1.25);
  }
}

/** Pixels: fewer for more points, more when one looks closer. */
function radiusFor(count: number, scale: number): number {
  const fitting = count > manyPoints ? 1 : count > 5000 ? 1.6 : count > 800 ? 2.6 : 4;
  return Math.min(5.5, fitting * Math.max(1, scale) ** 0.25);
}

function paintSquares(
  context: CanvasRenderingContext2D,
  spots: readonly Spot[],
  { colour }: PointStyle,
  radius: number,
): void {
  context.fillStyle = colour;
  const side = 2 * radius;
  for (const [x, y] of spots) context.fillRect(x - radius, y - radius, side, side);
}

/** @param rim separates points that lie on one another */
function paintShapes(
  context: CanvasRenderingContext2D,
  spots: readonly Spot[],
  { colour, shape }: PointStyle,
  radius: number,
  rim: string,
): void {
  const outline = new Path2D(symbol(shape, Math.PI * radius * radius * 1.15)() ?? '');
  context.fillStyle = colour;
  context.strokeStyle = rim;
  context.lineWidth = 0.75;
  for (const [x, y] of spots) {
    context.translate(x, y);
    context.fill(outline);
    if (radius > 2) context.stroke(outline);
    context.translate(-x, -y);
  }
}

function ring(
  context: CanvasRenderingContext2D,
  spot: Spot | undefined,
  radius: number,
  width: number,
): void {
  if (!spot) return;
  context.lineWidth = width;
  context.beginPath();
  context.arc(spot[0], spot[1], radius, 0, 2 * Math.PI);
  context.stroke();
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
