import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import type { Inspection, ModelInspection } from '../../src/protocol/inspection';
import { headLabel } from '../../webview/views/heads/describe';
import { changedHeads, commonBlocks, wordColumns } from '../../webview/views/compare/changes';
import { headSentence, predictionSentence, textSentence } from '../../webview/views/compare/describe';
import { repository } from './bed/lanes';
import { chooseFromContextMenu, chooseMenuItem, openFile, selectText } from './driver/editor';
import { eventually } from './driver/eventually';
import { referenceInspection } from './driver/reference';
import { scenario } from './driver/scenario';
import { panel, parts, showsWords, texts } from './driver/webview';
import { fileRow, runCommand, statusItem } from './driver/workbench';

const sentence = 'The film is slow, but its quiet performances stay with you.';
const edited = 'The film is quick, but its quiet performances stay with you.';
const fixture = join(repository, 'test/fixtures/dodrio/sst2-1169.safetensors');

const workspace = { 'review.txt': `${sentence}\n`, 'dodrio.safetensors': readFileSync(fixture) };

scenario('pin, edit, compare; and attention from a file', { workspace }, (step) => {
  let a: ModelInspection;
  let b: ModelInspection;
  let file: Inspection;
  before(async () => {
    a = await referenceInspection(sentence);
    b = await referenceInspection(edited);
    const engine = new Engine({
      modelsFolder: join(repository, 'media/models'),
      events: { progress: () => undefined, log: () => undefined },
    });
    file = await engine.openAttention(1, { path: fixture });
  });

  step('what is shown is pinned from the inspector', async (workbench) => {
    await openFile(workbench, 'review.txt');
    await selectText(workbench, sentence);
    await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
    await showsWords(workbench, a.words.text);
    await panel(workbench).getByRole('button', { name: 'Pin', exact: true }).click();
    await panel(workbench).getByRole('button', { name: 'Pinned', exact: true }).waitFor();
  });

  step('the text is edited, inspected and compared with the pin', async (workbench) => {
    await selectText(workbench, 'slow');
    await workbench.page.keyboard.type('quick');
    await selectText(workbench, edited);
    await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
    await showsWords(workbench, b.words.text);
    await runCommand(workbench, 'Headlight: Compare Pinned Inspections');
    const said = panel(workbench).locator('.compare-said li');
    const [block] = commonBlocks({ a, b });
    const wanted = [
      predictionSentence({ a, b }),
      textSentence({ a, b }, wordColumns({ a, b })),
      headSentence(block, 'confidence', 0),
    ];
    await eventually(
      workbench.page,
      () => texts(said),
      (sentences) => wanted.every((one) => sentences.includes(one)),
    );
    const [most] = changedHeads(block, 'confidence');
    const first = panel(workbench).locator('.compare-most .rank-name').first();
    assert.equal(await first.innerText(), `${most.head.layer}.${most.head.head}`);
    await eventually(
      workbench.page,
      () => panel(workbench).locator('.compare-side .edges g.link').count(),
      (count) => count > 4,
    );
    await workbench.screenshot('compare');
  });

  step('pins are listed in the side bar, and are there again after a reload', async (workbench) => {
    await workbench.reload('headlight.compare');
    const said = panel(workbench).locator('.compare-said li').first();
    await eventually(
      workbench.page,
      () => said.innerText().catch(() => ''),
      (text) => text === predictionSentence({ a, b }),
    );
    await workbench.page.locator('.activitybar').getByRole('tab', { name: 'Headlight' }).click();
    const pin = workbench.page.getByRole('treeitem', { name: /Pinned inspection The film is slow/ });
    await pin.waitFor();
    await workbench.screenshot('pins');
    await workbench.page.locator('.activitybar').getByRole('tab', { name: 'Explorer' }).click();
  });

  step('the explorer opens attention from a file, with the overview of its tables', async (workbench) => {
    await fileRow(workbench, 'dodrio.safetensors').click({ button: 'right' });
    await chooseMenuItem(workbench, 'Headlight: Open Attention File…');
    await showsWords(workbench, file.words.text);
    await statusItem(workbench, /bert-base \(Dodrio\): negative|positive/).waitFor();
    const frame = panel(workbench);
    const labels = await eventually(
      workbench.page,
      () => parts.heads(frame).evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label'))),
      (seen) => seen.length === 144,
    );
    const head = { block: 'self', layer: 7, head: 10 } as const;
    assert.ok(labels.includes(headLabel(file.blocks[0], head, 0, false)));
    // Nothing can be asked of a model that is not there.
    assert.equal(await frame.locator('.head-eye').count(), 0);
    assert.equal(await frame.getByText('Live', { exact: true }).isVisible(), false);
    assert.equal(await statusItem(workbench, /Live/).filter({ visible: true }).count(), 0);
    // The tab that was behind after the reload was replaced by the one that shows the file.
    assert.equal(await workbench.page.locator('.tab', { hasText: /^Headlight$/ }).count(), 1);
    await workbench.screenshot('attention-file');
  });

  step('after a reload the file is open again', async (workbench) => {
    await workbench.reload('headlight.inspector');
    await showsWords(workbench, file.words.text);
  });

  step('nothing was refused or thrown in the window', (workbench) => {
    assert.deepEqual(workbench.problems, []);
    return Promise.resolve();
  });
});
