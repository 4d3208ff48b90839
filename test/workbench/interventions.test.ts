import assert from 'node:assert/strict';
import { before } from 'node:test';
import type { FrameLocator } from 'playwright-core';
import type { ModelInspection } from '../../src/protocol/inspection';
import { chooseFromContextMenu, openFile, selectText } from './driver/editor';
import { eventually } from './driver/eventually';
import { referenceInspection } from './driver/reference';
import { samples, scenario } from './driver/scenario';
import { panel, parts, showsWords } from './driver/webview';
import { runCommand, type Workbench } from './driver/workbench';

const sentence =
  'The film is slow, but its quiet performances and its careful eye for detail make it a small masterpiece.';

/** All numbers of the prediction on screen. */
const numbers = (frame: FrameLocator): Promise<string> =>
  frame
    .locator('.inspector-header .candidate-value, .inspector-header .entropy')
    .allTextContents()
    .then((texts) => texts.join(' | '));

const bar = (frame: FrameLocator) => frame.locator('.interventions');
const count = (frame: FrameLocator) => frame.locator('.interventions-count');

/** Waits until the numbers are others. */
const numbersOtherThan = (workbench: Workbench, known: string): Promise<string> =>
  eventually(
    workbench.page,
    () => numbers(panel(workbench)),
    (now) => now !== known && now.includes('('),
  );

scenario('attention is edited where it is seen', { workspace: samples }, (step) => {
  let expected: ModelInspection;
  let whole = '';
  let edited = '';
  before(async () => {
    expected = await referenceInspection(sentence);
  });

  step(
    'a column of the matrix is taken away in all heads: the prediction is another one',
    async (workbench) => {
      await openFile(workbench, 'reviews.txt');
      await selectText(workbench, sentence);
      await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
      await showsWords(workbench, expected.words.text);
      const frame = panel(workbench);
      whole = await numbers(frame);
      await parts.head(frame, '1.2').click();
      await frame.getByRole('tab', { name: 'Matrix' }).click();
      const matrix = frame.locator('.matrix .sheet-scroller');
      await matrix.focus();
      for (let right = 0; right < 5; right++) await workbench.page.keyboard.press('ArrowRight');
      await workbench.page.keyboard.press('ArrowDown');
      await workbench.page.keyboard.press('e');
      const editor = frame.getByRole('dialog', { name: 'Edit attention' });
      await editor.waitFor();
      await workbench.screenshot('weight-editor');
      // The first choice is the edge, in this head; everything on the token, in all heads, is more.
      await editor.getByRole('combobox', { name: 'Which weights' }).click();
      await editor.getByRole('option', { name: /^everything →/ }).click();
      await editor.getByRole('combobox', { name: 'In which heads' }).click();
      await editor.getByRole('option', { name: 'in all heads' }).click();
      await editor.getByRole('button', { name: 'Zero' }).click();
      edited = await numbersOtherThan(workbench, whole);
      assert.equal(await count(frame).innerText(), '1 edit');
      await workbench.page.keyboard.press('Escape');
      await workbench.screenshot('edited');
    },
  );

  step('the row of interventions lists the edit', async (workbench) => {
    const frame = panel(workbench);
    await bar(frame).getByRole('button', { name: 'Show edits' }).click();
    const line = bar(frame).locator('.interventions-list li');
    assert.match(await line.innerText(), /^everything → \S+\s+× 0\s+all heads\s+Remove$/);
    await bar(frame).getByRole('button', { name: 'Hide edits' }).click();
  });

  step(
    'undo brings exactly the numbers back that were there before, redo those of the edit',
    async (workbench) => {
      const frame = panel(workbench);
      await bar(frame).getByRole('button', { name: 'Undo' }).click();
      await eventually(
        workbench.page,
        () => numbers(frame),
        (now) => now === whole,
      );
      assert.equal(await count(frame).innerText(), 'No interventions');
      await bar(frame).getByRole('button', { name: 'Redo' }).click();
      await eventually(
        workbench.page,
        () => numbers(frame),
        (now) => now === edited,
      );
    },
  );

  step(
    'the edit is there after a reload, with what was before marked on the bars of the prediction',
    async (workbench) => {
      await workbench.reload('headlight.inspector', 'editedTokens');
      const frame = panel(workbench);
      await eventually(
        workbench.page,
        () => numbers(frame),
        (now) => now === edited,
      );
      assert.equal(await count(frame).innerText(), '1 edit');
      const bars = await frame.locator('.candidate').count();
      assert.ok(bars > 0);
      assert.equal(await frame.locator('.candidate-before:not([hidden])').count(), bars);
      await workbench.screenshot('before-and-after');
    },
  );

  step('the command resets, and calibrating sinks makes edits', async (workbench) => {
    const frame = panel(workbench);
    await runCommand(workbench, 'Headlight: Reset Interventions');
    await eventually(
      workbench.page,
      () => numbers(frame),
      (now) => now === whole,
    );
    await runCommand(workbench, 'Headlight: Calibrate Attention Sinks');
    await eventually(
      workbench.page,
      () => count(frame).innerText(),
      (text) => /^\d+ edits?$/.test(text),
    );
    await workbench.screenshot('calibrated');
  });

  step('nothing was refused or thrown in the window', (workbench) => {
    assert.deepEqual(workbench.problems, []);
    return Promise.resolve();
  });
});
