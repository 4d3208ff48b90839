import { polygonContains } from 'd3';

/** A corner of the lasso, in the coordinates of the map. */
export type Corner = readonly [x: number, y: number];

/**
 * The points inside a polygon.
 * @param points [N, 2]; NaN where a row has no place
 * @returns [N] 1 for rows inside
 */
export function insideLasso(points: Float32Array, polygon: readonly Corner[]): Uint8Array {
  const inside = new Uint8Array(points.length / 2);
  const corners = polygon.map(([x, y]): [number, number] => [x, y]);
  const [left, right] = [Math.min(...corners.map(([x]) => x)), Math.max(...corners.map(([x]) => x))];
  const [top, bottom] = [Math.min(...corners.map(([, y]) => y)), Math.max(...corners.map(([, y]) => y))];
  for (let row = 0; row < inside.length; row++) {
    const [x, y] = [points[2 * row], points[2 * row + 1]];
    // Most points of a large map lie outside of the box around the polygon.
    if (x >= left && x <= right && y >= top && y <= bottom && polygonContains(corners, [x, y]))
      inside[row] = 1;
  }
  return inside;
}
