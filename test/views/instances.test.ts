import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SavedFile } from '../../src/protocol/view';
import { insideLasso } from '../../webview/views/instances/lasso';
import { agreementOf, filterRows, Rows, sortRows } from '../../webview/views/instances/rows';
import { focusProblems, seriousViolations } from './accessibility';
import type { KnownDataSet } from './dataSet';
import { skip, ViewBench, type ViewOptions } from './harness';
import {
  choose,
  header,
  labels,
  largeSet,
  line,
  openInstances,
  reviewSet,
  shownRows,
  spotOf,
  stateOf,
} from './reviews';
import { themeNames } from './themes';

let bench: ViewBench;
before(async () => {
  if (!skip) bench = await ViewBench.start();
});
after(() => bench?.stop());

const open = (dataSet: KnownDataSet | undefined, options?: ViewOptions) =>
  openInstances(bench, dataSet, options);

describe('rows of a data set', () => {
  const { columns } = reviewSet();
  const rows = new Rows(columns, labels, labels);
  const all = filterRows(rows, {});

  it('are filtered by label, prediction, verdict, confidence, search and lasso together', () => {
    assert.deepEqual([...filterRows(rows, { label: 2 })], [1, 3, 4]);
    assert.deepEqual([...filterRows(rows, { verdict: 'wrong' })], [2, 3]);
    assert.deepEqual([...filterRows(rows, { verdict: 'correct', confidence: [0.92, 1] })], [0, 4, 6]);
    assert.deepEqual([...filterRows(rows, { predicted: 2, found: Uint32Array.of(1, 2, 7) })], [1, 7]);
    const lasso = Uint8Array.of(0, 1, 0, 0, 1, 0, 0, 1);
    assert.deepEqual([...filterRows(rows, { lasso, label: 2 })], [1, 4]);
  });

  it('are sorted by each column, without a value last in both directions', () => {
    const sorted = (key: 'row' | 'label' | 'confidence' | 'correct', isFalling: boolean) => [
      ...sortRows(rows, all, { key, isFalling }),
    ];
    assert.deepEqual(sorted('confidence', true), [4, 0, 6, 1, 7, 5, 3, 2]);
    assert.deepEqual(sorted('label', false), [0, 6, 2, 5, 1, 3, 4, 7]);
    assert.deepEqual(sorted('label', true), [1, 3, 4, 2, 5, 0, 6, 7]);
    assert.deepEqual(sorted('correct', false), [2, 3, 0, 1, 4, 5, 6, 7]);
    assert.deepEqual(sorted('row', true), [7, 6, 5, 4, 3, 2, 1, 0]);
    const textOrder = Uint32Array.of(4, 1, 6, 0, 2, 3, 5, 7);
    assert.deepEqual([...sortRows(rows, all, { key: 'text', isFalling: false }, textOrder)], [...textOrder]);
  });

  it('are counted as right and wrong, with the confusions, where labels are classes of the model', () => {
    assert.deepEqual(agreementOf(rows, all), {
      judged: 7,
      correct: 5,
      confusions: [
        { label: 1, predicted: 0, count: 1 },
        { label: 2, predicted: 0, count: 1 },
      ],
    });
    const strange = new Rows(columns, [...labels, 'a'], ['x', 'y']);
    assert.equal(strange.isComparable, false);
    assert.equal(agreementOf(strange, all).judged, 0);
  });

  it('are inside a lasso where they are inside the polygon, not in its box or its hollow', () => {
    const points = Float32Array.of(1, 1, 9, 1, 5, 5, NaN, NaN, 1, 9, 5, 1.5);
    // A U: open at the top.
    const polygon = [
      [0, 0],
      [10, 0],
      [10, 10],
      [8, 10],
      [8, 3],
      [2, 3],
      [2, 10],
      [0, 10],
    ] as const;
    assert.deepEqual([...insideLasso(points, polygon)], [1, 1, 0, 0, 1, 1]);
  });
});

describe('the table of instances', { skip }, () => {
  it('has every row with its text, label, prediction, confidence and verdict', async () => {
    const view = await open(reviewSet());
    await line(view, 0).getByText('Dull from').waitFor();
    assert.deepEqual(await shownRows(view), [0, 1, 2, 3, 4, 5, 6, 7]);
    const cells = await line(view, 3).getByRole('gridcell').allTextContents();
    assert.deepEqual(cells, ['4', 'Not bad at all.', 'positive', 'negative', '62\u202f%', '✗']);
    assert.equal(await line(view, 3).getByRole('img', { name: 'wrong' }).count(), 1);
    const grid = view.page.getByRole('grid');
    assert.equal(await grid.getAttribute('aria-rowcount'), '9');
    assert.equal(await grid.getAttribute('aria-colcount'), '6');
    assert.match(
      (await view.page.locator('.instances-summary').textContent()) ?? '',
      /^Accuracy 71\u202f% \(5 of 7\) · label → prediction: neutral → negative 1, positive → negative 1$/,
    );
    await view.close();
  });

  it('is sorted by a click on a column, and the other way round by a second one', async () => {
    const view = await open(reviewSet());
    await header(view, 'Confidence').getByRole('button').click();
    assert.deepEqual(await shownRows(view), [4, 0, 6, 1, 7, 5, 3, 2]);
    assert.equal(await header(view, 'Confidence').getAttribute('aria-sort'), 'descending');
    await header(view, 'Confidence').getByRole('button').click();
    assert.deepEqual(await shownRows(view), [2, 3, 5, 7, 1, 6, 0, 4]);
    await header(view, 'Text').getByRole('button').click();
    await view.called('textOrder');
    assert.deepEqual(await shownRows(view), [1, 4, 6, 0, 2, 3, 5, 7]);
    await view.close();
  });

  it('is filtered by lists, confidence and search, and by a click on a confusion', async () => {
    const view = await open(reviewSet());
    await choose(view, 'Show rows with this prediction', 'negative');
    assert.deepEqual(await shownRows(view), [0, 2, 3, 6]);
    await choose(view, 'Show what the model got right or wrong', 'Only wrong');
    assert.deepEqual(await shownRows(view), [2, 3]);
    assert.match((await view.page.locator('.instance-count').textContent()) ?? '', /^2 of 8 rows$/);
    await view.page.getByRole('button', { name: 'Show all' }).click();
    assert.equal((await shownRows(view)).length, 8);
    await view.page.getByRole('spinbutton', { name: 'Least confidence, in per cent' }).fill('90');
    await view.page.keyboard.press('Tab');
    assert.deepEqual(await shownRows(view), [0, 1, 4, 6]);
    await view.page.getByRole('searchbox').fill('WARM');
    await view.called('searchRows', (request) => (request as { query: string }).query === 'WARM');
    assert.deepEqual(await shownRows(view), [1, 4]);
    assert.deepEqual(await view.page.locator('.row mark').allTextContents(), ['warm', 'warm']);
    await view.page.getByRole('button', { name: 'Show all' }).click();
    await view.page.getByRole('button', { name: 'neutral → negative 1' }).click();
    assert.deepEqual(await shownRows(view), [2]);
    await view.close();
  });

  it('of 100,000 rows has few elements, scrolls to any row, and shows that row', async () => {
    const count = 100_000;
    const view = await open(largeSet(count));
    const grid = view.page.getByRole('grid');
    assert.equal(await grid.getAttribute('aria-rowcount'), String(count + 1));
    await grid.evaluate((element) => (element.scrollTop = 26 * 54_321));
    await line(view, 54_321).getByText('Text number 54321').waitFor();
    const lines = await view.page.locator('.row-line.row').count();
    assert.ok(lines < 80, `${lines} rows are in the document`);
    const box = await line(view, 54_321).boundingBox();
    const frame = await grid.boundingBox();
    assert.ok(box && frame && Math.abs(box.y - frame.y - 27) < 2, `${box?.y} in ${frame?.y}`);
    assert.equal(await line(view, 54_321).getAttribute('aria-rowindex'), '54323');
    // Only texts that are in view were asked for.
    const asked = view.calls.filter(({ name }) => name === 'rowTexts');
    const texts = asked.reduce(
      (sum, call) => sum + (call.arguments[0] as { rows: Uint32Array }).rows.length,
      0,
    );
    assert.ok(texts < 300, `${texts} texts were asked for`);
    await view.close();
  });

  it('is walked by the keyboard, and Enter inspects', async () => {
    const view = await open(largeSet(1000));
    const grid = view.page.getByRole('grid');
    await grid.focus();
    const active = () => grid.getAttribute('aria-activedescendant');
    assert.equal(await active(), 'row-0');
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp']) await view.page.keyboard.press(key);
    assert.equal(await active(), 'row-1');
    await view.page.keyboard.press('End');
    assert.equal(await active(), 'row-999');
    await line(view, 999).getByText('Text number 999').waitFor();
    await view.page.keyboard.press('PageUp');
    const place = Number((await active())?.slice(4));
    assert.ok(place > 950 && place < 990, `${place}`);
    await view.page.keyboard.press('Home');
    await view.page.keyboard.press('ArrowDown');
    await view.page.keyboard.press('Enter');
    assert.deepEqual(await view.called('inspectRow'), [1]);
    assert.equal(await line(view, 1).getAttribute('aria-selected'), 'true');
    await view.close();
  });

  it('inspects the row that is clicked', async () => {
    const view = await open(reviewSet());
    await line(view, 5).click();
    assert.deepEqual(await view.called('inspectRow'), [5]);
    await view.close();
  });

  it('has rows of two lines where it is narrow', async () => {
    const view = await open(reviewSet(), { width: 300 });
    const text = await line(view, 1).locator('.cell-text').boundingBox();
    const label = await line(view, 1).locator('.cell-label').boundingBox();
    assert.ok(text && label && label.y >= text.y + text.height - 1 && text.width > 220);
    const width = await view.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 300, `${width}`);
    await view.close();
  });
});

describe('a data set that is being run', { skip }, () => {
  it('says how far it is, is paused and continued, and takes up numbers as they arrive', async () => {
    const known = reviewSet();
    const columns = {
      ...known.columns,
      done: 3,
      predicted: known.columns.predicted.map((value, row) => (row < 3 ? value : -1)),
      confidence: known.columns.confidence.map((value, row) => (row < 3 ? value : NaN)),
      tokens: known.columns.tokens.map((value, row) => (row < 3 ? value : 0)),
    };
    const dataSet = { ...known, state: stateOf(8, { activity: 'running', done: 3 }), columns };
    const view = await open(dataSet);
    await view.page.getByText('3 of 8 done').waitFor();
    assert.equal(await line(view, 3).locator('.cell-confidence').textContent(), '–');
    await view.page.getByRole('button', { name: 'Pause' }).click();
    await view.called('pauseDataSet');
    await view.showDataSet(stateOf(8, { activity: 'paused', done: 3 }));
    await view.page.getByRole('button', { name: 'Continue' }).click();
    await view.called('runDataSet');
    Object.assign(columns, known.columns);
    await view.showDataSet(stateOf(8));
    await line(view, 3).getByText('62\u202f%').waitFor();
    assert.equal(
      await view.page.getByRole('progressbar', { name: 'Texts that were run' }).isVisible(),
      false,
    );
    await view.called('projectRows');
    await view.close();
  });

  it('shows no row of the data set before under the name of another one', async () => {
    const known = reviewSet();
    const dataSet = { ...known };
    const view = await open(dataSet);
    await line(view, 1).getByText('A warm and honest film.').waitFor();
    // The columns of the other one are still to come.
    Object.assign(dataSet, { columns: undefined });
    await view.showDataSet(stateOf(8, { id: '2', name: 'other.csv' }));
    await view.page.getByText('other.csv').waitFor();
    await view.settled();
    assert.equal(await line(view, 1).isVisible(), false);
    Object.assign(dataSet, { columns: known.columns });
    await view.showDataSet(stateOf(8, { id: '2', name: 'other.csv', notes: ['One row was left out.'] }));
    await line(view, 1).waitFor();
    await view.close();
  });

  it('offers to read a file again that could not be read', async () => {
    const failure = 'Line 151 of “late.jsonl” is not valid JSON.';
    const view = await open({ ...reviewSet(), state: stateOf(0, { failure, activity: 'paused' }) });
    assert.equal(await view.page.getByRole('alert').textContent(), failure);
    assert.equal(await view.page.locator('.run-said').textContent(), '');
    assert.equal(await view.page.getByRole('button', { name: 'Continue' }).isVisible(), false);
    await view.page.getByRole('button', { name: 'Try Again' }).click();
    await view.called('runDataSet');
    await view.close();
  });

  it('says what went wrong, keeps what is there, and offers another model where one was chosen', async () => {
    const view = await open(
      reviewSet({ failure: 'The disk is full.', activity: 'paused', otherModel: 'my-model' }),
    );
    assert.equal(await view.page.getByRole('alert').textContent(), 'The disk is full.');
    await view.page.getByRole('button', { name: 'Run with my-model' }).click();
    await view.called('useChosenModel');
    await view.close();
  });

  it('saves the rows that are shown, in their order', async () => {
    const view = await open(reviewSet());
    await choose(view, 'Show what the model got right or wrong', 'Only wrong');
    await header(view, 'Confidence').getByRole('button').click();
    await view.page.getByRole('button', { name: 'Save…' }).click();
    await view.page.getByRole('menuitem', { name: 'Rows as CSV' }).click();
    const [file] = (await view.called('save')) as [SavedFile];
    assert.equal(file.name, 'reviews-headlight');
    assert.equal(
      file.content,
      'row,text,label,prediction,confidence,correct,tokens\r\n' +
        '3,Not bad at all.,positive,negative,0.62,no,6\r\n' +
        '2,I have seen worse.,neutral,negative,0.55,no,6\r\n',
    );
    await view.save('png');
    const [picture] = (await view.called('save', (one) => (one as SavedFile).extension === 'png')) as [
      SavedFile,
    ];
    assert.ok(picture.content.length > 1000);
    await view.close();
  });
});

describe('relations over a data set', { skip }, () => {
  const scores = {
    texts: 8,
    parsed: 8,
    words: 60,
    notes: [],
    blocks: [
      {
        name: 'self' as const,
        layers: 4,
        heads: 8,
        measures: {},
        relations: [
          {
            relation: 'nsubj',
            count: 120,
            direction: 'dependent → head' as const,
            baseline: { offset: 1, accuracy: 0.44 },
            heads: [
              { layer: 2, head: 5, accuracy: 0.81 },
              { layer: 1, head: 0, accuracy: 0.41 },
            ],
          },
        ],
      },
    ],
  };

  it('are offered, and scored when asked for', async () => {
    const view = await open(reviewSet());
    await view.page.getByRole('tab', { name: 'Relations' }).click();
    await view.page.getByRole('button', { name: 'Score Heads over This Data Set' }).click();
    await view.called('scoreHeads');
    await view.close();
  });

  it('name their best heads, and a click selects head and relation everywhere', async () => {
    const known = { ...reviewSet({ scores: { activity: 'finished', done: 8 } }), scores };
    const view = await open(known);
    await view.page.getByRole('tab', { name: 'Relations' }).click();
    const cells = await view.page
      .locator('.relations-table tbody tr')
      .first()
      .locator('th, td')
      .allTextContents();
    assert.deepEqual(cells, [
      'nsubj',
      '120',
      'dependent → head',
      '44\u202f% (+1)',
      '2.5 81\u202f%1.0 41\u202f%',
    ]);
    await view.page.getByRole('button', { name: '2.5' }).click();
    assert.deepEqual(await view.called('select'), [
      { head: { block: 'self', layer: 2, head: 5 }, relation: 'nsubj' },
    ]);
    await view.settled();
    assert.equal(await view.page.getByRole('button', { name: '2.5' }).getAttribute('aria-pressed'), 'true');
    await view.close();
  });
});

describe('how instances look', { skip }, () => {
  it('says how to begin where no data set is open', async () => {
    const view = await open(undefined);
    await view.page.getByRole('button', { name: 'Open Data Set…' }).click();
    assert.deepEqual(await view.called('run'), ['openDataSet']);
    assert.deepEqual(await seriousViolations(view.page), []);
    await view.close();
  });

  for (const theme of themeNames) {
    it(`shows where the keyboard is (${theme})`, async () => {
      const view = await open(reviewSet(), { theme });
      assert.deepEqual(await focusProblems(view.page), []);
      await view.close();
    });

    it(`has no serious accessibility violation and no complaint of the browser (${theme})`, async () => {
      const view = await open(reviewSet(), { theme });
      await line(view, 2).click();
      await line(view, 0).getByText('Dull').waitFor();
      await view.page.mouse.move(...(await spotOf(view, [10, 2])));
      await view.settled();
      if (process.env.HEADLIGHT_PICTURES)
        await view.page.screenshot({ path: `${process.env.HEADLIGHT_PICTURES}/instances-${theme}.png` });
      assert.deepEqual(view.complaints, []);
      assert.deepEqual(await seriousViolations(view.page), []);
      await view.close();
    });
  }
});
