// npm run pictures: takes the pictures of README.md from the running product, into media/pictures/.
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureFonts } from '../test/workbench/bed/chromium';
import { repository } from '../test/workbench/bed/lanes';
import { chooseFromContextMenu, goTo, openFile, selectText } from '../test/workbench/driver/editor';
import { samples } from '../test/workbench/driver/scenario';
import { panel, panelFrames, parts } from '../test/workbench/driver/webview';
import {
  chooseTheme,
  openWorkbench,
  pick,
  runCommand,
  statusItem,
  type Workbench,
} from '../test/workbench/driver/workbench';

const folder = join(repository, 'media/pictures');
const viewport = { width: 1440, height: 860 };
const review = 'The jokes are stale, the plot makes no sense, and even the music sounds tired.';
const question = 'The parcel was opened before it reached me, and the parcel was';

async function main(): Promise<void> {
  execFileSync(process.execPath, ['esbuild.mjs'], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  ensureFonts();
  mkdirSync(folder, { recursive: true });
  const settings = {
    'editor.lineNumbers': 'off',
    'editor.glyphMargin': false,
    'editor.folding': false,
    'editor.fontSize': 15,
    'breadcrumbs.enabled': false,
    'window.commandCenter': false,
    'workbench.activityBar.location': 'hidden',
    'workbench.editor.editorActionsLocation': 'hidden',
  };
  const workbench = await openWorkbench({ workspace: samples, settings, viewport });
  try {
    await openFile(workbench, 'reviews.txt');
    await inspect(workbench, review);
    await runCommand(workbench, 'View: Toggle Primary Side Bar Visibility');
    await widenInspector(workbench);
    // A line without text, so that nothing is selected in the picture.
    await goTo(workbench, 2, 1);
    await chooseTheme(workbench, 'dark');
    await take(workbench, 'inspector-dark');
    await chooseTheme(workbench, 'light');
    await take(workbench, 'inspector-light');

    await chooseTheme(workbench, 'dark');
    await runCommand(workbench, 'View: Show Explorer');
    await openFile(workbench, 'prompt.md');
    await runCommand(workbench, 'View: Toggle Primary Side Bar Visibility');
    await inspect(workbench, question);
    await runCommand(workbench, 'Headlight: Choose Model…');
    await pick(workbench, 'headlight-decoder');
    await statusItem(workbench, /headlight-decoder: /).waitFor();
    await goTo(workbench, 2, 1);
    await take(workbench, 'prompt-dark');
  } finally {
    await workbench.close();
  }
}

async function inspect(workbench: Workbench, text: string): Promise<void> {
  await selectText(workbench, text);
  await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
  await parts.attentionArcs(panel(workbench)).first().waitFor({ state: 'attached' });
}

/** Drags the border between text and inspector to where a third of the window is text. */
async function widenInspector({ page }: Workbench): Promise<void> {
  const border = (await page.locator(panelFrames).first().boundingBox())?.x ?? 0;
  await page.mouse.move(border, viewport.height / 2);
  await page.mouse.down();
  await page.mouse.move(viewport.width / 3, viewport.height / 2, { steps: 10 });
  await page.mouse.up();
}

async function take({ page }: Workbench, name: string): Promise<void> {
  await page.mouse.move(viewport.width / 6, viewport.height - 100);
  const path = join(folder, `${name}.png`);
  // Without the title bar, which names the test bed.
  const { height } = (await page.locator('.part.titlebar').boundingBox()) ?? { height: 0 };
  const clip = { x: 0, y: height, width: viewport.width, height: viewport.height - height };
  await page.screenshot({ path, clip, animations: 'disabled' });
  console.log(`${path}: ${Math.round(statSync(path).size / 1024)} kB`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
