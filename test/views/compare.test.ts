import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { before, describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import type { Inspection } from '../../src/protocol/inspection';
import { probability, signedDigits, twoDigits } from '../../src/protocol/numbers';
import type { PinList } from '../../src/protocol/pins';
import type { SavedFile } from '../../src/protocol/view';
import { pointsChange } from '../../webview/marks/change';
import { align, counterparts } from '../../webview/views/compare/alignment';
import {
  changedHeads,
  commonBlocks,
  edgeChanges,
  outcomeChanges,
  wordColumns,
} from '../../webview/views/compare/changes';
import { comparisonTable } from '../../webview/views/compare/comparisonTable';
import { predictionSentence, textSentence } from '../../webview/views/compare/describe';
import { chosenSides, shownKey, sideChoices } from '../../webview/views/compare/sides';
import { focusProblems, seriousViolations } from './accessibility';
import {
  onBench,
  type OpenView,
  type RecordedInspection,
  skip,
  type ViewBench,
  type ViewOptions,
} from './harness';
import { inspected, openedFile } from './inspected';
import { themeNames } from './themes';

const model = 'headlight-encoder-sentiment';
const before_ = 'The film is slow, but its quiet performances stay with you.';
const after_ = 'The film is not slow, and its quiet performances stay with you.';

let bench: ViewBench;
onBench((started) => (bench = started));
let a: RecordedInspection;
let b: RecordedInspection;
let file: RecordedInspection<Inspection>;

before(async () => {
  a = await inspected({ model, text: before_ });
  b = await inspected({ model, text: after_ });
  file = await openedFile(resolve(__dirname, '../fixtures/dodrio/sst2-0528.safetensors'));
});

const pins = (...pinned: readonly { readonly id: string; readonly inspection?: string }[]): PinList => ({
  pins: pinned.map((pin) => ({ name: `Pin ${pin.id}`, detail: model, ...pin })),
});

async function open(options: ViewOptions = {}): Promise<OpenView> {
  const view = await bench.open({
    view: 'compare',
    recorded: b,
    pins: pins({ id: 'p', inspection: a.inspection.id }),
    pinned: { p: a },
    selection: { head: { block: 'self', layer: 1, head: 1 } },
    ...options,
  });
  await view.page.waitForSelector('.compare-said li');
  await view.settled();
  return view;
}

async function choose(view: OpenView, control: string, choice: string): Promise<void> {
  const dropdown = view.page.locator(`vscode-dropdown[aria-label="${control}"]`);
  await dropdown.click();
  await dropdown.getByRole('option', { name: choice, exact: true }).click();
  await view.settled();
}

describe('two texts in one row', () => {
  it('what is the same stands in one column; the rest is inserted, removed or replaced', () => {
    assert.deepEqual(align(['a', 'b', 'c', 'd'], ['a', 'x', 'c', 'e', 'd']), [
      { a: 0, b: 0, kind: 'same' },
      { a: 1, b: 1, kind: 'changed' },
      { a: 2, b: 2, kind: 'same' },
      { a: -1, b: 3, kind: 'inserted' },
      { a: 3, b: 4, kind: 'same' },
    ]);
    assert.deepEqual(
      align(['a', 'b', 'c'], ['c']).map(({ kind }) => kind),
      ['removed', 'removed', 'same'],
    );
    assert.deepEqual(align([], ['a']), [{ a: -1, b: 0, kind: 'inserted' }]);
  });

  it('finds where each word is on the other side', () => {
    const columns = align(['a', 'b', 'c'], ['x', 'a', 'c']);
    assert.deepEqual([...counterparts(columns, 'a', 3)], [1, -1, 2]);
    assert.deepEqual([...counterparts(columns, 'b', 3)], [-1, 0, 2]);
  });

  it('is quick for long texts that have nothing in common', () => {
    const long = (name: string) => Array.from({ length: 4000 }, (_, i) => `${name}${i}`);
    const began = performance.now();
    assert.equal(align(long('a'), long('b')).length, 4000);
    assert.ok(performance.now() - began < 5000);
  });

  it('a row of a text against itself has no changes of attention', () => {
    const columns = wordColumns({ a: a.inspection, b: a.inspection });
    const tensor = a.attention({ block: 'self', layer: 0, head: 0 }, 'word');
    assert.deepEqual(edgeChanges(columns, tensor, tensor, 1e-9), []);
  });
});

describe('which inspections are compared', () => {
  const choices = sideChoices(pins({ id: 'p' }, { id: 'q' }), undefined);
  it('the newest pin with what is shown, else the two newest pins', () => {
    assert.deepEqual(chosenSides({ a: '', b: '' }, choices), { a: 'p', b: 'q' });
    const shown = { id: 'now', model: { name: 'm' } } as Inspection;
    const withShown = sideChoices(pins({ id: 'p' }), shown);
    assert.deepEqual(chosenSides({ a: '', b: '' }, withShown), { a: 'p', b: shownKey });
  });
  it('what was chosen, as long as it exists', () => {
    assert.deepEqual(chosenSides({ a: 'q', b: 'p' }, choices), { a: 'q', b: 'p' });
    assert.deepEqual(chosenSides({ a: 'gone', b: 'p' }, choices), { a: 'q', b: 'p' });
    assert.equal(chosenSides({ a: '', b: '' }, choices.slice(0, 1)), undefined);
  });
  it('an inspection is not compared with its own pin', () => {
    assert.equal(sideChoices(pins({ id: 'p', inspection: 'now' }), { id: 'now' } as Inspection).length, 1);
  });
});

describe('the comparison', { skip }, () => {
  it('says what has changed, and shows both predictions', async () => {
    const view = await open();
    const pair = { a: a.inspection, b: b.inspection };
    const said = await view.page.$$eval('.compare-said li', (items) => items.map((item) => item.textContent));
    assert.equal(said[0], predictionSentence(pair));
    assert.match(said[1] ?? '', /^From A to B: “not” inserted; “but” replaced by “and”\.$/);
    assert.equal(said[1], textSentence(pair, wordColumns(pair)));
    const rows = await view.page.$$eval('.outcome', (all) =>
      all.map((row) => [
        row.querySelector('.outcome-label')?.textContent,
        ...Array.from(row.querySelectorAll('.outcome-value'), (value) => value.textContent),
        row.querySelector('.outcome-change')?.textContent,
      ]),
    );
    const probabilityOf = (inspection: Inspection, label: string): number =>
      inspection.prediction?.candidates.find((one) => one.label === label)?.probability ?? NaN;
    assert.equal(rows.length, a.inspection.prediction.candidates.length);
    for (const [label, ofA, ofB, change] of rows) {
      const [first, second] = [a, b].map(({ inspection }) => probabilityOf(inspection, label ?? ''));
      assert.deepEqual([ofA, ofB], [probability(first), probability(second)]);
      assert.equal(change, `${pointsChange(first, second)} points`);
    }
    assert.deepEqual(view.complaints, []);
    await view.close();
  });

  it('puts the saliency of both texts in one row, with the change of each word', async () => {
    const view = await open();
    await choose(view, 'Words or pieces', 'Words');
    const columns = await view.page.$$eval('.aligned-column', (all) =>
      all.map((column) => ({
        kind: column.className.replace('aligned-column', '').trim(),
        words: Array.from(column.querySelectorAll('.aligned-word'), (word) => word.textContent),
        change: column.querySelector('.aligned-change')?.textContent,
      })),
    );
    const inserted = columns.find(({ kind }) => kind === 'inserted');
    assert.deepEqual(inserted, { kind: 'inserted', words: ['–', 'not'], change: '' });
    assert.deepEqual(columns.find(({ kind }) => kind === 'changed')?.words, ['but', 'and']);
    // “slow”: the sum over its pieces in both, and their difference.
    const sumOf = ({ inspection }: RecordedInspection): number => {
      const word = inspection.words.text.indexOf('slow');
      const scores = inspection.saliency['gradient-l1'] ?? [];
      return inspection.tokens.words.reduce((sum, one, token) => sum + (one === word ? scores[token] : 0), 0);
    };
    const slow = columns.find(({ words }) => words[0] === 'slow');
    assert.equal(slow?.change, signedDigits(Math.fround(sumOf(b)) - Math.fround(sumOf(a))));
    await view.close();
  });

  it('shows how a measure of all heads has changed', async () => {
    const view = await open();
    const [block] = commonBlocks({ a: a.inspection, b: b.inspection });
    const [most] = changedHeads(block, 'confidence');
    const at = most.head.layer * block.a.heads + most.head.head;
    const [first, second] = [a, b].map(({ inspection }) => inspection.blocks[0].measures.confidence ?? []);
    assert.equal(most.b - most.a, second[at] - first[at]);
    for (const [i, value] of first.entries())
      assert.ok(Math.abs(second[i] - value) <= Math.abs(most.b - most.a));
    const name = `${most.head.layer}.${most.head.head}`;
    const cell = view.page.locator(`.compare-overview .head-cell[aria-label^="Head ${name}:"]`);
    assert.equal(
      await cell.getAttribute('aria-label'),
      `Head ${name}: confidence ${twoDigits(most.a)} in A, ${twoDigits(most.b)} in B, ${signedDigits(most.b - most.a)}`,
    );
    assert.equal(await view.page.textContent('.compare-most .rank-name'), name);
    assert.equal(await view.page.textContent('.compare-most .rank-value'), signedDigits(most.b - most.a));
    await cell.click();
    const [selection] = await view.called('select');
    assert.deepEqual((selection as { head: unknown }).head, most.head);
    assert.equal(await view.page.locator('.compare-overview .head-eye').count(), 0);
    await view.close();
  });

  it('shows one head in both texts; pointing at a word points at the same word in the other', async () => {
    const view = await open();
    await view.page.waitForSelector('.compare-side:nth-child(2) .word');
    const words = async (side: number) =>
      view.page.$$eval(`.compare-side:nth-child(${side}) .word .text`, (all) =>
        all.map((one) => one.textContent),
      );
    assert.deepEqual(await words(1), a.inspection.words.text);
    assert.deepEqual(await words(2), b.inspection.words.text);
    const quiet = a.inspection.words.text.indexOf('quiet');
    await view.page.locator(`.compare-side:nth-child(1) .word[data-slot="${quiet}"]`).hover();
    await view.settled();
    // One word further right, since “not” was inserted before it.
    await view.page.waitForSelector(`.compare-side:nth-child(2) .word.lit[data-slot="${quiet + 1}"]`);
    await view.close();
  });

  it('draws the difference of a head’s attention on the words that both texts have', async () => {
    const view = await open();
    await choose(view, 'How the head is shown', 'Difference B − A');
    await view.page.waitForSelector('.difference-arcs');
    const head = { block: 'self', layer: 1, head: 1 } as const;
    const columns = wordColumns({ a: a.inspection, b: b.inspection });
    const changes = edgeChanges(columns, a.attention(head, 'word'), b.attention(head, 'word'), 0.1);
    assert.ok(changes.length > 0);
    const edges = await view.page.$$eval('.difference-arc', (all) =>
      all.map((one) => one.getAttribute('data-edge')),
    );
    const expected = changes
      .filter(({ query, key }) => query !== key)
      .map(({ query, key }) => `${query} ${key}`);
    assert.deepEqual(edges.toSorted(), expected.toSorted());
    const [largest] = changes;
    const said = await view.page.textContent('.difference-said');
    assert.ok(said?.includes(`(${signedDigits(largest.b - largest.a)})`), said ?? '');
    await view.close();
  });

  it('swaps A and B', async () => {
    const view = await open();
    await view.page.locator('vscode-button[aria-label="Swap A and B"]').click();
    await view.settled();
    const said = await view.page.textContent('.compare-said li');
    assert.equal(said, predictionSentence({ a: b.inspection, b: a.inspection }));
    await view.close();
  });

  it('is saved as a table of its own: outcomes, aligned tokens and heads with A, B and their difference', async () => {
    const view = await open();
    await view.page.locator('.save-button').click();
    await view.page.getByRole('menuitem', { name: 'Comparison as CSV' }).click();
    const [file] = (await view.called('save')) as [SavedFile];
    assert.deepEqual([file.name, file.extension], ['headlight-comparison', 'csv']);
    const [header, ...rows] = parse(String(file.content));
    assert.deepEqual(header.slice(-3), ['A', 'B', 'B - A']);
    const cell = (row: readonly string[], name: string): string => row[header.indexOf(name)];
    const numbers = (row: readonly string[]) => ['A', 'B', 'B - A'].map((name) => Number(cell(row, name)));
    const of = (part: string, measure: string) =>
      rows.filter((row) => cell(row, 'part') === part && cell(row, 'measure') === measure);

    const outcomes = of('prediction', 'probability');
    assert.equal(outcomes.length, a.inspection.prediction.candidates.length);
    for (const row of outcomes) {
      const [first, second] = [a, b].map(
        ({ inspection }) =>
          inspection.prediction.candidates.find(({ label }) => label === cell(row, 'text A'))?.probability ??
          NaN,
      );
      numbers(row).forEach((value, i) =>
        assert.ok(Math.abs(value - [first, second, second - first][i]) < 1e-6, row.join()),
      );
    }

    const saliency = of('saliency', 'gradient-l1');
    const [inserted] = saliency.filter((row) => cell(row, 'text B') === 'not');
    assert.deepEqual(
      ['token A', 'text A', 'A', 'B - A'].map((name) => cell(inserted, name)),
      ['', '', '', ''],
    );
    const scores = [a, b].map(({ inspection }) => inspection.saliency['gradient-l1'] ?? []);
    const aligned = saliency.filter((row) => cell(row, 'A') !== '' && cell(row, 'B') !== '');
    assert.ok(aligned.length > 10);
    for (const row of aligned) {
      const [first, second, difference] = numbers(row);
      const size = Math.max(1, Math.abs(first), Math.abs(second));
      assert.equal(Math.fround(first), scores[0][Number(cell(row, 'token A'))]);
      assert.equal(Math.fround(second), scores[1][Number(cell(row, 'token B'))]);
      assert.ok(Math.abs(difference - (second - first)) < 1e-6 * size, row.join());
    }
    // “quiet” stands one token later in B, and is the same word in both.
    const [quiet] = aligned.filter((row) => cell(row, 'text A') === 'quiet');
    assert.equal(cell(quiet, 'text B'), 'quiet');
    assert.equal(Number(cell(quiet, 'token B')), Number(cell(quiet, 'token A')) + 1);

    const heads = of('head', 'confidence');
    const [block] = a.inspection.blocks;
    assert.equal(heads.length, block.layers * block.heads);
    for (const row of heads) {
      const at = Number(cell(row, 'layer')) * block.heads + Number(cell(row, 'head'));
      const [first, second] = [a, b].map(({ inspection }) => inspection.blocks[0].measures.confidence?.[at]);
      const [inA, inB, difference] = numbers(row);
      assert.deepEqual([Math.fround(inA), Math.fround(inB)], [first, second]);
      assert.ok(Math.abs(difference - (inB - inA)) < 1e-6);
    }
    await view.close();
  });

  it('of models with different heads is saved without differences that would mean nothing', () => {
    const [header, ...rows] = comparisonTable({ a: file.inspection, b: b.inspection }, 'word', 'shares');
    const heads = rows.filter((row) => row[0] === 'head' && row[1] === 'confidence');
    const [big, small] = [file, b].map(({ inspection }) => inspection.blocks[0]);
    assert.equal(heads.length, big.layers * big.heads + small.layers * small.heads);
    for (const row of heads) {
      const [inA, inB, difference] = row.slice(-3).map(Number);
      assert.ok(Number.isNaN(difference) && Number.isNaN(inA) !== Number.isNaN(inB), row.join());
    }
    assert.equal(header.length, heads[0].length);
  });

  it('shows two grids where the models have different heads', async () => {
    const view = await open({ recorded: file });
    assert.equal(await view.page.locator('.compare-overview .head-grid').count(), 2);
    assert.match(
      (await view.page.textContent('.compare-section .hint')) ?? '',
      /The models differ in their heads/,
    );
    await view.close();
  });

  it('compares attention from a file, of which no prediction is known', async () => {
    const { prediction: _prediction, target: _target, ...inspection } = file.inspection;
    const view = await open({ recorded: { ...file, inspection } });
    assert.match((await view.page.textContent('.compare-said li')) ?? '', /not known of both/);
    assert.equal(outcomeChanges({ a: a.inspection, b: inspection }), undefined);
    assert.equal(await view.page.locator('.outcomes').isVisible(), false);
    await view.close();
  });

  it('teaches how to get to two inspections', async () => {
    const view = await bench.open({ view: 'compare', recorded: a, pins: pins() });
    await view.page.waitForSelector('.compare-steps .empty-steps');
    await view.page.getByText('Pin What Is Shown', { exact: true }).click();
    assert.deepEqual(await view.called('run'), ['pinInspection']);
    await view.close();
  });

  it('says so where a pin cannot be computed again', async () => {
    const view = await bench.open({ view: 'compare', recorded: b, pins: pins({ id: 'lost' }) });
    const failure = view.page.locator('.compare-failure');
    await failure.filter({ hasText: 'Nothing is pinned as lost.' }).waitFor();
    await view.close();
  });

  for (const theme of themeNames) {
    it(`shows where the keyboard is (${theme})`, async () => {
      const view = await open({ theme });
      assert.deepEqual(await focusProblems(view.page), []);
      await view.close();
    });

    it(`is accessible in ${theme}, and fits 320 pixels`, async () => {
      const view = await open({ theme, width: 320 });
      assert.deepEqual(await seriousViolations(view.page), []);
      assert.ok((await view.page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
      await view.close();
    });
  }
});

describe('the pin in the inspector', { skip }, () => {
  it('pins what is shown, and shows that it is pinned', async () => {
    const view = await bench.open({ recorded: a, pins: pins() });
    await view.page.getByRole('button', { name: 'Pin', exact: true }).click();
    assert.deepEqual(await view.called('run'), ['pinInspection']);
    await view.close();
    const pinned = await bench.open({
      recorded: a,
      pins: pins({ id: 'p', inspection: a.inspection.id }, { id: 'q' }),
    });
    await pinned.page.getByRole('button', { name: 'Pinned', exact: true }).click();
    assert.deepEqual(await pinned.called('run'), ['unpinInspection']);
    await pinned.page.getByRole('button', { name: 'Compare', exact: true }).click();
    assert.deepEqual(await pinned.lastCall('run'), ['comparePin']);
    await pinned.close();
  });
});
