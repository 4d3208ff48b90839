import { symbol, type ZoomTransform } from 'd3';
import { outline, type Pen } from '../../marks/pen';
import type { Theme } from '../../marks/theme';
import type { Encoding, PointStyle } from './encoding';
import type { Corner } from './lasso';
import type { Plane, Spot } from './plane';

export interface MapContent {
  /** [N, 2]; NaN where a row has no place. */
  readonly points: Float32Array;
  readonly encoding: Encoding;
  readonly shown: Uint32Array;
  readonly lasso: readonly Corner[] | undefined;
  readonly inspected: number | undefined;
  readonly theme: Theme;
}

/** What is painted, and where its points lie on the screen. */
export interface MapPlace {
  readonly content: MapContent;
  readonly plane: Plane;
  readonly zoom: ZoomTransform;
  readonly width: number;
  readonly height: number;
}

/** From so many points on they are painted as squares of a few pixels: shapes could not be told apart anyway. */
const manyPoints = 20_000;
/** Pixels beyond the edge at which a point still shows. */
const outside = 9;

/** The points: those that the filters let through in their looks, the others faintly behind them. */
export function paintPoints(pen: Pen, { content, plane, zoom, width, height }: MapPlace): void {
  const { points, encoding, shown, theme } = content;
  const isShown = new Uint8Array(points.length / 2);
  for (const row of shown) isShown[row] = 1;
  const radius = radiusFor(isShown.length, zoom.k);
  const groups: Spot[][] = encoding.styles.map(() => []);
  const rest: Spot[] = [];
  for (let row = 0; row < isShown.length; row++) {
    const [px, py] = [points[2 * row], points[2 * row + 1]];
    if (Number.isNaN(px)) continue;
    const [x, y] = plane.toScreen(px, py, zoom);
    if (x < -outside || y < -outside || x > width + outside || y > height + outside) continue;
    (isShown[row] === 1 ? groups[encoding.styleOf[row]] : rest).push([x, y]);
  }
  pen.fillStyle = theme.foreground;
  pen.globalAlpha = 0.16;
  for (const [x, y] of rest) pen.fillRect(x - radius / 2, y - radius / 2, radius, radius);
  const isMany = shown.length >= manyPoints;
  pen.globalAlpha = isMany ? 0.75 : 0.9;
  encoding.styles.forEach((style, i) => {
    if (groups[i].length === 0) return;
    if (isMany) paintSquares(pen, groups[i], style, radius);
    else paintShapes(pen, groups[i], style, radius, theme.background);
  });
  pen.globalAlpha = 1;
}

/**
 * What lies over the points: the lasso, and rings around the inspected row and the one that is pointed at.
 * @param drawing the lasso that is being drawn, on the screen
 */
export function paintMarks(pen: Pen, place: MapPlace, drawing?: readonly Spot[], pointed?: number): void {
  const { content, plane, zoom } = place;
  const { theme, lasso, inspected, points } = content;
  const polygon = drawing ?? lasso?.map(([x, y]) => plane.toScreen(x, y, zoom));
  pen.strokeStyle = theme.foreground;
  pen.fillStyle = theme.foreground;
  if (polygon && polygon.length > 1) {
    pen.beginPath();
    polygon.forEach(([x, y], i) => (i === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)));
    pen.closePath();
    pen.globalAlpha = 0.07;
    pen.fill();
    pen.globalAlpha = 0.8;
    pen.setLineDash([4, 3]);
    pen.lineWidth = 1;
    pen.stroke();
    pen.setLineDash([]);
  }
  pen.globalAlpha = 1;
  const radius = radiusFor(points.length / 2, zoom.k);
  const ringAround = (row: number | undefined, farther: number, width: number): void => {
    if (row === undefined || Number.isNaN(points[2 * row])) return;
    const [x, y] = plane.toScreen(points[2 * row], points[2 * row + 1], zoom);
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(x, y, radius + farther, 0, 2 * Math.PI);
    pen.stroke();
  };
  ringAround(inspected, 4, 2);
  ringAround(pointed, 3, 1.25);
}

/** Pixels: fewer for more points, more when one looks closer. */
function radiusFor(count: number, scale: number): number {
  const fitting = count > manyPoints ? 1 : count > 5000 ? 1.6 : count > 800 ? 2.6 : 4;
  return Math.min(5.5, fitting * Math.max(1, scale) ** 0.25);
}

function paintSquares(pen: Pen, spots: readonly Spot[], { colour }: PointStyle, radius: number): void {
  pen.fillStyle = colour;
  const side = 2 * radius;
  for (const [x, y] of spots) pen.fillRect(x - radius, y - radius, side, side);
}

/** @param rim separates points that lie on one another */
function paintShapes(
  pen: Pen,
  spots: readonly Spot[],
  { colour, shape }: PointStyle,
  radius: number,
  rim: string,
): void {
  const point = outline(symbol(shape, Math.PI * radius * radius * 1.15)() ?? '');
  pen.fillStyle = colour;
  pen.strokeStyle = rim;
  pen.lineWidth = 0.75;
  for (const [x, y] of spots) {
    pen.translate(x, y);
    pen.fill(point);
    if (radius > 2) pen.stroke(point);
    pen.translate(-x, -y);
  }
}
