import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { twoDigits } from '../../src/protocol/numbers';
import type { TextLevel } from '../../src/protocol/textLevel';
import { shownSaliency } from '../../webview/marks/saliency';
import { saliencyStatements, targetSentence } from '../../webview/views/saliency/statements';
import { scoredUnits } from '../../webview/views/saliency/units';
import { seriousViolations } from './accessibility';
import {
  onBench,
  type OpenView,
  type RecordedInspection,
  skip,
  type ViewBench,
  type ViewOptions,
} from './harness';
import { readRecorded } from './recorded';
import { themeNames } from './themes';

let bench: ViewBench;
onBench((started) => (bench = started));
let sentiment: RecordedInspection;
let code: RecordedInspection;
before(async () => {
  [sentiment, code] = await Promise.all([readRecorded('sentiment'), readRecorded('code')]);
});

async function open(options: ViewOptions = {}): Promise<OpenView> {
  const view = await bench.open({ view: 'saliency', recorded: sentiment, width: 700, ...options });
  await view.page.waitForSelector('.bar-row');
  return view;
}

function drawnBars(view: OpenView): Promise<{ label: string; value: string; left: string; width: string }[]> {
  return view.page.$$eval('.bar-row', (rows) =>
    rows.map((row) => {
      const { left, width } = (row.querySelector('.bar') as HTMLElement).style;
      return {
        label: row.querySelector('.bar-label')?.textContent ?? '',
        value: row.querySelector('.bar-value')?.textContent ?? '',
        left,
        width,
      };
    }),
  );
}

async function choose(view: OpenView, control: string, choice: string): Promise<void> {
  const dropdown = view.page.locator(`vscode-dropdown[aria-label="${control}"]`);
  await dropdown.click();
  await dropdown.getByRole('option', { name: choice, exact: true }).click();
  await view.settled();
}

describe('the saliency view', { skip }, () => {
  for (const measure of ['gradient-l1', 'input-x-gradient'] as const) {
    it(`says what ${measure} finds in two sentences, and the rest on demand`, async () => {
      const view = await open({ settings: { saliency: measure } });
      const shown = shownSaliency(sentiment.inspection, measure);
      assert.ok(shown);
      const [first, ...rest] = saliencyStatements(sentiment.inspection, shown).map(({ text }) => text);
      assert.equal(
        await view.page.textContent('.sentence p'),
        `${targetSentence(sentiment.inspection)} ${first}`,
      );
      assert.ok(rest.length > 0);
      assert.equal(await view.page.isVisible('.sentence li'), false);
      await view.page.click('.sentence summary');
      assert.deepEqual(await view.page.locator('.sentence li:visible').allTextContents(), rest);
      assert.deepEqual(view.complaints, []);
      await view.close();
    });
  }

  for (const [label, level] of [
    ['Tokens', 'token'],
    ['Words', 'word'],
    ['Lines', 'line'],
    ['Sentences', 'sentence'],
    ['Paragraphs', 'paragraph'],
  ] as const satisfies readonly (readonly [string, TextLevel])[]) {
    it(`draws a bar for each of the ${label.toLowerCase()}, as long as its score`, async () => {
      const settings = { saliency: 'gradient-l1', countFrom: 0, live: true } as const;
      const from = level === 'word' ? 'token' : 'word';
      const view = await open({ recorded: code, settings: { ...settings, level: from } });
      await choose(view, 'What the bars and the colours in the editor stand for', label);
      // The choice is the editor's as well: the host writes the setting and tells all views.
      assert.deepEqual(await view.lastCall('chooseLevel'), [level]);
      await view.configure({ ...settings, level });
      await view.settled();
      const shown = shownSaliency(code.inspection, 'gradient-l1');
      assert.ok(shown);
      const units = scoredUnits(code.inspection, shown, level);
      const largest = Math.max(...units.map(({ score }) => score));
      const bars = await drawnBars(view);
      assert.deepEqual(
        bars.map(({ label: name, value }) => [name, value]),
        units.map(({ label: name, score }) => [name, twoDigits(score)]),
      );
      bars.forEach(({ width }, i) => {
        assert.ok(Math.abs(Number.parseFloat(width) - (100 * units[i].score) / largest) <= 0.1);
      });
      await view.close();
    });
  }

  it('draws signed scores to both sides of zero', async () => {
    const view = await open({ settings: { saliency: 'input-x-gradient' } });
    const bars = await drawnBars(view);
    const dull = bars.find(({ label }) => label === 'dull');
    const wonderful = bars.find(({ label }) => label === 'wonderful');
    assert.ok(dull?.value.startsWith('−') && Number.parseFloat(dull.left) < 50);
    assert.ok(wonderful?.value.startsWith('+') && Number.parseFloat(wonderful.left) === 50);
    await view.close();
  });

  it('orders by score on request, and remembers it', async () => {
    const view = await open();
    await choose(view, 'Order of the bars', 'Highest first');
    const assertFalling = async (): Promise<void> => {
      const widths = (await drawnBars(view)).map(({ width }) => Number.parseFloat(width));
      assert.deepEqual(
        widths,
        [...widths].sort((a, b) => b - a),
      );
    };
    await assertFalling();
    await view.page.reload();
    await view.page.waitForSelector('.bar-row');
    await assertFalling();
    await view.close();
  });

  it('links bars with tokens: pointing highlights, a click reveals', async () => {
    const view = await open();
    const bar = view.page.locator('.bar-row', { hasText: 'wonderful' });
    const word = sentiment.inspection.words.text.indexOf('wonderful');
    const token = sentiment.inspection.tokens.words.indexOf(word);
    await bar.hover();
    assert.ok(await view.page.locator(`[data-token="${token}"].hovered`).count());
    await bar.click();
    assert.deepEqual(await view.lastCall('revealToken'), [token]);
    await view.close();
  });

  for (const theme of themeNames) {
    it(`has no serious accessibility violation and no complaint of the browser (${theme})`, async () => {
      const view = await open({ theme, width: 300 });
      assert.equal(await view.page.evaluate(() => document.documentElement.scrollWidth), 300);
      assert.deepEqual(view.complaints, []);
      assert.deepEqual(await seriousViolations(view.page), []);
      await view.close();
    });
  }
});
