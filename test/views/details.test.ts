import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { HeadRef } from '../../src/protocol/inspection';
import { focusProblems, seriousViolations } from './accessibility';
import { readDodrio } from './dodrio';
import { onBench, type RecordedInspection, skip, type ViewBench } from './harness';
import { readRecorded } from './recorded';
import { themeNames } from './themes';

const head: HeadRef = { block: 'self', layer: 7, head: 10 };

let bench: ViewBench;
let recorded: RecordedInspection;
onBench((started) => (bench = started));
before(async () => {
  recorded = await readDodrio('sst2-1169');
});

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

    it(`${view} shows where the keyboard is`, async () => {
      const opened = await bench.open({ view, theme: 'hc-light', recorded, selection: { head }, width: 900 });
      await opened.page.waitForSelector(drawn[view]);
      await opened.settled();
      assert.deepEqual(await focusProblems(opened.page), []);
      await opened.close();
    });

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

  for (const view of ['dependencies', 'graph'] as const) {
    it(`${view} says that a head of cross-attention is not drawn, and which one is`, async () => {
      const cross: HeadRef = { block: 'cross', layer: 0, head: 1 };
      const opened = await bench.open({
        view,
        recorded: await readRecorded('encoder-decoder'),
        selection: { head: cross },
      });
      await opened.called('attention');
      await opened.settled();
      const notice = opened.page.locator('.notice');
      assert.match(
        (await notice.textContent()) ?? '',
        /^Head cross 0\.1 looks from one text to another.* head encoder \d\.\d is shown/,
      );
      await opened.select({ head: { block: 'encoder', layer: 0, head: 1 } });
      await opened.settled();
      assert.doesNotMatch((await notice.textContent()) ?? '', /cross/);
      await opened.close();
    });
  }

  for (const view of ['attention', 'matrix'] as const) {
    it(`${view} draws cross-attention between its two texts`, async () => {
      const both = await readRecorded('encoder-decoder');
      const opened = await bench.open({
        view,
        recorded: both,
        selection: { head: { block: 'cross', layer: 0, head: 1 } },
      });
      await opened.page.waitForSelector(drawn[view]);
      await opened.settled();
      const counts = [both.inspection.pair?.pieces.length, both.inspection.tokens.pieces.length];
      if (view === 'attention') {
        for (const [i, side] of ['query', 'key'].entries()) {
          assert.equal(
            await opened.page.locator(`.attention-column.${side} .attention-token`).count(),
            counts[i],
          );
        }
      } else {
        const label = await opened.page.locator('.sheet-scroller').getAttribute('aria-label');
        assert.equal(
          label,
          `Attention of head cross 0.1: ${counts[0]} queries as rows, ${counts[1]} keys as columns`,
        );
      }
      assert.deepEqual(opened.complaints, []);
      await opened.close();
    });
  }
});
