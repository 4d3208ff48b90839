import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { chatModel } from '../chatModel';
import { artifacts, repository } from './bed/lanes';
import { goTo, focusEditor, openFile } from './driver/editor';
import { eventually } from './driver/eventually';
import { scenario } from './driver/scenario';
import { panel, panelFrames, texts } from './driver/webview';
import { chooseTheme, pick, runCommand, statusItem, type Workbench } from './driver/workbench';

const source = readFileSync(join(repository, 'test/fixtures/chats/review.prompt'), 'utf8');
const model = chatModel();
after(() => rmSync(model, { recursive: true, force: true }));

const settings = {
  'headlight.model': model,
  'headlight.relations': 'off',
  'editor.quickSuggestions': false,
  'files.autoSave': 'off',
};
const workspace = { 'review.prompt': source };

/** Which messages are unfolded, in order. */
const unfolded = (workbench: Workbench) =>
  panel(workbench)
    .locator('.message-fold')
    .evaluateAll((folds) => folds.map((fold) => fold.ariaExpanded === 'true'));

scenario('a prompt with roles', { workspace, settings, viewport: { width: 1700, height: 1300 } }, (step) => {
  step('is inspected as the chat that the model reads, message by message', async (workbench) => {
    await openFile(workbench, 'review.prompt');
    await goTo(workbench, 9, 1);
    await runCommand(workbench, 'Headlight: Inspect Selection');
    await statusItem(workbench, /headlight-chat-model.*: /).waitFor();
    await runCommand(workbench, 'Headlight: Open View…');
    await pick(workbench, 'Prompt');
    await eventually(
      workbench.page,
      () => texts(panel(workbench).locator('.message-role')),
      (roles) => roles.join() === 'system,user,assistant,user,assistant',
    );
    await eventually(
      workbench.page,
      () => texts(panel(workbench).locator('.message-cost')),
      (costs) => costs.slice(0, 4).every((cost) => /^\d+ tokens · \d+ bits$/.test(cost)),
    );
    const words = (await texts(panel(workbench).locator('.message').nth(2).locator('.line-text'))).join(' ');
    assert.match(words, /<\|im_start\|>\s*assistant/);
    // Colours are in the file, where its words are.
    await workbench.page.locator('.editor-instance .view-overlays [class*="ced-"]').first().waitFor();
  });

  step('messages are folded, and still are after a reload', async (workbench) => {
    await panel(workbench).locator('.message-fold').first().click();
    assert.deepEqual(await unfolded(workbench), [false, true, true, true, true]);
    await workbench.reload('headlight.prompt', 'prompt.folded');
    await eventually(
      workbench.page,
      () => unfolded(workbench),
      (shown) => shown.join() === 'false,true,true,true,true',
    );
  });

  step('an edit of one message is compared with the saved file', async (workbench) => {
    await runCommand(workbench, 'Headlight: Inspect at Every Keystroke');
    await focusEditor(workbench);
    await goTo(workbench, 14, 10);
    await workbench.page.keyboard.press('Control+Shift+ArrowLeft');
    await workbench.page.keyboard.type('puns');
    await eventually(
      workbench.page,
      () => texts(panel(workbench).locator('.message').nth(1).locator('.line-text')),
      (lines) => lines.join(' ').includes('puns'),
    );
    await panel(workbench).locator('.prompt-changes summary').click();
    await eventually(
      workbench.page,
      () => texts(panel(workbench).locator('.edit-row ins')),
      (words) => words.join() === 'puns',
    );
  });

  step(
    'the model goes on where the template lets it, and nothing can be written there',
    async (workbench) => {
      await goTo(workbench, 22, 11);
      const view = panel(workbench);
      await eventually(
        workbench.page,
        () => texts(view.locator('.next-place')),
        ([place]) => place.includes('<|im_start|>assistant↵'),
      );
      await view.getByRole('button', { name: 'Continue' }).click();
      await eventually(
        workbench.page,
        () => view.locator('.branch').evaluateAll((branches) => branches.map((branch) => branch.textContent)),
        (branches) => branches.length === 4,
      );
      await view.getByRole('button', { name: 'Continue' }).waitFor();
      const insert = view.getByRole('button', { name: 'Insert the greedy continuation' });
      assert.equal(await insert.isDisabled(), true);
    },
  );

  for (const theme of ['dark', 'light'] as const) {
    step(`looks well (${theme})`, async (workbench) => {
      const { page } = workbench;
      await chooseTheme(workbench, theme);
      await page.setViewportSize({ width: 1700, height: 1300 });
      await workbench.screenshot(`chat-${theme}`);
      for (const width of [350, 1000]) {
        await page.setViewportSize({ width: 2 * width + 350, height: 1700 });
        await page
          .locator(panelFrames)
          .first()
          .screenshot({ path: join(artifacts, `chat-${theme}-${width}.png`) });
      }
    });
  }

  step('nothing was refused or thrown in the window', (workbench) => {
    assert.deepEqual(workbench.problems, []);
    return Promise.resolve();
  });
});
