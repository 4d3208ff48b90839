import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { DataSetScores } from '../../src/protocol/dataSet';
import type { DataSetState, ScoringState } from '../../src/protocol/dataSetView';
import { twoDigits } from '../../src/protocol/numbers';
import { seriousViolations } from './accessibility';
import type { KnownDataSet } from './dataSet';
import { onBench, type OpenView, type RecordedInspection, skip, type ViewBench } from './harness';
import { readRecorded } from './recorded';

let bench: ViewBench;
let recorded: RecordedInspection;
onBench((started) => (bench = started));
before(async () => {
  recorded = await readRecorded('sentiment');
});

/** Half of what the text has: numbers that cannot be mistaken for the text's own. */
function halves(): DataSetScores {
  const blocks = recorded.inspection.blocks.map(({ name, layers, heads, measures }) => ({
    name,
    layers,
    heads,
    relations: [],
    measures: Object.fromEntries(
      Object.entries(measures).map(([measure, values]) => [measure, values.map((value) => value / 2)]),
    ),
  }));
  return { texts: 40, parsed: 40, words: 400, blocks, notes: [] };
}

function dataSet(scores: ScoringState | undefined, reference?: string): KnownDataSet {
  const { model } = recorded.inspection;
  const state: DataSetState = {
    id: '1',
    name: 'films.csv',
    rows: 40,
    hasPairs: false,
    model: { reference: reference ?? model.reference, name: model.name, labels: model.labels },
    labels: model.labels,
    done: 40,
    activity: 'finished',
    notes: [],
    scores,
  };
  const columns = {
    done: 40,
    label: new Int32Array(40),
    predicted: new Int32Array(40),
    confidence: new Float32Array(40),
    tokens: new Int32Array(40),
  };
  return { state, columns, textOf: () => ({ text: '' }), scores: scores && halves() };
}

function open(known: KnownDataSet | undefined): Promise<OpenView> {
  return bench.open({ view: 'heads', recorded, dataSet: known, width: 900 });
}

const cell = (view: OpenView, name: string) => view.page.locator(`[data-head="${name}"]`);
const finished = { activity: 'finished', done: 40 } as const;

describe('means over a data set in the head overview', { skip }, () => {
  it('replace the numbers of the text when they are chosen, and the legends say so', async () => {
    const view = await open(dataSet(finished));
    const { measures, heads } = recorded.inspection.blocks[0];
    const confidence = measures.confidence?.[2 * heads + 3] ?? NaN;
    const label = () => cell(view, '2.3').getAttribute('aria-label');
    await view.page.getByRole('button', { name: 'Mean over 40 texts' }).waitFor();
    assert.ok((await label())?.endsWith(`confidence ${twoDigits(confidence)}`), `${await label()}`);
    await view.page.getByRole('button', { name: 'Mean over 40 texts' }).click();
    await view.settled();
    const mean = `confidence ${twoDigits(confidence / 2)}, mean over 40 texts`;
    assert.ok((await label())?.endsWith(mean), `${await label()}`);
    const legends = await view.page.locator('.legend-title').allTextContents();
    assert.deepEqual(legends, ['Role, mean over 40 texts', 'Confidence, mean over 40 texts']);
    await view.page.getByRole('button', { name: 'This text' }).click();
    await view.settled();
    assert.ok((await label())?.endsWith(`confidence ${twoDigits(confidence)}`));
    await view.close();
  });

  it('stand beside those of the text in the tooltip', async () => {
    const view = await open(dataSet(finished));
    await view.page.getByRole('button', { name: 'Mean over 40 texts' }).waitFor();
    await cell(view, '1.1').hover();
    const { measures, heads } = recorded.inspection.blocks[0];
    const confidence = measures.confidence?.[heads + 1] ?? NaN;
    const row = view.page.locator('.tooltip .measure-row', { hasText: 'Confidence' });
    const values = await row.locator('.measure-value').allTextContents();
    assert.deepEqual(values, [twoDigits(confidence), twoDigits(confidence / 2)]);
    if (process.env.HEADLIGHT_PICTURES)
      await view.page.screenshot({ path: `${process.env.HEADLIGHT_PICTURES}/means.png` });
    assert.deepEqual(await seriousViolations(view.page), []);
    await view.close();
  });

  it('are offered where heads were not scored yet, and counted while they are', async () => {
    const view = await open(dataSet(undefined));
    await view.page.getByRole('button', { name: 'Score heads over films.csv' }).click();
    await view.called('scoreHeads');
    await view.showDataSet(dataSet({ activity: 'running', done: 12 }).state);
    await view.page.getByText('Scoring heads: 12 of 40 texts').waitFor();
    assert.equal(view.calls.filter(({ name }) => name === 'dataSetScores').length, 0);
    await view.close();
  });

  it('are not offered for a data set that another model was run on, or without one', async () => {
    for (const known of [undefined, dataSet(finished, 'another-model')]) {
      const view = await open(known);
      await view.page.waitForSelector('.head-cell');
      assert.equal(await view.page.locator('.numbers-source').isVisible(), false);
      await view.close();
    }
  });
});
