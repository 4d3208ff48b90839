import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import type { NextTokens } from '../../src/protocol/prompt';
import { probability } from '../../src/protocol/numbers';
import { visibleToken } from '../../webview/marks/tokenText';
import { repository } from './bed/lanes';
import { focusEditor, goTo, openFile } from './driver/editor';
import { eventually } from './driver/eventually';
import { scenario } from './driver/scenario';
import { panel, texts } from './driver/webview';
import { chooseTheme, pick, runCommand, statusItem, type Workbench } from './driver/workbench';

const prompt = 'The parcel was opened before it reached me, and the parcel was';
const typed = ' not';
const settings = {
  'headlight.model': 'headlight-decoder',
  'headlight.relations': 'off',
  'editor.quickSuggestions': false,
  'files.autoSave': 'off',
};

/** Waits until the view lists these next tokens, with their probabilities. */
async function lists(workbench: Workbench, { candidates }: NextTokens): Promise<void> {
  const rows = panel(workbench).locator('.next-row');
  const expected = candidates.map(({ label, probability: p }) => `${visibleToken(label)} ${probability(p)}`);
  const look = () =>
    rows.evaluateAll((elements) =>
      elements.map(
        (row) =>
          `${row.querySelector('.bar-label')?.textContent} ${row.querySelector('.bar-value')?.textContent}`,
      ),
    );
  await eventually(workbench.page, look, (shown) => shown.join() === expected.join());
}

scenario('a prompt while it is written', { workspace: { 'prompt.txt': prompt }, settings }, (step) => {
  let first: NextTokens;
  let longer: NextTokens;
  before(async () => {
    const engine = new Engine({
      modelsFolder: join(repository, 'media/models'),
      events: { progress: () => undefined, log: () => undefined },
    });
    const next = async (text: string) => {
      const { id } = await engine.inspect(1, { model: 'headlight-decoder', text, parse: 'none' });
      return engine.distribution(2, { inspection: id });
    };
    first = await next(prompt);
    longer = await next(prompt + typed);
  });

  step('the view lists what may come at the cursor, and what the line costs', async (workbench) => {
    await openFile(workbench, 'prompt.txt');
    await goTo(workbench, 1, prompt.length + 1);
    await runCommand(workbench, 'Headlight: Inspect Selection');
    await statusItem(workbench, /headlight-decoder: /).waitFor();
    await runCommand(workbench, 'Headlight: Open View…');
    await pick(workbench, 'Prompt');
    await lists(workbench, first);
    await eventually(
      workbench.page,
      () => texts(panel(workbench).locator('.line-bits')),
      (bits) => bits.length === 1 && /^\d+ bits$/.test(bits[0]),
    );
  });

  step('while one types, it follows', async (workbench) => {
    await runCommand(workbench, 'Headlight: Inspect at Every Keystroke');
    await focusEditor(workbench);
    await workbench.page.keyboard.type(typed);
    await lists(workbench, longer);
  });

  step('a candidate is inserted at the cursor, and undone in the editor', async (workbench) => {
    const [best] = longer.texts;
    const line = () => texts(workbench.page.locator('.editor-instance .monaco-editor .view-line'));
    const withBlanks = (lines: readonly string[]) => lines.join('').replaceAll('\u00a0', ' ');
    await panel(workbench).locator('.next-row').first().click();
    await panel(workbench).getByRole('button', { name: 'Insert' }).first().click();
    await eventually(workbench.page, line, (lines) => withBlanks(lines) === `${prompt}${typed}${best}`);
    await focusEditor(workbench);
    await workbench.page.keyboard.press('Control+Z');
    await eventually(workbench.page, line, (lines) => withBlanks(lines) === `${prompt}${typed}`);
    await lists(workbench, longer);
  });

  step('what changed since the file was saved is the word that was typed', async (workbench) => {
    for (const theme of ['light', 'dark'] as const) {
      await chooseTheme(workbench, theme);
      await workbench.screenshot(`prompt-${theme}`);
    }
    await panel(workbench).locator('.prompt-changes summary').click();
    const inserted = panel(workbench).locator('.edit-row ins');
    await eventually(
      workbench.page,
      () => texts(inserted),
      (words) => words.join() === visibleToken(typed),
    );
    await workbench.screenshot('prompt-changes');
  });

  step('nothing was refused or thrown in the window', (workbench) => {
    assert.deepEqual(workbench.problems, []);
    return Promise.resolve();
  });
});
