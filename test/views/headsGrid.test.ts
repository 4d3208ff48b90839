import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { glyphRadius, ringWidth } from '../../webview/marks/glyph';
import { headColour, measureOf } from '../../webview/views/heads/encoding';
import { cellSize } from '../../webview/views/heads/grid';
import { readDodrio } from './dodrio';
import { enlarged } from './enlarged';
import {
  onBench,
  type OpenView,
  type RecordedInspection,
  skip,
  type ViewBench,
  type ViewOptions,
} from './harness';
import { assertNear, cell, choose, pixel, ref, sizeOfCells } from './headOverview';

let bench: ViewBench;
let bert: RecordedInspection;
onBench((started) => (bench = started));
before(async () => {
  bert = await readDodrio();
});

async function open(options: ViewOptions = {}): Promise<OpenView> {
  const view = await bench.open({ view: 'heads', recorded: bert, width: 400, ...options });
  await view.page.waitForSelector('.head-cell');
  return view;
}

describe('the grid of the head overview', { skip }, () => {
  it('makes cells neither too small to see nor absurdly large', () => {
    assert.equal(cellSize(350, 12, 1), 29);
    assert.equal(cellSize(1000, 8, 1), 44);
    assert.equal(cellSize(300, 24, 1), 20);
    assert.equal(cellSize(300, 32, 1), 14);
    assert.equal(cellSize(300, 32, 2), 28);
  });

  it('scrolls and zooms 32 × 32 heads', async () => {
    const view = await open({ recorded: enlarged(bert, 32, 32) });
    assert.equal(await view.page.locator('.head-cell').count(), 1024);
    assert.equal(await sizeOfCells(view), 14);
    const { inner, outer } = await view.page.$eval('.head-scroller', (scroller) => ({
      inner: scroller.scrollWidth,
      outer: scroller.clientWidth,
    }));
    assert.ok(inner > outer, 'the grid scrolls inside its own box');
    assert.equal(await view.page.evaluate(() => document.documentElement.scrollWidth), 400);
    await view.page.locator('vscode-button[aria-label="Larger"]').click();
    assert.equal(await sizeOfCells(view), 20);
    await cell(view, '31.31').focus();
    const isSeen = await view.page.$eval('.head-scroller', (scroller) => scroller.scrollLeft > 0);
    assert.ok(isSeen, 'a focused head scrolls into view');
    await view.close();
  });

  it('zooms by the keyboard and the wheel, paints miniatures wherever one looks, and a double click shows all', async () => {
    const view = await open({ recorded: enlarged(bert, 32, 32), width: 900, height: 700, scale: 2 });
    const small = await sizeOfCells(view);
    await cell(view, '0.0').focus();
    for (let i = 0; i < 4; i++) await view.page.keyboard.press('+');
    await view.settled();
    assert.equal(await sizeOfCells(view), 4 * small);
    // The far corner, which was not in view when the grid was painted.
    await view.page.$eval('.head-scroller', (scroller) => scroller.scrollTo(1e6, 0));
    await view.settled();
    await view.settled();
    const painted = await view.page.$eval('.head-canvas', (canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const pixels = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data;
      let count = 0;
      for (let i = 3; i < (pixels?.length ?? 0); i += 4) if (pixels?.[i]) count++;
      const box = canvas.getBoundingClientRect();
      return { share: count / (width * height), area: width * height, right: box.right };
    });
    assert.ok(painted.share > 0.05, `${painted.share} of the canvas is painted`);
    assert.ok(painted.area < 12_000_000, `the canvas has ${painted.area} pixels`);
    const corner = await view.page.$eval('[data-head="31.31"]', (one) => one.getBoundingClientRect().right);
    assert.ok(painted.right >= corner - 1, 'the canvas reaches the last head');
    await view.page.locator('.head-scroller').dblclick({ position: { x: 60, y: 60 } });
    assert.equal(await sizeOfCells(view), small);
    await view.page.locator('.head-scroller').hover({ position: { x: 60, y: 60 } });
    await view.page.keyboard.down('Control');
    await view.page.mouse.wheel(0, -100);
    await view.page.keyboard.up('Control');
    await view.settled();
    assert.equal(await sizeOfCells(view), Math.round(1.4 * small));
    await view.close();
  });

  it('orders layers and heads by a measure, with the model’s numbers, and leads back', async () => {
    const [block] = bert.inspection.blocks;
    const view = await open();
    const order = async (): Promise<string[][]> =>
      view.page.$$eval('.head-row:not(.axis-row)', (rows) =>
        rows.map((row) =>
          [...row.querySelectorAll<HTMLElement>('.head-cell')].map((one) => one.dataset.head ?? ''),
        ),
      );
    const inModel = await order();
    assert.deepEqual(inModel[0].slice(0, 2), ['11.0', '11.1']);
    await choose(view, 'Order of the heads', 'Layers and heads');
    await choose(view, 'Measure that orders the heads', 'Entropy');
    const valueOf = (name: string): number => {
      const [layer, head] = name.split('.').map(Number);
      return measureOf(block, 'entropy', ref(layer, head));
    };
    const rows = await order();
    for (const row of rows) {
      const values = row.map(valueOf);
      assert.deepEqual(
        values,
        values.toSorted((a, b) => b - a),
      );
    }
    const means = rows.map((row) => row.reduce((sum, name) => sum + valueOf(name), 0) / row.length);
    assert.deepEqual(
      means,
      means.toSorted((a, b) => b - a),
    );
    const labels = await view.page.$$eval('.head-row .axis-label:first-child', (all) =>
      all.map((one) => one.textContent),
    );
    assert.deepEqual(
      labels,
      rows.map((row) => row[0].split('.')[0]),
    );
    assert.match((await view.page.textContent('.order-said')) ?? '', /highest mean entropy is at the top/);
    // Right in the picture is right for the arrow key, whatever the number.
    await cell(view, rows[3][0]).focus();
    await view.page.keyboard.press('ArrowRight');
    assert.equal(
      await view.page.evaluate(() => (document.activeElement as HTMLElement).dataset.head),
      rows[3][1],
    );
    // The glyph is painted where its cell is.
    const [layer, head] = rows[0][0].split('.').map(Number);
    const confidence = measureOf(block, 'confidence', ref(layer, head));
    const size = await sizeOfCells(view);
    const ring = await pixel(
      view,
      { block: 'self', layer: 11, head: 0 },
      12,
      glyphRadius(confidence, size) - ringWidth(confidence, size) / 2,
    );
    assertNear(ring.colour, headColour(block, 'role', ref(layer, head), 'dark'), `ring of ${rows[0][0]}`);
    await view.page.getByRole('button', { name: 'Order of the model' }).click();
    assert.deepEqual(await order(), inModel);
    assert.equal(await view.page.locator('.order-said').isVisible(), false);
    await view.close();
  });
});
