import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { HeadMeasurement } from '../../src/protocol/inspection';
import { rgb } from 'd3';
import { signedColour } from '../../webview/marks/scales';
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
let recorded: RecordedInspection;
onBench((started) => (bench = started));
before(async () => {
  recorded = await readRecorded('sentiment');
});

const canMeasure = { canMeasure: true } as const;

async function open(options: ViewOptions = {}): Promise<OpenView> {
  const settings = { ...canMeasure, ...options.settings };
  const view = await bench.open({ view: 'heads', recorded, width: 400, ...options, settings });
  await view.page.waitForSelector('.head-cell');
  return view;
}

/** Chooses a measure as a user does. */
async function choose(view: OpenView, field: string, label: string): Promise<void> {
  const dropdown = view.page.locator(`vscode-dropdown[aria-label="${field}"]`);
  await dropdown.click();
  await dropdown.locator('vscode-option', { hasText: label }).click();
  await view.settled();
}

/** Values that are told apart: head i has 0.01 · (i − 10), with a standard error of a tenth. */
function measurement(name: 'shapley-value' | 'head-deviation'): HeadMeasurement {
  const [{ layers, heads }] = recorded.inspection.blocks;
  const values = Float32Array.from({ length: layers * heads }, (_, i) => (i - 10) / 100);
  const errors = values.map((value) => Math.abs(value) / 10);
  return {
    blocks: [
      {
        name: 'self',
        measures: { [name]: values },
        ...(name === 'shapley-value' ? { errors: { 'shapley-value': errors } } : {}),
        ...(name === 'head-deviation' ? { together: { specialization: 0.0923, focus: 0.3 } } : {}),
      },
    ],
    unmeasured: {},
    notes: [],
  };
}

const status = (view: OpenView) => view.page.locator('.further-words');

describe('head measures that need further runs', { skip }, () => {
  it('are asked for when they are chosen, once, and shown when they are there', async () => {
    const view = await open();
    await choose(view, 'Measure that ranks the heads', 'Shapley value');
    assert.deepEqual(await view.lastCall('measureHeads'), [['shapley-value']]);
    await view.measuring({ message: 'Shapley values of 32 heads', fraction: 0.25 });
    assert.equal(await status(view).textContent(), 'Shapley values of 32 heads, 25 %');
    await view.measured(recorded.inspection.id, measurement('shapley-value'));
    await view.measuring(undefined);
    assert.equal(view.calls.filter(({ name }) => name === 'measureHeads').length, 1);
    assert.equal(await view.page.locator('.further').isHidden(), true);
    const first = view.page.locator('.rank').first();
    const { blocks } = recorded.inspection;
    const last = blocks[0].layers * blocks[0].heads - 1;
    const name = `${Math.floor(last / blocks[0].heads)}.${last % blocks[0].heads}`;
    assert.equal(await first.locator('.rank-name').textContent(), name);
    assert.equal(await first.locator('.rank-value').textContent(), '0.21 ± 0.021');
    await view.page.locator('[data-head="0.1"]').hover();
    const row = view.page.locator('.measure-row', { hasText: 'Shapley value' });
    assert.equal(await row.locator('.measure-value').textContent(), '−0.090 ± 0.0090');
    assert.deepEqual(view.complaints, []);
    await view.close();
  });

  it('can be given up, and are asked for again with a button only', async () => {
    const view = await open();
    await choose(view, 'Colour of the rings', 'Ablation effect');
    await view.measuring({ message: 'Ablation, head 3 of 32', fraction: 0.1 });
    await view.page.getByRole('button', { name: 'Cancel' }).click();
    assert.ok(await view.lastCall('stopMeasuring'));
    await view.measuring(undefined);
    assert.equal(await status(view).textContent(), 'Ablation effect: not computed yet.');
    assert.equal(view.calls.filter(({ name }) => name === 'measureHeads').length, 1);
    await view.page.getByRole('button', { name: 'Compute' }).click();
    await view.called('measureHeads');
    assert.equal(view.calls.filter(({ name }) => name === 'measureHeads').length, 2);
    await view.close();
  });

  it('are asked for again of the next inspection, while they are chosen, but not before it is there', async () => {
    const view = await open();
    const asked = (): number => view.calls.filter(({ name }) => name === 'measureHeads').length;
    await choose(view, 'Size of the rings', 'Head deviation');
    await view.measured(recorded.inspection.id, measurement('head-deviation'));
    await view.select({ head: { block: 'self', layer: 1, head: 1 } });
    assert.equal(asked(), 1);
    await view.busy({ message: 'Inspecting' });
    const next = { ...recorded, inspection: { ...recorded.inspection, id: 'inspection-2' } };
    await view.show(next);
    assert.equal(asked(), 1, 'not while the engine is busy');
    await view.busy(undefined);
    assert.equal(asked(), 2);
    await choose(view, 'Size of the rings', 'Confidence');
    await view.show({ ...recorded, inspection: { ...recorded.inspection, id: 'inspection-3' } });
    assert.equal(asked(), 2, 'not chosen any more');
    await view.close();
  });

  it('show what they say of all heads together, with definitions', async () => {
    const view = await open();
    await choose(view, 'Colour of the rings', 'Head deviation');
    await view.measured(recorded.inspection.id, measurement('head-deviation'));
    await view.measuring(undefined);
    assert.match(
      (await view.page.locator('.further-together').innerText()).replace(/\s+/g, ' '),
      /Specialization 0\.092 Focus 0\.30/,
    );
    await view.page.getByText('Focus', { exact: true }).hover();
    assert.match(await view.page.locator('.tooltip').innerText(), /Jaccard/);
    assert.match(
      (await view.page.locator('.legend').first().getAttribute('title')) ?? '',
      /from −0\.21 to 0\.21/,
    );
    await view.close();
  });

  it('say why they cannot be had', async () => {
    const reason = 'Direct logit attribution is for models with one residual stream.';
    const inspection = { ...recorded.inspection, unmeasured: { 'direct-logit-attribution': reason } };
    const view = await open({ recorded: { ...recorded, inspection } });
    await choose(view, 'Colour of the rings', 'Direct logit attribution');
    assert.equal(await view.lastCall('measureHeads'), undefined);
    assert.equal(await status(view).textContent(), reason);
    assert.equal(await view.page.getByRole('button', { name: 'Compute' }).isHidden(), true);
    await view.close();
  });

  it('are not offered where nothing can be run', async () => {
    const view = await open({ settings: { canMeasure: false } });
    assert.equal(await view.page.locator('vscode-option', { hasText: 'Shapley value' }).count(), 0);
    await view.close();
  });

  for (const theme of themeNames) {
    it(`are accessible in ${theme}`, async () => {
      const view = await open({ theme, width: 320 });
      await choose(view, 'Colour of the rings', 'Head deviation');
      await view.measured(recorded.inspection.id, measurement('head-deviation'));
      await view.measuring({ message: 'Shapley values of 32 heads', fraction: 0.5 });
      assert.deepEqual(await seriousViolations(view.page), []);
      await view.close();
    });
  }
});

describe('colours of signed measures', () => {
  it('differ in hue with the sign, and not at zero', () => {
    for (const theme of ['dark', 'light'] as const) {
      const [below, above] = [rgb(signedColour(-1, theme)), rgb(signedColour(1, theme))];
      assert.ok(below.r > below.b && above.b > above.r, theme);
    }
  });
});
