import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { repository } from './bed/lanes';
import { chooseFromExplorer } from './driver/editor';
import { eventually } from './driver/eventually';
import { scenario } from './driver/scenario';
import { viewFrame } from './driver/webview';
import { notification, pick, runCommand, type Workbench } from './driver/workbench';

const parquet = readFileSync(join(repository, 'test/fixtures/dataSets/reviews.parquet'));

const films = [
  ['Winter', 'A warm, honest and beautifully acted drama.', 'good'],
  ['Harbour', 'The plot is a mess and the jokes are worse.', 'bad'],
  ['Two Rivers', 'I left the cinema smiling and called my mother.', 'good'],
  ['The Lift', 'Nobody laughed, and everybody left before the end.', 'bad'],
  ['Ash', 'A quiet story that stays with you for days.', 'good'],
  ['Line Four', 'Dull, loud and far too long for what it says.', 'bad'],
  ['Orchard', 'Every frame is a small masterpiece.', 'good'],
  ['Zero', 'The worst evening that I had in years.', 'bad'],
] as const;

const workspace = {
  'films.tsv': [
    'year\ttitle\treview\tverdict',
    ...films.map((cells, i) => `${1990 + i}\t${cells.join('\t')}`),
  ].join('\n'),
  'labels.jsonl': [
    { text: 'A warm and honest film.', label: 'positive' },
    { text: 'Oh great, another sequel.', label: 'sarcastic' },
    { text: 'The worst film of the year.', label: 'negative' },
  ]
    .map((row) => JSON.stringify(row))
    .join('\n'),
  'reviews.parquet': parquet,
  'cut.parquet': parquet.subarray(0, parquet.length - 20),
  'cut.jsonl': '{"text":"A warm and honest film."}\n{"text":"Nobody',
  // What a look at the beginning does not find.
  'late.jsonl': `${'{"text":"A warm and honest film.","id":1}\n'.repeat(150)}{"text":`,
  'open.csv': `text,label\nA warm film.,positive\n"Nobody laughed.,negative\n${'More,positive\n'.repeat(20)}`,
};

/** Texts of the cells of every row in view, from top to bottom. */
async function table(workbench: Workbench, frame: Frame, rows: number): Promise<string[][]> {
  return eventually(
    workbench.page,
    () =>
      frame
        .locator('.row-line.row')
        .evaluateAll((all) =>
          all
            .sort((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
            .map((line) =>
              [...line.querySelectorAll('[role="gridcell"]')].map((cell) => cell.textContent ?? ''),
            ),
        ),
    (lines) => lines.length === rows && lines.every(([, text]) => text !== '…' && text !== ''),
  );
}

const openFromExplorer = (workbench: Workbench, file: string) =>
  chooseFromExplorer(workbench, file, 'Headlight: Open Data Set…');

scenario('files of every kind as data sets', { workspace }, (step) => {
  step('of a tab-separated file, the columns are chosen', async (workbench) => {
    await openFromExplorer(workbench, 'films.tsv');
    const row = (text: string | RegExp) =>
      workbench.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text });
    // What the names and values suggest comes first; everything can be changed before it is opened.
    await row('text “review”, label “verdict”').waitFor();
    await pick(workbench, /Text: review/);
    await row(/year/).waitFor();
    await pick(workbench, /title.*Winter · Harbour/);
    await row('text “title”, label “verdict”').waitFor();
    await pick(workbench, /True label: verdict/);
    await pick(workbench, /\bNone\b/);
    await row(/^.*Open “films\.tsv”.*text “title”$/).waitFor();
    await pick(workbench, /Text: title/);
    await pick(workbench, /review.*A warm, honest/);
    await pick(workbench, /True label: none/);
    await pick(workbench, /verdict.*good · bad/);
    await row('text “review”, label “verdict”').waitFor();
    await pick(workbench, 'Open “films.tsv”');
    const frame = await viewFrame(workbench, 'instances');
    await frame.getByText('8 texts', { exact: true }).waitFor();
    const lines = await table(workbench, frame, films.length);
    lines.forEach(([number, text, label, , confidence], i) => {
      assert.deepEqual([number, text, label], [String(i + 1), films[i][1], films[i][2]]);
      assert.match(confidence, /^(> )?[\d.]+\u202f%$/);
    });
  });

  step('labels that the model does not know are told, and never count as right', async (workbench) => {
    await openFromExplorer(workbench, 'labels.jsonl');
    await pick(workbench, 'Open “labels.jsonl”');
    const frame = await viewFrame(workbench, 'instances');
    await frame.getByText(/^The model does not know the label “sarcastic”; its own are “negative”/).waitFor();
    await frame.getByText('3 texts', { exact: true }).waitFor();
    const lines = await table(workbench, frame, 3);
    assert.equal(lines[1][2], 'sarcastic');
    await frame.locator('.row-line[data-row="1"] [aria-label="wrong"]').waitFor();
    assert.match(await frame.locator('.instances-summary').innerText(), /of 3\)/);
    await workbench.screenshot('instances-unknown-label');
  });

  step('a Parquet file is a data set, without its rows that have no text', async (workbench) => {
    await openFromExplorer(workbench, 'reviews.parquet');
    await pick(workbench, 'Open “reviews.parquet”');
    const frame = await viewFrame(workbench, 'instances');
    await frame.getByText('3 texts', { exact: true }).waitFor();
    await frame.getByText('1 row without a text was left out.').waitFor();
    await frame.getByText('Zoë loved it').waitFor();
    const lines = await table(workbench, frame, 3);
    assert.deepEqual(
      lines.map(([, text, label]) => [text, label]),
      [
        ['The film is slow, but worth it.', 'positive'],
        ['Nobody laughed.', 'negative'],
        ['Zoë loved it 😀.', 'positive'],
      ],
    );
  });

  const broken: Readonly<Record<string, RegExp>> = {
    'cut.parquet': /“.*cut\.parquet” is not a whole Parquet file\. Download or write it again\./,
    'cut.jsonl': /Line 2 of “cut\.jsonl” is not valid JSON: “\{"text":"Nobody”\. Correct it/,
    'open.csv':
      /“open\.csv”.*a quote is opened and never closed\. Correct the file, or save it again as CSV\./,
  };
  for (const [file, sentence] of Object.entries(broken)) {
    step(`${file} is refused with what is wrong and what to do; what was open stays`, async (workbench) => {
      await runCommand(workbench, 'Notifications: Clear All Notifications');
      await openFromExplorer(workbench, file);
      await notification(workbench, sentence).waitFor({ state: 'attached' });
      const frame = await viewFrame(workbench, 'instances');
      await frame.getByText('reviews.parquet', { exact: true }).waitFor();
      await frame.getByText('3 texts', { exact: true }).waitFor();
    });
  }

  step('what breaks far into a file is told in the view too', async (workbench) => {
    await runCommand(workbench, 'Notifications: Clear All Notifications');
    await openFromExplorer(workbench, 'late.jsonl');
    await pick(workbench, 'Open “late.jsonl”');
    const sentence = /Line 151 of “late\.jsonl” is not valid JSON/;
    await notification(workbench, sentence).waitFor({ state: 'attached' });
    const frame = await viewFrame(workbench, 'instances');
    await frame.getByRole('alert').filter({ hasText: sentence }).waitFor();
    await workbench.screenshot('instances-broken');
  });

  step('nothing was refused or thrown in the window', (workbench) => {
    assert.deepEqual(workbench.problems, []);
    return Promise.resolve();
  });
});
