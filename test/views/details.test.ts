import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { HeadRef } from '../../src/protocol/inspection';
import { seriousViolations } from './accessibility';
import { readDodrio } from './dodrio';
import { type RecordedInspection, skip, ViewBench } from './harness';
import { themeNames } from './themes';

const head: HeadRef = { block: 'self', layer: 7, head: 10 };

let bench: ViewBench;
let recorded: RecordedInspection;
before(async () => {
  recorded = await readDodrio('sst2-1169');
  if (!skip) bench = await ViewBench.start();
});
after(() => bench?.stop());

/** What each view shows when it is drawn. */
const drawn = {
  dependencies: '.word',
  attention: '.attention-token',
  graph: '.graph-canvas[aria-label]',
  matrix: '.matrix-legend span',
} as const;

describe('views of single heads', { skip }, () => {
  for (const view of Object.keys(drawn) as (keyof typeof drawn)[]) {
    for (const theme of themeNames) {
      it(`${view} has no serious finding of axe in ${theme}, and no complaint of the browser`, async () => {
        const opened = await bench.open({ view, theme, recorded, selection: { head }, width: 900 });
        await opened.page.waitForSelector(drawn[view]);
        await opened.settled();
        assert.deepEqual(await seriousViolations(opened.page), []);
        assert.deepEqual(opened.complaints, []);
        await opened.close();
      });
    }

    it(`${view} needs no more than 300 pixels of width`, async () => {
      const opened = await bench.open({ view, recorded, selection: { head }, width: 300 });
      await opened.page.waitForSelector(drawn[view]);
      await opened.settled();
      assert.equal(await opened.page.evaluate(() => document.documentElement.scrollWidth), 300);
      await opened.close();
    });

    it(`${view} shows the head that says most before one is chosen, and another one once it is`, async () => {
      const opened = await bench.open({ view, recorded });
      await opened.called('attention', (request) => {
        const [first] = (request as { heads: HeadRef[] }).heads;
        return first.layer === 7 && first.head === 10;
      });
      await opened.select({ head: { ...head, layer: 3, head: 4 } });
      await opened.called('attention', (request) => (request as { heads: HeadRef[] }).heads[0].layer === 3);
      await opened.close();
    });

    it(`${view} draws another text when it is inspected`, async () => {
      const opened = await bench.open({ view, recorded, selection: { head } });
      await opened.page.waitForSelector(drawn[view]);
      await opened.show(await readDodrio('sst2-0528'));
      await opened.called(
        'attention',
        (request) => (request as { inspection: string }).inspection === 'sst2-0528',
      );
      await opened.settled();
      assert.deepEqual(opened.complaints, []);
      await opened.close();
    });
  }
});
