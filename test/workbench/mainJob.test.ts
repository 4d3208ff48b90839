import assert from 'node:assert/strict';
import { before } from 'node:test';
import type { ModelInspection } from '../../src/protocol/inspection';
import { headLabel } from '../../webview/views/heads/describe';
import {
  chooseFromContextMenu,
  coloured,
  goTo,
  openFile,
  paintedRanges,
  paintedRangesWhere,
  selectText,
} from './driver/editor';
import { eventually } from './driver/eventually';
import { expectedPaint, paintedLevel, referenceInspection } from './driver/reference';
import { samples, scenario } from './driver/scenario';
import { paintedPixels, panel, panelFrames, parts, showsWords, texts } from './driver/webview';
import { runCommand, statusItem } from './driver/workbench';

const sentence =
  'The film is slow, but its quiet performances and its careful eye for detail make it a small masterpiece.';
const second = 'The jokes are stale, the plot makes no sense, and even the music sounds tired.';
const opacity = 0.55;

scenario('from a right click to attention, arcs and saliency', { workspace: samples }, (step) => {
  let expected: ModelInspection;
  let expectedSecond: ModelInspection;
  before(async () => {
    expected = await referenceInspection(sentence);
    expectedSecond = await referenceInspection(second);
  });

  step('a right click on a selection opens the inspector beside the editor', async (workbench) => {
    await openFile(workbench, 'reviews.txt');
    await selectText(workbench, sentence);
    await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
    await showsWords(workbench, expected.words.text);
    assert.equal(await workbench.page.locator('.editor-group-container').count(), 2);
    await workbench.screenshot('inspector');
  });

  step(
    'the head overview has every head with the numbers of the engine, and its glyphs are painted',
    async (workbench) => {
      const frame = panel(workbench);
      const [block] = expected.blocks;
      const labels = await parts
        .heads(frame)
        .evaluateAll((cells) =>
          cells.map((cell) => [cell.getAttribute('data-head'), cell.getAttribute('aria-label')] as const),
        );
      assert.equal(labels.length, block.layers * block.heads);
      for (let layer = 0; layer < block.layers; layer++) {
        for (let head = 0; head < block.heads; head++) {
          const label = labels.find(([name]) => name === `${layer}.${head}`)?.[1];
          assert.equal(label, headLabel(block, { block: 'self', layer, head }, 0, false));
        }
      }
      const { share, colours } = await paintedPixels(parts.glyphs(frame));
      assert.ok(share > 0.05 && colours > 100, `${share} of the pixels are painted, in ${colours} colours`);
    },
  );

  step(
    'dependency arcs stand over the words, and attention of a syntactic head under them',
    async (workbench) => {
      const frame = panel(workbench);
      const relations = expected.parse?.relations ?? [];
      const labels = await texts(parts.dependencyArcs(frame).locator('text'));
      assert.ok(labels.length > 0);
      const known = new Set(relations);
      // A label names the word at the far end as well, where that one is out of view.
      assert.deepEqual(
        labels.filter((label) => !label.split(/ [‹›] /).some((part) => known.has(part))),
        [],
      );
      assert.ok((await parts.attentionArcs(frame).count()) > 0);
      assert.match(await parts.arcsHeader(frame).innerText(), /^Head \d+\.\d+ .* agrees with \d+/s);
    },
  );

  step('the tokens in the editor have the colours of their saliency', async (workbench) => {
    const paint = expectedPaint(expected, 'gradient-l1');
    const painted = await paintedRangesWhere(workbench, (ranges) => coloured(ranges).length >= paint.length);
    assert.deepEqual(
      coloured(painted).map(({ text, background }) => ({ text, level: paintedLevel(background, opacity) })),
      paint,
    );
  });

  step('the status bar has the model and what it predicts', async (workbench) => {
    const { label } = expected.target;
    await statusItem(workbench, new RegExp(`headlight-encoder-sentiment: ${label} \\d`)).waitFor();
  });

  step('choosing a head draws its attention', async (workbench) => {
    const frame = panel(workbench);
    const arcs = () =>
      parts
        .attentionArcs(frame)
        .locator('path.line')
        .evaluateAll((paths) => paths.map((path) => path.getAttribute('d')));
    const chosenBefore = await parts
      .selectedHead(frame)
      .getAttribute('data-head')
      .catch(() => null);
    const arcsBefore = await arcs();
    const other = chosenBefore === '1.2' ? '2.1' : '1.2';
    await parts.head(frame, other).click();
    await eventually(
      workbench.page,
      () => parts.arcsHeader(frame).innerText(),
      (text) => text.startsWith(`Head ${other} `),
    );
    await eventually(workbench.page, arcs, (now) => now.join() !== arcsBefore.join());
    assert.equal(await parts.head(frame, other).getAttribute('aria-selected'), 'true');
  });

  step('pointing at a word in a view frames its text in the editor', async (workbench) => {
    await parts.word(panel(workbench), 'film').hover();
    const framed = await paintedRangesWhere(workbench, (ranges) =>
      ranges.some(({ border }) => border.startsWith('1px')),
    );
    assert.deepEqual(
      framed.filter(({ border }) => border.startsWith('1px')).map(({ text }) => text),
      ['film'],
    );
    await workbench.page.mouse.move(5, 5);
    await paintedRangesWhere(workbench, (ranges) => ranges.every(({ border }) => !border.startsWith('1px')));
  });

  step('the cursor in the text selects the token in the views', async (workbench) => {
    await goTo(workbench, 3, 1 + sentence.indexOf('quiet') + 2);
    const selected = panel(workbench).locator('.dependencies g.word.selected text.text');
    await eventually(
      workbench.page,
      () => texts(selected),
      (words) => words.join() === 'quiet',
    );
  });

  step('a second inspection takes the same panel', async (workbench) => {
    await selectText(workbench, second);
    await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
    await showsWords(workbench, expectedSecond.words.text);
    assert.equal(await workbench.page.locator(panelFrames).count(), 1);
    assert.equal(
      await workbench.page.locator('.tabs-container .tab').filter({ hasText: 'Headlight' }).count(),
      1,
    );
    const paint = expectedPaint(expectedSecond, 'gradient-l1');
    await paintedRangesWhere(
      workbench,
      (ranges) =>
        coloured(ranges)
          .map(({ text }) => text)
          .join('|') === paint.map(({ text }) => text).join('|'),
    );
  });

  step('after a reload the panel and the colours are there again', async (workbench) => {
    await workbench.reload('headlight.inspector');
    await showsWords(workbench, expectedSecond.words.text);
    assert.equal(await parts.heads(panel(workbench)).count(), 32);
    await paintedRangesWhere(workbench, (ranges) => coloured(ranges).length > 0);
  });

  step('Clear takes the colours away and leaves an invitation', async (workbench) => {
    await runCommand(workbench, 'Headlight: Clear');
    await paintedRangesWhere(workbench, (ranges) => coloured(ranges).length === 0);
    await eventually(
      workbench.page,
      () => panel(workbench).locator('body').innerText(),
      (text) => text.includes('Inspect Selection'),
    );
    assert.deepEqual(await paintedRanges(workbench), []);
  });

  step('nothing was refused or thrown in the window', (workbench) => {
    assert.deepEqual(workbench.problems, []);
    return Promise.resolve();
  });
});
