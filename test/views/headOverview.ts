import assert from 'node:assert/strict';
import type { HeadRef } from '../../src/protocol/inspection';
import type { OpenView } from './harness';

/** A head of a model with one stack. */
export const ref = (layer: number, head: number): HeadRef => ({ block: 'self', layer, head });
/** The cell of a head in the overview. */
export const cell = (view: OpenView, name: string) => view.page.locator(`[data-head="${name}"]`);

/** Pixels of the side of a cell. */
export async function sizeOfCells(view: OpenView): Promise<number> {
  return view.page.$eval('.head-grid', (grid) =>
    Number.parseFloat(getComputedStyle(grid).getPropertyValue('--cell')),
  );
}

/** Colour and opacity of the canvas at a distance from a head's centre, to the right. */
export async function pixel(
  view: OpenView,
  { layer, head }: HeadRef,
  layers: number,
  distance: number,
): Promise<{ readonly colour: string; readonly alpha: number }> {
  const size = await sizeOfCells(view);
  const [x, y] = [(head + 0.5) * size + distance, (layers - 1 - layer + 0.5) * size];
  const [red, green, blue, alpha] = await view.page.$eval(
    '.head-canvas',
    (canvas, [left, top]) => {
      const context = (canvas as HTMLCanvasElement).getContext('2d');
      const ratio = devicePixelRatio;
      return Array.from(
        context?.getImageData(Math.floor(left * ratio), Math.floor(top * ratio), 1, 1).data ?? [],
      );
    },
    [x, y] as const,
  );
  const hex = [red, green, blue].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { colour: `#${hex}`, alpha: alpha / 255 };
}

/** Colours whose channels differ by rounding only. */
export function assertNear(actual: string, expected: string, message: string): void {
  for (const at of [1, 3, 5]) {
    const difference = parseInt(actual.slice(at, at + 2), 16) - parseInt(expected.slice(at, at + 2), 16);
    assert.ok(Math.abs(difference) <= 3, `${message}: ${actual} is not ${expected}`);
  }
}

/** Chooses from a list by what stands in it. */
export async function choose(view: OpenView, control: string, choice: string): Promise<void> {
  const dropdown = view.page.locator(`vscode-dropdown[aria-label="${control}"]`);
  await dropdown.click();
  await dropdown.getByRole('option', { name: choice, exact: true }).click();
  await view.settled();
}
