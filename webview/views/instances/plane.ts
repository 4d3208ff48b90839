import type { ZoomTransform } from 'd3';

/** A point on the screen, in CSS pixels of the map's own. */
export type Spot = readonly [x: number, y: number];

/** Free pixels around all points. */
const margin = 14;

/** How the coordinates of a map lie on the screen: both axes have one scale, since distance is what a map shows. */
export class Plane {
  readonly #scale: number;
  readonly #left: number;
  readonly #top: number;

  /** @param points [N, 2]; NaN where a row has no place */
  constructor(points: Float32Array, width: number, height: number) {
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = [points[i], points[i + 1]];
      if (Number.isNaN(x)) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
    const breadth = right - left;
    const length = bottom - top;
    const room = [Math.max(1, width - 2 * margin), Math.max(1, height - 2 * margin)];
    // One point, or none at all, has no extent that could be fitted.
    const scale = Math.min(room[0] / breadth, room[1] / length);
    this.#scale = Number.isFinite(scale) && scale > 0 ? scale : 1;
    const middle = (low: number, high: number): number => (Number.isFinite(low) ? (low + high) / 2 : 0);
    this.#left = width / 2 - middle(left, right) * this.#scale;
    this.#top = height / 2 - middle(top, bottom) * this.#scale;
  }

  toScreen(x: number, y: number, zoom: ZoomTransform): Spot {
    return [zoom.applyX(this.#left + x * this.#scale), zoom.applyY(this.#top + y * this.#scale)];
  }

  toMap([x, y]: Spot, zoom: ZoomTransform): Spot {
    return [(zoom.invertX(x) - this.#left) / this.#scale, (zoom.invertY(y) - this.#top) / this.#scale];
  }

  /** Units of the map that a pixel of the screen is. */
  unitsPerPixel(zoom: ZoomTransform): number {
    return 1 / (this.#scale * zoom.k);
  }
}
