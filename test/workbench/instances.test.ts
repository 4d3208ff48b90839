import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { before } from 'node:test';
import type { InstanceColumns } from '../../src/protocol/dataSet';
import { probability, twoDigits } from '../../src/protocol/numbers';
import {
  chooseFromContextMenu,
  chooseFromExplorer,
  coloured,
  goTo,
  openFile,
  paintedRangesWhere,
} from './driver/editor';
import { eventually } from './driver/eventually';
import { expectedPaint, referenceInspection, referenceInstances, referenceScores } from './driver/reference';
import { samples, scenario } from './driver/scenario';
import { viewFrame } from './driver/webview';
import { pick, statusItem } from './driver/workbench';

const file = join(samples, 'films.csv');
const columns = { text: 'text', label: 'sentiment' };

/** Texts of the sample: every one stands in quotes, and has none inside. */
const films = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => /^"(.*)",/.exec(line)?.[1] ?? '');

/** Numbers of the rows in view, from 0 and from top to bottom. */
async function rowsShown(frame: Frame): Promise<number[]> {
  const lines = await frame
    .locator('.row-line.row')
    .evaluateAll((all) =>
      all.map((line) => [Number(line.getAttribute('aria-rowindex')), Number(line.getAttribute('data-row'))]),
    );
  return lines.sort(([a], [b]) => a - b).map(([, row]) => row);
}

/** Rows by falling confidence. */
function surestFirst({ confidence }: InstanceColumns): number[] {
  return Array.from(confidence.keys()).sort((a, b) => confidence[b] - confidence[a] || a - b);
}

scenario('a data set, from the explorer to a head', { workspace: samples }, (step) => {
  let expected: InstanceColumns;
  before(async () => {
    expected = await referenceInstances(file, columns);
  });

  step('the explorer opens a table, with its columns found by their names', async (workbench) => {
    await chooseFromExplorer(workbench, 'films.csv', 'Headlight: Open Data Set…');
    await pick(workbench, 'Open “films.csv”');
    const frame = await viewFrame(workbench, 'instances');
    await frame.getByText('40 texts', { exact: true }).waitFor();
    assert.equal(await frame.getByRole('grid').getAttribute('aria-rowcount'), '41');
  });

  step('every row has what the model says of it', async (workbench) => {
    const frame = await viewFrame(workbench, 'instances');
    await frame.getByText(films[0]).first().waitFor();
    const lines = await frame
      .locator('.row-line.row')
      .evaluateAll((all) =>
        all.map((line) =>
          [...line.querySelectorAll('[role="gridcell"]')].map((cell) => cell.textContent ?? ''),
        ),
      );
    assert.ok(lines.length > 10);
    const labels = ['negative', 'neutral', 'positive'];
    for (const [number, , label, predicted, confidence] of lines) {
      const row = Number(number) - 1;
      assert.equal(label, labels[expected.label[row]]);
      assert.equal(predicted, labels[expected.predicted[row]]);
      assert.equal(confidence, probability(expected.confidence[row]));
    }
    const right = expected.label.filter((label, row) => label === expected.predicted[row]).length;
    assert.match(
      await frame.locator('.instances-summary').innerText(),
      new RegExp(`^Accuracy ${Math.round((right / 40) * 100)}\u202f% \\(${right} of 40\\)`),
    );
  });

  step('it is sorted by confidence', async (workbench) => {
    const frame = await viewFrame(workbench, 'instances');
    await frame.getByRole('columnheader', { name: 'Confidence' }).getByRole('button').click();
    const order = surestFirst(expected);
    await eventually(
      workbench.page,
      () => rowsShown(frame),
      (shown) => shown.length > 10 && shown.every((row, i) => row === order[i]),
    );
  });

  step('a lasso around the left half of the map leaves its texts', async (workbench) => {
    const frame = await viewFrame(workbench, 'instances');
    const map = frame.locator('.map-marks');
    await frame.getByText(/^UMAP/).waitFor();
    const box = await map.boundingBox();
    assert.ok(box);
    const { mouse } = workbench.page;
    const [left, middle] = [box.x + 3, box.x + box.width / 2];
    const [top, bottom] = [box.y + 3, box.y + box.height - 3];
    await mouse.move(left, top);
    await mouse.down();
    for (const [x, y] of [
      [middle, top],
      [middle, bottom],
      [left, bottom],
    ])
      await mouse.move(x, y, { steps: 5 });
    await mouse.up();
    const chip = frame.locator('.chip');
    await chip.waitFor();
    const inside = Number(/\d+/.exec(await chip.innerText())?.[0]);
    assert.ok(inside > 0 && inside < 40, `${inside}`);
    assert.equal(await frame.getByRole('grid').getAttribute('aria-rowcount'), String(inside + 1));
    await chip.click();
    await eventually(
      workbench.page,
      () => frame.getByRole('grid').getAttribute('aria-rowcount'),
      (count) => count === '41',
    );
    await workbench.screenshot('instances');
  });

  step('a click on a row inspects it: in the file, coloured, and in the inspector', async (workbench) => {
    const frame = await viewFrame(workbench, 'instances');
    const text = films[9];
    await frame.getByRole('searchbox').fill('clever script');
    await eventually(
      workbench.page,
      () => rowsShown(frame),
      (rows) => rows.join() === '9',
    );
    await frame.getByText(text).click();
    const inspection = await referenceInspection(text);
    await workbench.page.locator('.tab[data-resource-name="films.csv"]').waitFor();
    const paint = expectedPaint(inspection, 'gradient-l1');
    await paintedRangesWhere(
      workbench,
      (ranges) =>
        coloured(ranges)
          .map(({ text: word }) => word)
          .join('|') === paint.map(({ text: word }) => word).join('|'),
    );
    const inspector = await viewFrame(workbench, 'inspector');
    await inspector.locator('.dependencies g.word').first().waitFor();
    await statusItem(workbench, /headlight-encoder-sentiment: /).waitFor();
    await workbench.screenshot('instances-inspected');
  });

  step(
    'heads are scored over all texts: relations name the best, and one is selected everywhere',
    async (workbench) => {
      const frame = await viewFrame(workbench, 'instances');
      await frame.getByRole('tab', { name: 'Relations' }).click();
      await frame.getByRole('button', { name: 'Score Heads over This Data Set' }).click();
      const inspector = await viewFrame(workbench, 'inspector');
      await inspector.getByRole('button', { name: 'Mean over 40 texts' }).click();
      const { texts, blocks } = await referenceScores(file, columns);
      const [block] = blocks;
      assert.equal(texts, 40);
      const confidence = block.measures.confidence ?? new Float32Array();
      for (const [layer, head] of [
        [0, 0],
        [2, 3],
      ]) {
        const label = await inspector.locator(`[data-head="${layer}.${head}"]`).getAttribute('aria-label');
        const mean = twoDigits(confidence[layer * block.heads + head]);
        assert.ok(label?.endsWith(`confidence ${mean}, mean over 40 texts`), `${label}`);
      }
      const [ranking] = block.relations;
      const row = frame.locator('.relations-table tbody tr').first();
      assert.deepEqual((await row.locator('th, td').allTextContents()).slice(0, 3), [
        ranking.relation,
        String(ranking.count),
        ranking.direction,
      ]);
      const [best] = ranking.heads;
      await row.locator('.head-chip').first().click();
      const name = `${best.layer}.${best.head}`;
      await eventually(
        workbench.page,
        () => inspector.locator('.head-cell.selected').getAttribute('data-head'),
        (selected) => selected === name,
      );
      await workbench.screenshot('instances-relations');
      await frame.getByRole('tab', { name: 'Texts' }).click();
    },
  );

  step('after a reload the tab has the data set again, without running it anew', async (workbench) => {
    // Of two webviews that load at once in a browser, VS Code may take the service worker away from one.
    await workbench.page.locator('.tab', { hasText: 'Headlight' }).locator('.codicon-close').click();
    await workbench.reload('headlight.instances');
    const frame = await viewFrame(workbench, 'instances');
    await frame.getByText('40 texts', { exact: true }).waitFor();
    // VS Code in a browser stores a view's own state now and then: which tab comes back is not certain.
    await frame.getByRole('tab', { name: 'Texts' }).click();
    await eventually(
      workbench.page,
      () => rowsShown(frame),
      (rows) => rows.length > 5 && rows[0] === surestFirst(expected)[0],
    );
    await frame.getByRole('tab', { name: 'Relations' }).click();
    await frame.locator('.relations-table').waitFor();
  });

  step('nothing was refused or thrown in the window', (workbench) => {
    assert.deepEqual(workbench.problems, []);
    return Promise.resolve();
  });
});

scenario('lines of an editor as a data set', { workspace: samples }, (step) => {
  step('a right click opens all lines that are not empty', async (workbench) => {
    await openFile(workbench, 'reviews.txt');
    await goTo(workbench, 3, 5);
    await chooseFromContextMenu(workbench, 'Headlight: Open Lines as Data Set');
    const frame = await viewFrame(workbench, 'instances');
    await frame.getByText('4 texts', { exact: true }).waitFor();
    await frame.getByText('Nobody expected').waitFor();
  });

  step('a click inspects the line where it stands', async (workbench) => {
    const frame = await viewFrame(workbench, 'instances');
    await frame.getByText('Nobody expected').click();
    const inspector = await viewFrame(workbench, 'inspector');
    await inspector.locator('.dependencies g.word').first().waitFor();
    await paintedRangesWhere(workbench, (ranges) => coloured(ranges)[0]?.text.startsWith('No'));
  });
});
