import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { HeadRef } from '../../src/protocol/inspection';
import { twoDigits } from '../../src/protocol/numbers';
import { labelStep } from '../../webview/marks/tokenAxis';
import { cellAt, cellColour } from '../../webview/views/matrix/cells';
import { readDodrio } from './dodrio';
import {
  onBench,
  type OpenView,
  type RecordedInspection,
  skip,
  type ViewBench,
  type ViewOptions,
} from './harness';

const head: HeadRef = { block: 'self', layer: 7, head: 10 };

let bench: ViewBench;
let recorded: RecordedInspection;
onBench((started) => (bench = started));
before(async () => {
  recorded = await readDodrio('sst2-1169');
});

async function open(options: ViewOptions = {}): Promise<OpenView> {
  const view = await bench.open({
    view: 'matrix',
    recorded,
    selection: { head },
    width: 900,
    height: 1000,
    ...options,
  });
  await view.page.waitForSelector('.matrix-legend span');
  await view.settled();
  return view;
}

describe('cells of the matrix', () => {
  it('are found under the pointer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(60), fc.nat(60), (cell, row, column) => {
        const dims = [50, 45];
        const found = cellAt((column + 0.5) * cell, (row + 0.5) * cell, cell, dims);
        assert.deepEqual(found, row < 50 && column < 45 ? { row, column } : undefined);
      }),
    );
  });

  it('go from the background at 0 to the full colour at 1', () => {
    assert.equal(cellColour(0, '#1f1f1f', '#00bbff'), '#1f1f1f');
    assert.equal(cellColour(1, '#1f1f1f', '#00bbff'), '#00bbff');
  });

  it('have as many labels as fit', () => {
    assert.deepEqual(
      [22, 12, 11, 6, 2].map((cell) => labelStep(cell, 12)),
      [1, 1, 2, 2, 6],
    );
  });
});

/** Left and top of the first cell, and the size of one, found from the keyboard's crosshair being drawn there. */
async function colourAt(view: OpenView, x: number, y: number): Promise<readonly number[]> {
  return view.page.$eval(
    '.sheet-canvas',
    (node, [left, top]) => [
      ...((node as HTMLCanvasElement).getContext('2d')?.getImageData(left, top, 1, 1).data ?? []),
    ],
    [x, y],
  );
}

describe('matrix', { skip }, () => {
  it('says the weight of the cell under the pointer and tells the host of the query', async () => {
    const view = await open();
    const box = await view.page.locator('.sheet-canvas').boundingBox();
    assert.ok(box);
    const { data, dims } = recorded.attention(head, 'token');
    const { pieces } = recorded.inspection.tokens;
    await view.page.mouse.move(box.x + 300, box.y + 500);
    await view.settled();
    const sentence = (await view.page.locator('.matrix-sentence').textContent()) ?? '';
    const [selection] = await view.called(
      'select',
      (value) => (value as { hoveredToken?: number }).hoveredToken !== undefined,
    );
    const query = (selection as { hoveredToken: number }).hoveredToken;
    const match = /^(\S+) → (\S+) (.+)$/.exec(sentence);
    assert.ok(match, sentence);
    assert.equal(match[1], pieces[query].replace(/^##/, ''));
    const weights = Array.from({ length: dims[1] }, (_, key) =>
      pieces[key].replace(/^##/, '') === match[2] ? data[query * dims[1] + key] : NaN,
    );
    assert.ok(
      weights.some((weight) => match[3] === twoDigits(weight)),
      sentence,
    );
    assert.deepEqual(view.complaints, []);
    await view.close();
  });

  it('draws each cell in the colour of its weight', async () => {
    const view = await open();
    // The crosshair would be drawn over the cells: nothing is pointed at.
    const { data, dims } = recorded.attention(head, 'token');
    const found = await view.page.$eval('.sheet-canvas', (node) => {
      const canvas = node as HTMLCanvasElement;
      const { data: pixels, width } = canvas
        .getContext('2d')
        ?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [], width: 0 };
      const seen = new Set<string>();
      for (let i = 0; i < pixels.length; i += 4) {
        if (pixels[i + 3] === 255) seen.add(`${pixels[i]},${pixels[i + 1]},${pixels[i + 2]}`);
      }
      return { seen: [...seen], width };
    });
    const strongest = data.reduce((most, weight) => Math.max(most, weight), 0);
    const [r, g, b] = [1, 3, 5].map((at) =>
      parseInt(cellColour(strongest, '#1f1f1f', '#00bbff').slice(at, at + 2), 16),
    );
    const near = found.seen.some((colour) => {
      const channels = colour.split(',').map(Number);
      return [r, g, b].every((channel, i) => Math.abs(channel - channels[i]) <= 12);
    });
    assert.ok(
      near,
      `no cell of the colour of ${strongest} among ${found.seen.length} colours of ${dims.join(' × ')}`,
    );
    assert.ok((await colourAt(view, 2, 2))[3] === 0, 'the corner is empty');
    await view.close();
  });

  it('moves from cell to cell by keyboard and reveals the query with Enter', async () => {
    const view = await open();
    await view.page.locator('.sheet-scroller').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'Enter']) await view.page.keyboard.press(key);
    await view.settled();
    assert.match((await view.page.locator('.matrix-sentence').textContent()) ?? '', /^little → has /);
    assert.deepEqual(await view.called('revealToken'), [2]);
    await view.close();
  });

  it('zooms in and out and fits', async () => {
    const view = await open();
    const width = () => view.page.$eval('.sheet', (node) => (node as HTMLElement).offsetWidth);
    const fit = await width();
    await view.page.getByRole('button', { name: 'Larger cells' }).click();
    assert.ok((await width()) > fit * 1.2);
    await view.page.getByRole('button', { name: 'Fit into the view' }).click();
    assert.equal(await width(), fit);
    await view.close();
  });

  it('shows words instead of tokens on request', async () => {
    const view = await open();
    await view.page.getByRole('combobox', { name: 'What a row and a column are' }).click();
    await view.page.getByRole('option', { name: 'words' }).click();
    await view.called('attention', (request) => (request as { level: string }).level === 'word');
    await view.settled();
    const label = (await view.page.locator('.sheet-scroller').getAttribute('aria-label')) ?? '';
    assert.equal(label, 'Attention of head 7.10: 38 queries as rows, 38 keys as columns');
    await view.close();
  });
});
