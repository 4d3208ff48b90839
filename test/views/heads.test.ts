import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { HeadMeasureName, HeadRef } from '../../src/protocol/inspection';
import { glyphRadius, ringWidth } from '../../webview/marks/glyph';
import { measureColour, roleColour } from '../../webview/marks/scales';
import {
  firstHead,
  headColour,
  measureDomain,
  measureOf,
  rankHeads,
  shareOf,
} from '../../webview/views/heads/encoding';
import { seriousViolations } from './accessibility';
import { readDodrio } from './dodrio';
import {
  onBench,
  type OpenView,
  type RecordedInspection,
  skip,
  type ViewBench,
  type ViewOptions,
} from './harness';
import { assertNear, cell, choose, pixel, ref, sizeOfCells } from './headOverview';
import { readRecorded } from './recorded';
import { themeNames } from './themes';

let bench: ViewBench;
let bert: RecordedInspection;
onBench((started) => (bench = started));
before(async () => {
  bert = await readDodrio();
});

/** A strong ring, a weak one, a syntactic one, and two of the corners. */
const someHeads = [ref(2, 0), ref(10, 3), ref(4, 7), ref(0, 0), ref(11, 11)];

async function open(options: ViewOptions = {}): Promise<OpenView> {
  const view = await bench.open({ view: 'heads', recorded: bert, width: 400, ...options });
  await view.page.waitForSelector('.head-cell');
  return view;
}

describe('the head overview', { skip }, () => {
  for (const theme of themeNames) {
    it(`paints rings in the colour of the head's role, as large as its confidence (${theme})`, async () => {
      const [block] = bert.inspection.blocks;
      const view = await open({ theme, scale: 3 });
      const size = await sizeOfCells(view);
      for (const head of someHeads) {
        const confidence = measureOf(block, 'confidence', head);
        const radius = glyphRadius(confidence, size);
        const width = ringWidth(confidence, size);
        const name = `${head.layer}.${head.head}`;
        const ring = await pixel(view, head, 12, radius - width / 2);
        const kind = theme;
        const role = roleColour(
          measureOf(block, 'semantic', head),
          measureOf(block, 'syntactic', head),
          kind,
        );
        assertNear(ring.colour, role, `ring of ${name}`);
        assert.equal(ring.alpha, 1, `ring of ${name} is there`);
        assert.equal((await pixel(view, head, 12, radius + 0.7)).alpha, 0, `nothing outside ${name}`);
      }
      await view.close();
    });
  }

  it('draws the head’s edges inside the ring: a fan from [CLS] for a head that attends to it', async () => {
    const view = await open({ scale: 3 });
    const size = await sizeOfCells(view);
    const inked = await view.page.$eval(
      '.head-canvas',
      (canvas, [left, top, side]) => {
        const context = (canvas as HTMLCanvasElement).getContext('2d');
        const ratio = devicePixelRatio;
        const image = context?.getImageData(left * ratio, top * ratio, side * ratio, side * ratio);
        const rows = image?.height ?? 0;
        const inner = Math.round(rows * 0.3);
        const halves = [0, 0];
        for (let y = inner; y < rows - inner; y++) {
          for (let x = inner; x < rows - inner; x++) {
            halves[y < rows / 2 ? 0 : 1] += image?.data[4 * (y * rows + x) + 3] ?? 0;
          }
        }
        return halves;
      },
      // Head 7.4 looks at the first token, which is at the top.
      [4 * size, 4 * size, size] as const,
    );
    assert.ok(inked[0] > 0 && inked[0] > inked[1], `more ink above than below: ${inked.join(', ')}`);
    await view.close();
  });

  it('says all measures of a head in its tooltip, with two digits and units', async () => {
    const view = await open();
    await cell(view, '7.10').hover();
    const rows = await view.page.$$eval('.tooltip:not([hidden]) .measure-row', (found) =>
      found.map((row) => [
        row.querySelector('.measure-label')?.textContent,
        row.querySelector('.measure-value')?.textContent,
      ]),
    );
    assert.deepEqual(rows.slice(0, 5), [
      ['Semantic', '0.45'],
      ['Syntactic', '0.22'],
      ['Confidence', '0.92'],
      ['Entropy', '2.2 bits'],
      ['Distance', '12 tokens'],
    ]);
    assert.equal(await view.page.locator('.tooltip-title').textContent(), 'Head 7.10');
    await view.close();
  });

  it('explains a measure with its formula and source where its name is pointed at', async () => {
    const view = await open();
    await view.page.locator('.field-label', { hasText: 'Size' }).hover();
    const words = await view.page.locator('.tooltip:not([hidden])').textContent();
    assert.match(words ?? '', /Confidence.*Voita 2019/s);
    await view.close();
  });

  it('names every head for screen readers', async () => {
    const view = await open();
    const label = await cell(view, '7.10').getAttribute('aria-label');
    assert.equal(label, 'Head 7.10: semantic 0.45, syntactic 0.22, confidence 0.92');
    await view.close();
  });

  it('selects the most syntactic head of prose at first', async () => {
    const view = await open();
    const expected = firstHead(bert.inspection);
    assert.ok(expected);
    const [block] = bert.inspection.blocks;
    const best = Math.max(...(block.measures.syntactic ?? []));
    assert.equal(measureOf(block, 'syntactic', expected), best);
    assert.deepEqual(await view.called('select'), [{ head: expected }]);
    const name = `${expected.layer}.${expected.head}`;
    assert.equal(await cell(view, name).getAttribute('aria-selected'), 'true');
    await view.close();
  });

  it('keeps a selection that the next inspection still has, and replaces one that it has not', async () => {
    const view = await open({ selection: { head: ref(1, 2) } });
    const small = await readRecorded('sentiment');
    await view.show(small);
    assert.equal(await view.lastCall('select'), undefined);
    await view.select({ head: ref(11, 2) });
    await view.show(bert);
    await view.show({ ...small, inspection: { ...small.inspection, id: 'again' } });
    const [selection] = await view.called('select');
    assert.deepEqual(selection, { head: firstHead(small.inspection) });
    await view.close();
  });

  it('selects with a click, compares with Shift, and takes back with Shift again', async () => {
    const view = await open();
    await cell(view, '5.3').click();
    assert.deepEqual(await view.lastCall('select'), [{ head: ref(5, 3) }]);
    await cell(view, '6.1').click({ modifiers: ['Shift'] });
    assert.deepEqual(await view.lastCall('select'), [{ head: ref(5, 3), compared: [ref(6, 1)] }]);
    await view.settled();
    assert.equal(await cell(view, '6.1').getAttribute('aria-selected'), 'true');
    await cell(view, '6.1').click({ modifiers: ['Shift'] });
    assert.deepEqual(await view.lastCall('select'), [{ head: ref(5, 3) }]);
    await view.close();
  });

  it('is one stop of the Tab key; arrows move inside, up to later layers; Enter selects', async () => {
    const view = await open({ selection: { head: ref(5, 3) } });
    assert.equal(await view.page.locator('.head-cell[tabindex="0"]').count(), 1);
    await cell(view, '5.3').focus();
    for (const key of ['ArrowUp', 'ArrowUp', 'ArrowRight']) await view.page.keyboard.press(key);
    const focused = (): Promise<string | undefined> =>
      view.page.evaluate(() => (document.activeElement as HTMLElement).dataset.head);
    assert.equal(await focused(), '7.4');
    await view.page.keyboard.press('Enter');
    assert.deepEqual(await view.called('select'), [{ head: ref(7, 4) }]);
    await view.page.keyboard.press('End');
    assert.equal(await focused(), '7.11');
    await view.page.keyboard.press('ArrowRight');
    assert.equal(await focused(), '7.11');
    await view.page.keyboard.press('Shift+Enter');
    assert.deepEqual(await view.lastCall('select'), [{ head: ref(7, 4), compared: [ref(7, 11)] }]);
    assert.equal(await view.page.locator('.head-cell[tabindex="0"]').count(), 1);
    await view.close();
  });

  it('maps any measure to colour and size, and remembers it', async () => {
    const [block] = bert.inspection.blocks;
    const view = await open({ scale: 3 });
    await choose(view, 'Colour of the rings', 'Entropy');
    await choose(view, 'Size of the rings', 'Distance');
    const size = await sizeOfCells(view);
    const assertMapped = async (): Promise<void> => {
      for (const head of someHeads) {
        const magnitude = shareOf(measureOf(block, 'distance', head), measureDomain(block, 'distance'));
        const share = shareOf(measureOf(block, 'entropy', head), measureDomain(block, 'entropy'));
        const at = glyphRadius(magnitude, size) - ringWidth(magnitude, size) / 2;
        const ring = await pixel(view, head, 12, at);
        assertNear(ring.colour, measureColour(share, 'dark'), `ring of ${head.layer}.${head.head}`);
      }
    };
    await assertMapped();
    assert.match(
      (await view.page.locator('.legends').textContent()) ?? '',
      /Entropy, bits.*Distance, tokens/,
    );
    await view.page.reload();
    await view.page.waitForSelector('.head-cell');
    await view.settled();
    await assertMapped();
    await view.close();
  });

  it('ranks the heads by any measure; a click on one selects it', async () => {
    const [block] = bert.inspection.blocks;
    const view = await open();
    const names = (): Promise<string[]> => view.page.locator('.rank-name').allTextContents();
    const expected = (name: HeadMeasureName): string[] =>
      rankHeads(bert.inspection, block, name).map(({ layer, head }) => `${layer}.${head}`);
    assert.deepEqual(await names(), expected('syntactic').slice(0, 12));
    await choose(view, 'Measure that ranks the heads', 'Previous token');
    assert.deepEqual(await names(), expected('previous').slice(0, 12));
    await view.page.locator('.rank').nth(3).click();
    const chosen = rankHeads(bert.inspection, block, 'previous')[3];
    assert.deepEqual(await view.lastCall('select'), [{ head: chosen }]);
    await view.page.getByText('Show all 144').click();
    assert.equal((await names()).length, 144);
    await view.close();
  });

  it('keeps the measure that ranks when measures come and go with the inspection, and when a relation is gone', async () => {
    const [block] = bert.inspection.blocks;
    const view = await open({ width: 900 });
    const shown = async (): Promise<readonly (string | null)[]> => {
      await view.settled();
      const dropdown = view.page.locator('vscode-dropdown[aria-label="Measure that ranks the heads"]');
      return [
        await dropdown.evaluate(
          (list) => list.shadowRoot?.querySelector('.selected-value')?.textContent?.trim() ?? '',
        ),
        await view.page.locator('.rank-name').first().textContent(),
      ];
    };
    const named = ({ layer, head }: HeadRef): string => `${layer}.${head}`;
    const byPrevious = ['Previous token', named(rankHeads(bert.inspection, block, 'previous')[0])];
    await choose(view, 'Measure that ranks the heads', 'Previous token');
    assert.deepEqual(await shown(), byPrevious);
    // While a text is written, one of its states may have no parse: the list of measures is a shorter one then.
    const { syntactic: _gone, ...measures } = block.measures;
    const { parse: _none, ...unparsed } = bert.inspection;
    const blocks = [{ ...block, measures, syntax: undefined }];
    await view.show({ ...bert, inspection: { ...unparsed, id: 'unparsed', blocks } });
    assert.deepEqual(await shown(), byPrevious);
    await view.show(bert);
    assert.deepEqual(await shown(), byPrevious);

    // A relation ranks the heads while it is chosen; a text without it has the measure again.
    await view.select({ relation: 'nsubj' });
    assert.equal((await shown())[0], 'Finds nsubj');
    await view.show({ ...bert, inspection: { ...unparsed, id: 'unparsed too', blocks } });
    await view.select({});
    assert.deepEqual(await shown(), byPrevious);
    await view.show(bert);
    assert.deepEqual(await shown(), byPrevious);
    await view.select({ relation: 'nsubj' });
    assert.equal((await shown())[0], 'Finds nsubj');
    await choose(view, 'Measure that ranks the heads', 'Previous token');
    assert.deepEqual(await shown(), byPrevious);
    await view.close();
  });

  it('shows every head at 300 px, and nothing wider than the window', async () => {
    const view = await open({ width: 300 });
    const right = await view.page.$eval('[data-head="0.11"]', (last) => last.getBoundingClientRect().right);
    assert.ok(right <= 300, `the last head ends at ${right}`);
    assert.equal(await view.page.evaluate(() => document.documentElement.scrollWidth), 300);
    await view.close();
  });

  it('switches between the blocks of a model, by hand and with the selection', async () => {
    const translator = await readRecorded('encoder-decoder');
    const view = await open({ recorded: translator });
    await choose(view, 'Which attention', 'Cross-attention');
    await cell(view, 'cross 1.2').click();
    assert.deepEqual(await view.lastCall('select'), [{ head: { block: 'cross', layer: 1, head: 2 } }]);
    await view.select({ head: { block: 'decoder', layer: 0, head: 1 } });
    assert.equal(await cell(view, 'decoder 0.1').getAttribute('aria-selected'), 'true');
    await view.close();
  });

  it('counts from 1 where the settings say so, while messages go on counting from 0', async () => {
    const view = await open({ settings: { countFrom: 1 } });
    assert.match((await cell(view, '7.10').getAttribute('aria-label')) ?? '', /^Head 8\.11:/);
    await cell(view, '7.10').click();
    assert.deepEqual(await view.lastCall('select'), [{ head: ref(7, 10) }]);
    await view.close();
  });

  it('repaints when the theme becomes another one', async () => {
    const [block] = bert.inspection.blocks;
    const view = await open({ theme: 'dark', scale: 3 });
    await view.setTheme('light');
    const head = ref(2, 0);
    const size = await sizeOfCells(view);
    const confidence = measureOf(block, 'confidence', head);
    const at = glyphRadius(confidence, size) - ringWidth(confidence, size) / 2;
    const ring = await pixel(view, head, 12, at);
    assertNear(ring.colour, headColour(block, 'role', head, 'light'), 'ring of 2.0');
    await view.close();
  });

  for (const theme of themeNames) {
    it(`has no serious accessibility violation and no complaint of the browser (${theme})`, async () => {
      const view = await open({ theme, width: 300 });
      assert.deepEqual(view.complaints, []);
      assert.deepEqual(await seriousViolations(view.page), []);
      await view.close();
    });
  }
});
