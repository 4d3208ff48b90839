import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before } from 'node:test';
import { join } from 'node:path';
import {
  chooseFromContextMenu,
  chooseMenuItem,
  coloured,
  openFile,
  paintedRanges,
  paintedRangesWhere,
  selectText,
  type PaintedRange,
} from './driver/editor';
import { eventually } from './driver/eventually';
import { engineProcesses } from './driver/processes';
import { referenceInspection } from './driver/reference';
import { samples, scenario } from './driver/scenario';
import { panel, showsWords } from './driver/webview';
import { fileRow, notification, runCommand, statusItem } from './driver/workbench';

const first = 'The jokes are stale, the plot makes no sense, and even the music sounds tired.';
const second = 'I wanted to like this sequel.';
const workspace = {
  'reviews.txt': `${readFileSync(join(samples, 'reviews.txt'), 'utf8')}\nblank:[          ]\n`,
  'noise.dat': Uint8Array.from({ length: 4096 }, (_, i) => (i * 131) % 256),
};

scenario('when something is wrong', { workspace }, (step) => {
  let firstWords: readonly string[];
  let secondWords: readonly string[];
  before(async () => {
    firstWords = (await referenceInspection(first)).words.text;
    secondWords = (await referenceInspection(second)).words.text;
  });

  step('a selection of white space is told, and the last picture stays', async (workbench) => {
    await openFile(workbench, 'reviews.txt');
    await selectText(workbench, first);
    await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
    await showsWords(workbench, firstWords);
    const painted = await paintedRangesWhere(workbench, (ranges) => coloured(ranges).length > 3);
    await selectText(workbench, '          ');
    await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
    await notification(workbench, /only white space\. Select some words/).waitFor({ state: 'attached' });
    await showsWords(workbench, firstWords);
    const texts = (ranges: readonly PaintedRange[]) => coloured(ranges).map(({ text }) => text);
    assert.deepEqual(texts(await paintedRanges(workbench)), texts(painted));
  });

  step('a binary file is told', async (workbench) => {
    await fileRow(workbench, 'noise.dat').click({ button: 'right' });
    await chooseMenuItem(workbench, 'Headlight: Inspect File');
    await notification(
      workbench,
      /noise\.dat.*(binary file|opened as text).*Choose a file with text/,
    ).waitFor({
      state: 'attached',
    });
    await showsWords(workbench, firstWords);
  });

  step(
    'an engine that is killed during a run is started again, and the run is repeated',
    async (workbench) => {
      await openFile(workbench, 'reviews.txt');
      const [engine] = engineProcesses(workbench);
      // Stopped, it cannot end the run before it is killed.
      process.kill(engine, 'SIGSTOP');
      await selectText(workbench, second);
      await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
      await eventually(
        workbench.page,
        () =>
          panel(workbench).locator('[role="progressbar"], vscode-progress-ring, [aria-busy="true"]').count(),
        (count) => count > 0,
      );
      process.kill(engine, 'SIGKILL');
      await showsWords(workbench, secondWords);
      const [successor] = engineProcesses(workbench);
      assert.notEqual(successor, engine);
    },
  );

  step(
    'an engine that is killed again and again is told once, and the last picture stays',
    async (workbench) => {
      const [engine] = engineProcesses(workbench);
      process.kill(engine, 'SIGSTOP');
      await selectText(workbench, first);
      await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
      // Only an engine that has been asked can break down on the request.
      await workbench.page.locator('.statusbar-item .codicon-loading').first().waitFor();
      process.kill(engine, 'SIGKILL');
      const successors = await eventually(
        workbench.page,
        () => Promise.resolve(engineProcesses(workbench).filter((pid) => pid !== engine)),
        (pids) => pids.length > 0,
      );
      for (const pid of successors) process.kill(pid, 'SIGKILL');
      await notification(workbench, /engine/i).waitFor({ state: 'attached' });
      await showsWords(workbench, secondWords);
      await statusItem(workbench, /headlight-encoder-sentiment/).waitFor();
      await workbench.screenshot('engine-killed');
    },
  );

  step('afterwards everything works again', async (workbench) => {
    await runCommand(workbench, 'Notifications: Clear All Notifications');
    await selectText(workbench, first);
    await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
    await showsWords(workbench, firstWords);
    assert.deepEqual(workbench.problems, []);
  });
});
