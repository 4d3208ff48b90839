import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { AttentionEdit } from '../../src/protocol/edits';
import type { HeadRef, ModelInspection } from '../../src/protocol/inspection';
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
let whole: RecordedInspection;
onBench((started) => (bench = started));
before(async () => {
  whole = await readRecorded('sentiment');
});

const head: HeadRef = { block: 'self', layer: 1, head: 2 };
const column: AttentionEdit = { ...head, key: 3, factor: 0 };
const edge: AttentionEdit = { ...head, query: 5, key: 4, factor: 0.5 };

/** The recorded inspection as if these edits had doubled every saliency. */
function edited(edits: readonly AttentionEdit[]): RecordedInspection {
  const { inspection } = whole;
  const { prediction, target, saliency } = inspection;
  const doubled = Object.fromEntries(
    Object.entries(saliency).map(([name, scores]) => [name, scores.map((score) => 2 * score)]),
  );
  const changed: ModelInspection = {
    ...inspection,
    saliency: doubled,
    edits,
    before: {
      prediction,
      probabilities: Float32Array.from(prediction.candidates, ({ probability }) => probability),
      target,
      saliency,
    },
  };
  return { ...whole, inspection: changed };
}

const open = (options: ViewOptions = {}): Promise<OpenView> =>
  bench.open({ view: 'matrix', recorded: whole, selection: { head }, ...options });

/** Every key of an edit, those left out included. */
const places = (edits: unknown): unknown => JSON.parse(JSON.stringify(edits));

describe('editing attention', { skip }, () => {
  it('opens at a cell with E, sets an edge of the head, and gives the focus back', async () => {
    const view = await open();
    const matrix = view.page.locator('.sheet-scroller');
    await view.page.waitForFunction(() => document.querySelector('.matrix-title')?.textContent !== '');
    await matrix.focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'e']) await view.page.keyboard.press(key);
    const editor = view.page.getByRole('dialog', { name: 'Edit attention' });
    const slider = editor.getByRole('slider', { name: 'Factor on the weights' });
    assert.equal(await slider.inputValue(), '1');
    assert.equal(await slider.evaluate((input) => input === document.activeElement), true);
    await slider.press('ArrowLeft');
    assert.deepEqual(places(await view.lastCall('editAttention')), [
      [{ ...head, query: 1, key: 2, factor: 0.95 }],
    ]);
    assert.equal(await view.page.locator('.interventions-count').textContent(), '1 edit');
    await editor.getByRole('button', { name: 'Zero' }).click();
    assert.deepEqual(places(await view.lastCall('editAttention')), [
      [{ ...head, query: 1, key: 2, factor: 0 }],
    ]);
    await editor.getByRole('button', { name: 'Restore' }).click();
    assert.deepEqual(places(await view.lastCall('editAttention')), [[]]);
    await slider.press('Escape');
    assert.equal(await editor.count(), 0);
    assert.equal(await matrix.evaluate((scroller) => scroller === document.activeElement), true);
    await view.close();
  });

  it('opens at a column with a right click on its label', async () => {
    const view = await open();
    await view.page.waitForFunction(() => document.querySelector('.matrix-title')?.textContent !== '');
    const box = (await view.page.locator('.sheet-scroller').boundingBox()) ?? assert.fail();
    const label = await view.page.locator('.sheet-scroller').evaluate((scroller) => {
      const { width } = (scroller as HTMLElement).getBoundingClientRect();
      return width / 4;
    });
    await view.page.mouse.click(box.x + label, box.y + 20, { button: 'right' });
    const editor = view.page.getByRole('dialog', { name: 'Edit attention' });
    assert.match((await editor.locator('.weight-editor-title').textContent()) ?? '', /^everything → /);
    await editor.getByRole('button', { name: 'Zero' }).click();
    const [[made]] = places(await view.lastCall('editAttention')) as [[AttentionEdit]];
    assert.equal(made.query, undefined);
    assert.equal(made.factor, 0);
    await view.close();
  });

  it('lists the edits that are made, by what they scale, and removes one', async () => {
    const view = await open({ recorded: edited([column, { ...column, head: 3 }, edge]) });
    await view.page.getByRole('button', { name: 'Show edits' }).click();
    const lines = view.page.locator('.interventions-list li');
    assert.equal(await lines.count(), 2);
    const { pieces } = whole.inspection.tokens;
    const texts = await lines.locator('.edit-where').allTextContents();
    assert.deepEqual(texts, ['2 heads', 'head 1.2']);
    assert.ok(((await lines.nth(0).textContent()) ?? '').includes('× 0'), pieces[3]);
    await lines.nth(0).getByRole('button').click();
    assert.deepEqual(places(await view.lastCall('editAttention')), [[edge]]);
    await view.close();
  });

  it('marks edited words in the dependency view and edits an arc with a right click', async () => {
    const view = await open({ view: 'dependencies', recorded: edited([column]) });
    await view.page.waitForSelector('.dependencies g.word');
    assert.equal(await view.page.locator('.dependencies g.word.edited').count(), 1);
    const arc = view.page.locator('.dependencies .edges g.link .hit').first();
    await arc.dispatchEvent('contextmenu', { button: 2, bubbles: true });
    const editor = view.page.getByRole('dialog', { name: 'Edit attention' });
    await editor.getByRole('button', { name: 'Zero' }).click();
    const [made] = places(await view.lastCall('editAttention')) as [AttentionEdit[]];
    assert.ok(
      made.length >= 2 && made.slice(1).every(({ query, factor }) => query !== undefined && factor === 0),
    );
    await view.close();
  });

  it('marks edited tokens in the head view, and says how', async () => {
    const view = await open({ view: 'attention', recorded: edited([column]) });
    const key = view.page.locator('.attention-column.key .attention-token[data-row="3"]');
    await key.waitFor();
    assert.equal(await key.getAttribute('title'), 'Head 1.2: attention to it × 0');
    assert.equal(await view.page.locator('.attention-token.edited').count(), 1);
    await view.close();
  });

  it('draws where every bar ended before, and reads it aloud', async () => {
    const view = await open({ view: 'saliency', recorded: edited([column]) });
    const row = view.page.locator('.bar-row').first();
    await row.waitFor();
    const [end, mark] = await row.evaluate((element) => {
      const track = element.querySelector('.bar-track')?.getBoundingClientRect();
      const bar = element.querySelector('.bar')?.getBoundingClientRect();
      const hollow = element.querySelector('.bar-before')?.getBoundingClientRect();
      if (!track || !bar || !hollow) return [NaN, NaN];
      return [bar.width / track.width, (hollow.left + hollow.width / 2 - track.left) / track.width];
    });
    assert.ok(Math.abs(mark - end / 2) < 0.02, `${mark} of ${end}`);
    assert.match((await row.textContent()) ?? '', /, before /);
    await view.close();
  });

  it('offers nothing where attention was read from a file', async () => {
    const { inspection } = whole;
    const view = await open({
      recorded: { ...whole, inspection: { ...inspection, attentionFile: '/tmp/a.safetensors' } },
    });
    await view.page.waitForFunction(() => document.querySelector('.matrix-title')?.textContent !== '');
    await view.page.locator('.sheet-scroller').focus();
    await view.page.keyboard.press('ArrowRight');
    await view.page.keyboard.press('e');
    assert.equal(await view.page.getByRole('dialog').count(), 0);
    await view.close();
  });

  for (const theme of themeNames) {
    it(`has no serious accessibility violation and no complaint of the browser (${theme})`, async () => {
      const view = await open({ theme, recorded: edited([column, edge]), width: 350, height: 700 });
      await view.page.getByRole('button', { name: 'Show edits' }).click();
      await view.page.locator('.sheet-scroller').focus();
      for (const key of ['ArrowRight', 'ArrowDown', 'e']) await view.page.keyboard.press(key);
      await view.page.getByRole('dialog').waitFor();
      if (process.env.HEADLIGHT_PICTURES)
        await view.page.screenshot({ path: `${process.env.HEADLIGHT_PICTURES}/edits-${theme}.png` });
      assert.deepEqual(view.complaints, []);
      assert.deepEqual(await seriousViolations(view.page), []);
      await view.close();
    });
  }
});
