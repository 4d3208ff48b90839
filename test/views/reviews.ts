import type { DataSetState } from '../../src/protocol/dataSetView';
import type { KnownDataSet } from './dataSet';
import type { OpenView, ViewBench, ViewOptions } from './harness';

export const labels = ['negative', 'neutral', 'positive'];

export function stateOf(rows: number, changes: Partial<DataSetState> = {}): DataSetState {
  return {
    id: '1',
    name: 'reviews.csv',
    rows,
    hasPairs: false,
    model: { reference: 'headlight-encoder-sentiment', name: 'headlight-encoder-sentiment', labels },
    labels,
    done: rows,
    activity: 'finished',
    notes: [],
    ...changes,
  };
}

/** Texts, what they are and what is said of them; where their points lie. */
export const reviews = [
  ['Dull from beginning to end.', 0, 0, 0.98, [0, 0]],
  ['A warm and honest film.', 2, 2, 0.91, [10, 0]],
  ['I have seen worse.', 1, 0, 0.55, [1, 1]],
  ['Not bad at all.', 2, 0, 0.62, [0, 2]],
  ['An absolute masterpiece, warm to the last frame.', 2, 2, 0.995, [11, 1]],
  ['The chairs were red.', 1, 1, 0.7, [5, 9]],
  ['Clumsy, loud and long.', 0, 0, 0.93, [2, 0]],
  ['Zany fun.', -1, 2, 0.8, [10, 2]],
] as const;

export function reviewSet(changes: Partial<DataSetState> = {}): KnownDataSet {
  return {
    state: stateOf(reviews.length, changes),
    columns: {
      done: reviews.length,
      label: Int32Array.from(reviews, ([, label]) => label),
      predicted: Int32Array.from(reviews, ([, , predicted]) => predicted),
      confidence: Float32Array.from(reviews, ([, , , confidence]) => confidence),
      tokens: Int32Array.from(reviews, ([text]) => text.split(' ').length + 2),
    },
    textOf: (row) => ({ text: reviews[row][0] }),
    projection: {
      points: { data: Float32Array.from(reviews.flatMap(([, , , , point]) => point)), dims: [8, 2] },
      method: 'UMAP of the mean second-to-last hidden state of 8 texts',
    },
  };
}

/** As many rows as one likes: row i is `Text number i`, wrong in every tenth row. */
export function largeSet(count: number): KnownDataSet {
  return {
    state: stateOf(count),
    columns: {
      done: count,
      label: Int32Array.from({ length: count }, (_, row) => row % 3),
      predicted: Int32Array.from({ length: count }, (_, row) => (row % 10 === 0 ? (row + 1) % 3 : row % 3)),
      confidence: Float32Array.from({ length: count }, (_, row) => ((row * 7919) % count) / count),
      tokens: new Int32Array(count).fill(5),
    },
    textOf: (row) => ({ text: `Text number ${row}` }),
    projection: {
      points: {
        data: Float32Array.from({ length: 2 * count }, (_, i) => ((i * 7919) % 10007) / 100),
        dims: [count, 2],
      },
      method: 'UMAP',
    },
  };
}

/** Opens the view, and waits until it has rows where the data set has some. */
export async function openInstances(
  bench: ViewBench,
  dataSet: KnownDataSet | undefined,
  options: ViewOptions = {},
): Promise<OpenView> {
  const view = await bench.open({ view: 'instances', dataSet, width: 1200, height: 800, ...options });
  if (dataSet && dataSet.state.rows > 0) await view.page.waitForSelector('.row-line.row');
  return view;
}

/** Numbers in the first column, from top to bottom, counted from 0. */
export async function shownRows(view: OpenView): Promise<number[]> {
  await view.settled();
  return view.page.$$eval('.row-line.row', (lines) =>
    lines
      .map((line) => line as HTMLElement)
      .sort((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
      .map((line) => Number(line.dataset.row)),
  );
}

export const line = (view: OpenView, row: number) => view.page.locator(`.row-line.row[data-row="${row}"]`);
export const header = (view: OpenView, name: string) => view.page.getByRole('columnheader', { name });

/** Chooses in one of the toolkit's lists, which are closed at first. */
export async function choose(view: OpenView, list: string, option: string): Promise<void> {
  await view.page.getByRole('combobox', { name: list }).click();
  await view.page.getByRole('option', { name: option, exact: true }).click();
  await view.settled();
}

/** Where a point of the reviews is in the window: the same fit as the map's, from its definition. */
export async function spotOf(view: OpenView, [x, y]: readonly [number, number]): Promise<[number, number]> {
  const box = await view.page.locator('.map-marks').boundingBox();
  if (!box) throw new Error('There is no map.');
  const margin = 14;
  const scale = Math.min((box.width - 2 * margin) / 11, (box.height - 2 * margin) / 9);
  return [box.x + box.width / 2 + (x - 5.5) * scale, box.y + box.height / 2 + (y - 4.5) * scale];
}

/** Draws a lasso through corners on the map. */
export async function drawLasso(
  view: OpenView,
  corners: readonly (readonly [number, number])[],
): Promise<void> {
  const { mouse } = view.page;
  const spots = await Promise.all(corners.map((corner) => spotOf(view, corner)));
  await mouse.move(...spots[0]);
  await mouse.down();
  for (const spot of spots.slice(1)) await mouse.move(...spot, { steps: 4 });
  await mouse.up();
  await view.settled();
}
