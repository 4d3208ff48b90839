import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import type { Projection } from '../../src/protocol/dataSet';
import { chooseFromExplorer, coloured, paintedRangesWhere } from './driver/editor';
import { eventually } from './driver/eventually';
import { expectedPaint, referenceInspection, referenceMap } from './driver/reference';
import { scenario } from './driver/scenario';
import { viewFrame } from './driver/webview';
import type { Workbench } from './driver/workbench';

const things = ['The film', 'Her new novel', 'This album', 'The cast', 'The last act', 'The camera work'];
const said = [
  'is wonderful',
  'is a dull and clumsy mess',
  'is a warm and honest delight',
  'is terrible',
  'runs for two hours',
];
const texts = things.flatMap((thing) => said.map((words) => `${thing} ${words}.`));

async function rowsShown(frame: Frame): Promise<number[]> {
  const lines = await frame
    .locator('.row-line.row')
    .evaluateAll((all) =>
      all.map((line) => [Number(line.getAttribute('aria-rowindex')), Number(line.getAttribute('data-row'))]),
    );
  return lines.sort(([a], [b]) => a - b).map(([, row]) => row);
}

const shows = (workbench: Workbench, frame: Frame, rows: readonly number[]) =>
  eventually(
    workbench.page,
    () => rowsShown(frame),
    (shown) => shown.join() === rows.join(),
  );

/** Where the map has a point, in the window: fitted into the plane with 14 pixels around, one scale for both axes. */
async function spots(frame: Frame, { points }: Projection): Promise<[number, number][]> {
  const box = await frame.locator('.map-marks').boundingBox();
  assert.ok(box);
  const rows = Array.from({ length: points.dims[0] }, (_, row) => [
    points.data[2 * row],
    points.data[2 * row + 1],
  ]);
  const [left, right] = [Math.min(...rows.map(([x]) => x)), Math.max(...rows.map(([x]) => x))];
  const [top, bottom] = [Math.min(...rows.map(([, y]) => y)), Math.max(...rows.map(([, y]) => y))];
  const scale = Math.min((box.width - 28) / (right - left), (box.height - 28) / (bottom - top));
  return rows.map(([x, y]) => [
    box.x + box.width / 2 + (x - (left + right) / 2) * scale,
    box.y + box.height / 2 + (y - (top + bottom) / 2) * scale,
  ]);
}

scenario('the map of a data set', { workspace: { 'reviews.txt': texts.join('\n') } }, (step) => {
  let map: Projection;

  step('is drawn to its end when the texts were read', async (workbench) => {
    const reference = join(workbench.folder, 'reviews.txt');
    await chooseFromExplorer(workbench, 'reviews.txt', 'Headlight: Open Data Set…');
    const frame = await viewFrame(workbench, 'instances');
    map = await referenceMap(reference, {});
    await frame.getByText(map.method, { exact: true }).waitFor();
    assert.equal(map.method, `UMAP of the mean second-to-last hidden state of ${texts.length} texts`);
    const label = await frame.locator('.map-marks').getAttribute('aria-label');
    assert.equal(label, `Map of the texts: ${texts.length} points. The table has the same rows.`);
  });

  step('a lasso leaves exactly the texts inside it, sorted as one likes', async (workbench) => {
    const frame = await viewFrame(workbench, 'instances');
    const places = await spots(frame, map);
    // Around a third of the points, from the left; the line lies between two of them.
    const across = places.map(([x]) => x).sort((a, b) => a - b);
    const third = Math.round(places.length / 3);
    const gaps = [third - 2, third - 1, third, third + 1, third + 2];
    const widest = gaps.reduce((best, i) =>
      across[i + 1] - across[i] > across[best + 1] - across[best] ? i : best,
    );
    const line = (across[widest] + across[widest + 1]) / 2;
    const inside = [...places.keys()].filter((row) => places[row][0] < line);
    const box = await frame.locator('.map-marks').boundingBox();
    assert.ok(box);
    const { mouse } = workbench.page;
    const [left, top, bottom] = [box.x + 2, box.y + 2, box.y + box.height - 2];
    await mouse.move(left, top);
    await mouse.down();
    for (const [x, y] of [
      [line, top],
      [line, bottom],
      [left, bottom],
    ])
      await mouse.move(x, y, { steps: 6 });
    await mouse.up();
    await shows(workbench, frame, inside);
    await frame.getByText(`In the lasso: ${inside.length}`).waitFor();
    await frame.getByRole('columnheader', { name: 'Text' }).getByRole('button').click();
    const { compare } = new Intl.Collator('en', { sensitivity: 'base', numeric: true });
    const sorted = inside.toSorted((a, b) => compare(texts[a], texts[b]) || a - b);
    await shows(workbench, frame, sorted);
    await workbench.screenshot('instances-lasso');
    await workbench.page.keyboard.press('Escape');
    await frame.getByText(`${texts.length} rows`, { exact: true }).waitFor();
  });

  step('a click on a point inspects its line in the file', async (workbench) => {
    const frame = await viewFrame(workbench, 'instances');
    const places = await spots(frame, map);
    // The one that stands most alone.
    const distances = places.map(([x, y], row) =>
      Math.min(...places.map(([ox, oy], other) => (other === row ? Infinity : Math.hypot(x - ox, y - oy)))),
    );
    const row = distances.indexOf(Math.max(...distances));
    await workbench.page.mouse.click(...places[row]);
    await frame.locator(`.row-line.row[data-row="${row}"][aria-selected="true"]`).waitFor();
    const words = expectedPaint(await referenceInspection(texts[row]), 'gradient-l1').map(({ text }) => text);
    await workbench.page.locator('.tab[data-resource-name="reviews.txt"]').waitFor();
    await paintedRangesWhere(
      workbench,
      (ranges) =>
        coloured(ranges)
          .map(({ text }) => text)
          .join('|') === words.join('|'),
    );
    assert.deepEqual(workbench.problems, []);
  });
});
