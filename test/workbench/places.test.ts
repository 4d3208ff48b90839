import assert from 'node:assert/strict';
import { chooseFromContextMenu, chooseMenuItem, focusEditor, goTo, openFile } from './driver/editor';
import { eventually } from './driver/eventually';
import { referenceInspection } from './driver/reference';
import { samples, scenario } from './driver/scenario';
import { panel, parts, showsWords, sideView } from './driver/webview';
import { commandTitles, fileRow, pick, runCommand, statusItem } from './driver/workbench';

const paragraph =
  'Nobody expected the young director to follow her debut with a comedy that is so warm, so clever and so honest. 🙂';
const literal = 'You are a helpful assistant who answers the questions of customers.';

scenario('the places from which Headlight is used', { workspace: samples }, (step) => {
  step('a right click without a selection takes the paragraph at the cursor', async (workbench) => {
    await openFile(workbench, 'reviews.txt');
    await goTo(workbench, 7, 20);
    await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
    await showsWords(workbench, (await referenceInspection(paragraph)).words.text);
  });

  step('in code it takes the string at the cursor, also by the keyboard', async (workbench) => {
    await openFile(workbench, 'support.ts');
    await goTo(workbench, 3, 40);
    await focusEditor(workbench);
    await workbench.page.keyboard.press('Control+K');
    await workbench.page.keyboard.press('h');
    await showsWords(workbench, (await referenceInspection(literal)).words.text);
  });

  step('the explorer inspects a whole file', async (workbench) => {
    await fileRow(workbench, 'prompt.md').click({ button: 'right' });
    await chooseMenuItem(workbench, 'Headlight: Inspect File');
    await eventually(
      workbench.page,
      () =>
        parts
          .words(panel(workbench))
          .first()
          .getAttribute('aria-label', { timeout: 1000 })
          .catch(() => ''),
      (label) => /Answering|#/.test(label ?? ''),
    );
    await workbench.page.locator('.tab.active[data-resource-name="prompt.md"]').waitFor();
  });

  step('the activity bar shows the overview of heads as a side view', async (workbench) => {
    await workbench.page.locator('.activitybar').getByRole('tab', { name: 'Headlight' }).click();
    await eventually(
      workbench.page,
      () => parts.heads(sideView(workbench)).count(),
      (count) => count === 32,
    );
    // A choice made there is made in the panel.
    await parts.head(sideView(workbench), '0.5').click();
    await eventually(
      workbench.page,
      () => parts.arcsHeader(panel(workbench)).innerText(),
      (text) => text.startsWith('Head 0.5 '),
    );
    await workbench.screenshot('side-view');
  });

  step('the palette lists the commands under one name', async (workbench) => {
    // The list has more commands than rows in sight, so each is looked for by its name.
    for (const title of ['Inspect Selection', 'Inspect File', 'Choose Model…', 'Clear', 'Open View…']) {
      const titles = await commandTitles(workbench, `Headlight: ${title}`);
      assert.ok(titles.includes(`Headlight: ${title}`), `"${title}" is not among ${titles.join(', ')}`);
    }
    const offered = await commandTitles(workbench, 'Headlight: ');
    assert.ok(
      !offered.some((title) => title.includes('Use This Model')),
      'what needs an argument is not offered',
    );
  });

  step('another model is chosen from the list, and asked about the same text', async (workbench) => {
    await runCommand(workbench, 'Headlight: Choose Model…');
    await pick(workbench, 'headlight-decoder');
    await statusItem(workbench, /headlight-decoder: /).waitFor();
    await eventually(
      workbench.page,
      () => panel(workbench).locator('body').innerText(),
      (text) => text.includes('headlight-decoder') && !text.includes('headlight-encoder-sentiment'),
    );
    await workbench.screenshot('decoder');
  });

  step('nothing was refused or thrown in the window', (workbench) => {
    assert.deepEqual(workbench.problems, []);
    return Promise.resolve();
  });
});
