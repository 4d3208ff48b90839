import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { HeadRef } from '../../src/protocol/inspection';
import { readDodrio } from './dodrio';
import { links, type Drawn } from './drawnLinks';
import {
  onBench,
  type OpenView,
  type RecordedInspection,
  skip,
  type ViewBench,
  type ViewOptions,
} from './harness';
import { joined } from './joined';

const head: HeadRef = { block: 'self', layer: 7, head: 10 };

let bench: ViewBench;
let recorded: RecordedInspection;
onBench((started) => (bench = started));
before(async () => {
  recorded = await readDodrio('sst2-1169');
});

/** Wide enough for the whole sentence, so that every arc is drawn. */
async function open(options: ViewOptions = {}): Promise<OpenView> {
  const view = await bench.open({
    view: 'dependencies',
    recorded,
    selection: { head },
    width: 2600,
    ...options,
  });
  await view.page.waitForSelector('.word');
  return view;
}

describe('layouts of the dependency view', { skip }, () => {
  for (const [name, width] of [
    ['the whole sentence', 2600],
    ['a part', 420],
    ['a part, scrolled', 640],
  ] as const) {
    it(`keeps all relation labels apart (${name} in view)`, async () => {
      const view = await open({ width });
      if (name.endsWith('scrolled')) {
        await view.page.$eval('.picture-scroller', (scroller) => (scroller.scrollLeft = 700));
        await view.settled();
      }
      const boxes = await view.page.$$eval('.dependency-links .label', (nodes) =>
        nodes.map((node) => {
          const { left, right, top, bottom } = node.getBoundingClientRect();
          return { text: node.textContent, left, right, top, bottom };
        }),
      );
      assert.ok(boxes.length > 5);
      boxes.forEach((a, i) =>
        boxes.slice(i + 1).forEach((b) => {
          // Boxes of text have free space above and below the letters.
          const apart =
            a.right <= b.left || b.right <= a.left || a.bottom - 3 <= b.top || b.bottom - 3 <= a.top;
          assert.ok(apart, `${a.text} touches ${b.text}`);
        }),
      );
      await view.close();
    });
  }

  it('names the word out of view that an arc leads to', async () => {
    const view = await open({ width: 700 });
    const labels = await view.page.$$eval('.dependency-links .label', (nodes) =>
      nodes.map((n) => n.textContent),
    );
    assert.ok(labels.includes('conj › leave'), labels.join());
    await view.close();
  });

  it('folds the sentences of a long text around the chosen one, and draws no word of a folded one', async () => {
    const long = joined([recorded, await readDodrio('sst2-0528'), recorded, recorded]);
    const view = await open({ recorded: long, width: 3200 });
    assert.equal(await view.page.locator('.word[data-look="folded"]').count(), 3);
    assert.ok((await view.page.locator('.word').count()) <= 41);
    const folded = await view.page.locator('.word[data-look="folded"]').first().textContent();
    assert.equal(folded, '2 · directed with … 36 words');
    await view.page.locator('.fold').first().press('Enter');
    await view.page.locator('.word[data-look="folded"]').nth(1).press(' ');
    await view.page.waitForSelector('.fold[data-fold="1"]');
    assert.equal(await view.page.locator('.word[data-look="folded"]').count(), 3);
    await view.close();
  });

  it('draws only what is in view of a long row', async () => {
    const long = joined(Array.from({ length: 8 }, () => recorded));
    const view = await open({ recorded: long, width: 3200 });
    for (let i = 0; i < 7; i++) {
      await view.page.$eval('.picture-scroller', (scroller) => (scroller.scrollLeft = 1e6));
      await view.page.locator('.word[data-look="folded"]').first().press(' ');
      await view.settled();
    }
    await view.page.setViewportSize({ width: 800, height: 900 });
    await view.settled();
    const total = 8 * recorded.inspection.words.text.length;
    assert.ok((await view.page.locator('.word').count()) < total / 4);
    await view.close();
  });

  for (const layout of ['tree', 'radial'] as const) {
    it(`draws the same links as a ${layout}`, async () => {
      const view = await open({ height: 1600 });
      const edges = await links(view, 'edges');
      const dependencies = (await links(view, 'dependency-links')).filter(
        ({ key }) => !key.startsWith('root'),
      );
      await view.page.locator('.dependency-toolbar vscode-dropdown').first().click();
      await view.page.getByRole('option', { name: layout, exact: false }).click();
      await view.page.waitForSelector(`.picture-${layout} .word`);
      const sorted = (drawn: Drawn[]) => drawn.toSorted((a, b) => (a.key < b.key ? -1 : 1));
      assert.deepEqual(sorted(await links(view, 'edges')), sorted(edges));
      assert.deepEqual(sorted(await links(view, 'dependency-links')), sorted(dependencies));
      const boxes = await view.page.$$eval('.word text.text', (nodes) => nodes.length);
      assert.equal(boxes, recorded.inspection.words.text.length);
      await view.close();
    });
  }
});
