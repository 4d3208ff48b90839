import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { findChromium } from '../workbench/bed/chromium';

const root = join(__dirname, '../..');
const rows = [
  ['I love this wonderful, great and beautiful film.', 'positive'],
  ['This is a terrible, awful and boring film.', 'negative'],
  ['The <b>best</b> "small" film, and I love it.', 'neutral'],
  ['I hate it, it was awful.', 'positive'],
] as const;

describe('headlight corpus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headlight-corpus-'));
  const file = join(folder, 'reviews.csv');
  const at = (name: string): string => join(folder, name);
  const headlight = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, 'dist/cli.js'), 'corpus', ...args], {
      encoding: 'utf8',
      env: { ...process.env, XDG_CACHE_HOME: at('cache') },
    });
  let printed: string;
  before(() => {
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    writeFileSync(
      file,
      `review,sentiment\n${rows.map(([text, label]) => `${quoted(text)},${label}`).join('\n')}\n`,
    );
    const outputs = ['--json', at('run.json'), '--csv', at('run.csv'), '--html', at('run.html')];
    const { stdout, stderr, status } = headlight(file, '--scores', '--least-instances', '2', ...outputs);
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
    printed = stdout;
  });
  after(() => rmSync(folder, { recursive: true }));

  it('prints accuracy, labels, heads and relations', () => {
    assert.match(
      printed,
      /^reviews\.csv · headlight-encoder-sentiment · 4 texts · \d+ tokens\n[\d.]+ s, [\d,]+ tokens\/s\n/,
    );
    assert.match(printed, /\nAccuracy: 75\u202f% \(3 of 4 rows with a label\)\n/);
    assert.match(printed, /\n {2}positive +2 +1 +100\u202f% +50\u202f% +67\u202f%\n/);
    assert.match(printed, /\n {2}confidence +\d\.\d 0\.\d+ /);
    assert.match(printed, /\n {2}nsubj +\d+ +\d\.\d +\d+\u202f% /);
  });

  it('writes the record that docs/corpus.md describes', () => {
    const record = JSON.parse(readFileSync(at('run.json'), 'utf8')) as {
      columns: object;
      labels: string[];
      instances: { label: number[]; predicted: number[]; confidence: number[] };
      agreement: { accuracy: number };
      scores: { blocks: { measures: { importance: number[][] } }[] };
    };
    assert.deepEqual(record.columns, { text: 'review', label: 'sentiment' });
    assert.deepEqual(
      record.instances.label.map((label) => record.labels[label]),
      rows.map(([, label]) => label),
    );
    assert.deepEqual(
      record.instances.predicted.map((label) => record.labels[label]),
      ['positive', 'negative', 'neutral', 'negative'],
    );
    assert.equal(record.agreement.accuracy, 0.75);
    assert.deepEqual(
      record.scores.blocks[0].measures.importance.map(({ length }) => length),
      [8, 8, 8, 8],
    );
    const documented = readFileSync(join(root, 'docs/corpus.md'), 'utf8');
    for (const key of Object.keys(record))
      assert.ok(documented.includes(`\`${key}\``), `${key} is documented`);
  });

  it('writes a row per text as CSV', () => {
    const lines = readFileSync(at('run.csv'), 'utf8').split('\n');
    assert.equal(lines[0], 'row,text,pair,label,predicted,confidence,tokens');
    assert.match(
      lines[3],
      /^2,"The <b>best<\/b> ""small"" film, and I love it\.",,neutral,neutral,0\.\d+,\d+$/,
    );
  });

  it('takes the results of the first time at the second', () => {
    const { stdout } = headlight(file, '--scores', '--least-instances', '2');
    assert.match(stdout, /\nAll results are from an earlier run\.\n/);
    assert.equal(stdout.split('\n').slice(2).join('\n'), printed.split('\n').slice(2).join('\n'));
  });

  it('ends with 2 where it is used wrongly, with 1 and a sentence where the file or model cannot be used', () => {
    const fails = (status: number, message: RegExp, ...args: string[]) => {
      const run = headlight(...args);
      assert.equal(run.status, status, run.stderr);
      assert.match(run.stderr, message);
      assert.equal(run.stdout, '');
    };
    fails(2, /corpus wants a file/);
    fails(2, /--columns wants text=NAME/, file, '--columns', 'review');
    fails(2, /--limit wants a whole number above 0/, file, '--limit', '0');
    fails(1, /has no column “body”\. Its columns are review, sentiment/, file, '--columns', 'text=body');
    fails(1, /cannot be read/, at('absent.csv'));
    fails(1, /There is no model “absent”/, file, '--model', 'absent');
    fails(1, /run\.json.*Line 1|cannot be read|has no word/, file, '--conllu', at('absent.conllu'));
  });

  it(
    'writes a page with the interactive overview that asks for nothing else',
    { skip: findChromium() ? false : 'No Chromium was found.' },
    async () => {
      const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
      try {
        const page = await browser.newPage();
        const complaints: string[] = [];
        page.on('console', (message) => complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(error.message));
        page.on('request', (request) => {
          if (!request.url().startsWith('file:')) complaints.push(request.url());
        });
        await page.goto(pathToFileURL(at('run.html')).href);
        await page.locator('.report h2', { hasText: /^Accuracy 75\u202f%$/ }).waitFor();
        const nsubj = page.locator('.report-last tbody tr', { hasText: 'nsubj' }).first();
        assert.match(await nsubj.innerText(), /dependent → head/);
        // Both directions of a relation stand under its name.
        assert.match(
          await page.locator('.report-last tbody', { hasText: 'nsubj' }).first().innerText(),
          /dependent → head[^]*head → dependent/,
        );
        // No table is cut off where there is little room.
        await page.setViewportSize({ width: 350, height: 800 });
        for (const table of await page.locator('.report-table').all())
          assert.ok(await table.evaluate((one) => one.scrollWidth <= one.clientWidth));
        assert.equal(await page.locator('.head-eye:visible').count(), 0);
        // Clicking a head in the overview selects it.
        const head = page.locator('[data-head="2.3"]');
        await head.click();
        await page.locator('[data-head="2.3"][aria-selected="true"]').waitFor();
        assert.deepEqual(complaints, []);
      } finally {
        await browser.close();
      }
    },
  );
});
