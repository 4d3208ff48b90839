import { interpolateLab, rgb } from 'd3';
import type { Tensor } from '../../../src/protocol/tensor';

/** Colour of a cell: from the background at 0 to `strongest` at 1, evenly over the square root of the weight. */
export function cellColour(weight: number, background: string, strongest: string): string {
  return rgb(interpolateLab(background, strongest)(shade(weight))).formatHex();
}

/** Most weights are small: their square roots are what the eye tells apart. @returns 0 to 1 */
export function shade(weight: number): number {
  return Math.sqrt(Math.min(1, Math.max(0, weight)));
}

/** Steps of colour; more than a screen can show. */
const steps = 256;

/**
 * The matrix with one pixel per cell, to be enlarged without smoothing.
 * @param attention [Sq, Sk], Sq, Sk ≥ 1
 */
export function cellPixels(attention: Tensor, background: string, strongest: string): ImageData {
  const [rows, columns] = attention.dims;
  const between = interpolateLab(background, strongest);
  const ramp = Array.from({ length: steps }, (_, i) => rgb(between(i / (steps - 1))));
  const pixels = new ImageData(columns, rows);
  for (let i = 0; i < rows * columns; i++) {
    const { r, g, b } = ramp[Math.round(shade(attention.data[i]) * (steps - 1))];
    pixels.data.set([r, g, b, 255], 4 * i);
  }
  return pixels;
}

/** Which cell a point lies in; undefined outside the matrix. @param x, y pixels from the matrix's corner */
export function cellAt(
  x: number,
  y: number,
  cell: number,
  [rows, columns]: readonly number[],
): { readonly row: number; readonly column: number } | undefined {
  const [row, column] = [Math.floor(y / cell), Math.floor(x / cell)];
  return row < 0 || column < 0 || row >= rows || column >= columns ? undefined : { row, column };
}
