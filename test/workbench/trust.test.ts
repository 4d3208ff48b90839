import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './bed/lanes';
import { chooseFromContextMenu, openFile, selectText } from './driver/editor';
import { eventually } from './driver/eventually';
import { referenceInspection } from './driver/reference';
import { samples, scenario } from './driver/scenario';
import { panel, showsWords } from './driver/webview';
import { notification, pick, runCommand, statusItem, type Workbench } from './driver/workbench';

const sentence = 'I wanted to like this sequel.';
const fixture = join(repository, 'test/fixtures/models/bert');
const file = (name: string) => readFileSync(join(fixture, name));

/** A model that came with the folder, and settings of the folder's that name it. */
const workspace = {
  'reviews.txt': readFileSync(join(samples, 'reviews.txt')),
  '.vscode/settings.json': JSON.stringify({ 'headlight.model': 'found-model' }),
  'found-model/config.json': file('config.json'),
  'found-model/tokenizer.json': file('tokenizer.json'),
  'found-model/tokenizer_config.json': file('tokenizer_config.json'),
  'found-model/special_tokens_map.json': file('special_tokens_map.json'),
  'found-model/onnx/model.onnx': file('eager-ts/model.onnx'),
};

const settings = {
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
};

async function inspect(workbench: Workbench): Promise<void> {
  await selectText(workbench, sentence);
  await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
}

scenario('a workspace that is not trusted', { workspace, settings, isRestricted: true }, (step) => {
  step('built-in models work; a model that its settings name is not used', async (workbench) => {
    await workbench.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
    await openFile(workbench, 'reviews.txt');
    await inspect(workbench);
    const { words } = await referenceInspection(sentence);
    await showsWords(workbench, words.text);
    await statusItem(workbench, /headlight-encoder-sentiment: /).waitFor();
  });

  step('a model file in it is refused, with the reason and what to do', async (workbench) => {
    const { page, folder } = workbench;
    await runCommand(workbench, 'Headlight: Choose Model…');
    await pick(workbench, 'Browse for an .onnx file…');
    const path = page.locator('.quick-input-widget input').first();
    const use = page.locator('.quick-input-widget').getByRole('button', { name: 'Use This Model' });
    await use.waitFor();
    // The dialog writes the folder that it begins in, and its rows come after that.
    await eventually(
      page,
      () => path.inputValue(),
      (value) => value.startsWith(folder),
    );
    await page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ hasText: 'found-model' })
      .first()
      .waitFor();
    await path.fill(join(folder, 'found-model/onnx/model.onnx'));
    // It looks into the folder that is typed before it takes anything.
    await page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ hasText: 'model.onnx' })
      .first()
      .waitFor();
    await use.click();
    await notification(
      workbench,
      /found-model.*lies in this workspace, which you do not trust; a model is run like a program\. Run “Workspaces: Manage Workspace Trust” to trust it, or choose a built-in model\./,
    ).waitFor({ state: 'attached' });
    await statusItem(workbench, /headlight-encoder-sentiment: /).waitFor();
    await workbench.screenshot('untrusted-model');
  });

  step('once it is trusted, the model that its settings name is used', async (workbench) => {
    const { page, folder } = workbench;
    await runCommand(workbench, 'Workspaces: Manage Workspace Trust');
    await page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click();
    await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor({ state: 'hidden' });
    await page.locator('.tab', { hasText: 'Workspace Trust' }).locator('.codicon-close').click();
    const reference = join(folder, 'found-model');
    const expected = await referenceInspection(sentence, reference);
    await statusItem(workbench, /found-model/).waitFor();
    await openFile(workbench, 'reviews.txt');
    await inspect(workbench);
    await showsWords(workbench, expected.words.text);
    const [block] = expected.blocks;
    const cells = panel(workbench).locator('.heads [role="gridcell"]');
    assert.equal(await cells.count(), block.layers * block.heads);
    await workbench.screenshot('trusted-model');
    assert.deepEqual(workbench.problems, []);
  });
});
