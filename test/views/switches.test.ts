import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { HeadRef, ModelInspection } from '../../src/protocol/inspection';
import { pointsChange, signed } from '../../webview/marks/change';
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

const ref = (layer: number, head: number): HeadRef => ({ block: 'self', layer, head });
const off = [ref(1, 2), ref(3, 4)];

/** The recorded inspection with heads off, as if the target's probability were the other one's. */
function switched(heads: readonly HeadRef[]): RecordedInspection {
  const { inspection } = whole;
  const { prediction, target, saliency } = inspection;
  const all = prediction.candidates;
  const candidates = all.map((candidate, i) => ({
    ...candidate,
    probability: all[all.length - 1 - i].probability,
  }));
  const ablated: ModelInspection = {
    ...inspection,
    prediction: { ...prediction, candidates, entropy: prediction.entropy + 0.5 },
    target: { ...target, probability: 1 - target.probability },
    ablated: heads,
    before: {
      prediction,
      probabilities: Float32Array.from(all, ({ probability }) => probability),
      target,
      saliency,
    },
  };
  return { ...whole, inspection: heads.length === 0 ? inspection : ablated };
}

const settings = { saliency: 'gradient-l1', level: 'token', countFrom: 0, live: true } as const;

async function open(options: ViewOptions = {}): Promise<OpenView> {
  const view = await bench.open({ view: 'heads', recorded: whole, width: 400, ...options });
  await view.page.waitForSelector('.head-cell');
  return view;
}

const cell = (view: OpenView, name: string) => view.page.locator(`[data-head="${name}"]`);

/** Opacity of the strongest pixel in the ring of a head, away from the stroke: at its left. */
function strength(view: OpenView, { layer, head }: HeadRef): Promise<number> {
  const { layers } = whole.inspection.blocks[0];
  return view.page.$eval(
    '.head-canvas',
    (canvas, [column, row, heads]) => {
      const { width } = canvas as HTMLCanvasElement;
      const side = width / heads;
      const context = (canvas as HTMLCanvasElement).getContext('2d');
      const image = context?.getImageData(column * side, (row + 0.5) * side, side * 0.4, 1);
      return Math.max(...Array.from(image?.data ?? []).filter((_, i) => i % 4 === 3)) / 255;
    },
    [head, layers - 1 - layer, whole.inspection.blocks[0].heads] as const,
  );
}

describe('switching heads off', { skip }, () => {
  it('asks the host with the key O on the focused glyph, and shows it before the answer', async () => {
    const view = await open();
    await cell(view, '1.2').focus();
    await view.page.keyboard.press('o');
    assert.deepEqual(await view.lastCall('switchHeads'), [[ref(1, 2)]]);
    assert.match((await cell(view, '1.2').getAttribute('aria-label')) ?? '', /^Head 1\.2, off:/);
    assert.equal(await view.page.locator('.interventions-count').textContent(), '1 head off');
    await cell(view, '3.4').focus();
    await view.page.keyboard.press('o');
    assert.deepEqual(await view.lastCall('switchHeads'), [off]);
    await view.page.keyboard.press('O');
    assert.deepEqual(await view.lastCall('switchHeads'), [[ref(1, 2)]]);
    await view.close();
  });

  it('asks the host with the eye of the glyph that is pointed at, and selects nothing', async () => {
    const view = await open();
    await cell(view, '1.2').hover();
    const eye = cell(view, '1.2').getByRole('button', { name: 'Switch head 1.2 off' });
    assert.equal(await eye.getAttribute('aria-pressed'), 'false');
    // The view itself selects a head when it begins.
    const selected = await view.lastCall('select');
    await eye.click();
    assert.deepEqual(await view.lastCall('switchHeads'), [[ref(1, 2)]]);
    assert.equal(await eye.getAttribute('aria-pressed'), 'true');
    assert.deepEqual(await view.lastCall('select'), selected);
    assert.equal(await view.page.locator('.head-eye').count(), 1);
    await view.close();
  });

  it('leaves the eye at the selected glyph when nothing is pointed at', async () => {
    const view = await open({ selection: { head: ref(2, 2) } });
    await cell(view, '1.2').hover();
    assert.equal(await cell(view, '1.2').locator('.head-eye').count(), 1);
    await view.page.mouse.move(5, 5);
    assert.equal(await cell(view, '2.2').locator('.head-eye').count(), 1);
    await view.close();
  });

  it('fades and strikes the glyphs of heads that are off, and no others', async () => {
    const view = await open();
    const before = await Promise.all([...off, ref(0, 0)].map((head) => strength(view, head)));
    await view.show(switched(off));
    const after = await Promise.all([...off, ref(0, 0)].map((head) => strength(view, head)));
    assert.ok(after[0] < 0.5 * before[0] && after[1] < 0.5 * before[1], `${before.join()} ${after.join()}`);
    assert.equal(after[2], before[2]);
    await view.close();
  });

  it('says what becomes of the target, and offers the ways back', async () => {
    const view = await open({ recorded: switched(off), settings: { canUndoIntervention: true } });
    const { label } = whole.inspection.target;
    const said = (await view.page.locator('.interventions-effect').textContent()) ?? '';
    assert.match(said, new RegExp(`^${label} .+\\s% → .+\\s%$`));
    const ways = view.page.locator('.interventions-ways button:not([hidden])');
    assert.deepEqual(await ways.allTextContents(), ['Undo', 'Reset']);
    await ways.nth(0).click();
    assert.deepEqual(await view.lastCall('run'), ['undoIntervention']);
    await ways.nth(1).click();
    assert.deepEqual(await view.lastCall('run'), ['resetInterventions']);
    await view.show(switched([]));
    await view.configure({ ...settings, canUndoIntervention: true });
    assert.equal(await view.page.locator('.interventions-count').textContent(), 'No interventions');
    await view.configure(settings);
    assert.equal(await view.page.locator('.interventions').isVisible(), false);
    await view.close();
  });

  it('goes back to what is shown where the engine gives no answer', async () => {
    const view = await open();
    await cell(view, '1.2').focus();
    await view.page.keyboard.press('o');
    await view.busy({ message: 'Inspecting' });
    await view.busy();
    assert.match((await cell(view, '1.2').getAttribute('aria-label')) ?? '', /^Head 1\.2:/);
    assert.equal(await view.page.locator('.interventions').isVisible(), false);
    await view.close();
  });

  it('writes each candidate’s change in percentage points into the header', async () => {
    const view = await bench.open({ recorded: switched(off) });
    const values = await view.page.locator('.candidate-value').allTextContents();
    const { candidates } = whole.inspection.prediction;
    const change = pointsChange(candidates[0].probability, candidates[candidates.length - 1].probability);
    assert.ok(values[0].endsWith(`% (${change})`), values.join());
    assert.match((await view.page.locator('.entropy').textContent()) ?? '', /bits \(\+0\.50\)$/);
    assert.match(
      (await view.page.locator('.candidate').first().getAttribute('title')) ?? '',
      /Without interventions: /,
    );
    await view.close();
  });

  it('writes changes with their sign', () => {
    assert.equal(pointsChange(0.95, 0.813), '−14');
    assert.equal(pointsChange(0.02, 0.0231), '+0.31');
    assert.equal(pointsChange(0.5, 0.50001), '±0');
    assert.equal(signed(-0.25), '−0.25');
  });

  for (const theme of themeNames) {
    it(`has no serious accessibility violation and no complaint of the browser (${theme})`, async () => {
      const recorded = switched(off);
      const view = await open({
        theme,
        recorded,
        settings: { canUndoIntervention: true, canRedoIntervention: true },
        selection: { head: ref(1, 2) },
      });
      await cell(view, '3.4').hover();
      if (process.env.HEADLIGHT_PICTURES)
        await view.page.screenshot({ path: `${process.env.HEADLIGHT_PICTURES}/switches-${theme}.png` });
      assert.deepEqual(view.complaints, []);
      assert.deepEqual(await seriousViolations(view.page), []);
      await view.close();
    });
  }
});
