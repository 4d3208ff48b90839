// npm run pictures: takes the pictures of README.md from the running product, into media/pictures/.
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureFonts } from '../test/workbench/bed/chromium';
import { repository } from '../test/workbench/bed/lanes';
import { chooseFromExplorer, goTo, selectText } from '../test/workbench/driver/editor';
import { samples } from '../test/workbench/driver/scenario';
import { frontPanel, panel, parts, viewFrame } from '../test/workbench/driver/webview';
import {
  openWorkbench,
  pick,
  runCommand,
  statusItem,
  themes,
  type ThemeName,
  type Workbench,
  type Workspace,
} from '../test/workbench/driver/workbench';
import { choose, inspect, inspectArcs, openFiles, openView, toggleSideBar } from './gallery/steps';

const folder = join(repository, 'media/pictures');
const width = 1280;
const settings = {
  'editor.lineNumbers': 'off',
  'editor.glyphMargin': false,
  'editor.folding': false,
  'editor.fontSize': 15,
  'breadcrumbs.enabled': false,
  'window.commandCenter': false,
  'workbench.activityBar.location': 'hidden',
  'workbench.editor.editorActionsLocation': 'hidden',
  'editor.scrollBeyondLastLine': false,
  'editor.overviewRulerBorder': false,
  'files.autoSave': 'off',
};
const verdict =
  'The film is slow, but its quiet performances and its careful eye for detail make it a small masterpiece.';
const mean = `function mean(values: number[]) {
  let total = 0;
  for (const value of values) total += value;
  return total / values.length;
}
`;
const review = 'The jokes are stale, the plot makes no sense, and even the music sounds tired.';

/** A picture of the window: what is in it, how much of it is text, and how it is brought there. */
interface Shot {
  readonly name: string;
  readonly theme: ThemeName;
  readonly workspace?: Workspace;
  readonly model?: string;
  /** Of the window, where there is less to see. */
  readonly height?: number;
  /** Share of the window's width that the text has. */
  readonly text: number;
  prepare(workbench: Workbench): Promise<void>;
}

const shots: readonly Shot[] = [
  {
    name: 'inspector',
    theme: 'dark',
    text: 0.3,
    prepare: async (workbench) => {
      await openFiles(workbench, 'reviews.txt');
      await inspectArcs(workbench, review);
      // A line without text, so that nothing is selected in the picture.
      await goTo(workbench, 2, 1);
    },
  },
  {
    name: 'prompt',
    theme: 'dark',
    model: 'headlight-decoder',
    text: 0.27,
    prepare: async (workbench) => {
      await openFiles(workbench, 'prompt.md');
      await inspect(workbench);
      await statusItem(workbench, /headlight-decoder: /).waitFor();
      const frame = await openView(workbench, 'Prompt', 'prompt');
      await goTo(workbench, 6, 8);
      await frame.locator('.next-row').first().waitFor();
      await frame.getByRole('button', { name: 'Continue', exact: true }).click();
      await frame.getByRole('button', { name: 'Insert' }).nth(2).waitFor();
      await frame.getByRole('button', { name: 'Continue', exact: true }).waitFor();
      await frame.locator('.next-row').nth(1).click();
      await frame.locator('.further-row').first().waitFor();
      await frame.evaluate(() => document.scrollingElement?.scrollTo(0, 0));
    },
  },
  {
    name: 'code',
    theme: 'dark',
    workspace: { 'mean.ts': mean },
    model: 'headlight-decoder',
    height: 560,
    text: 0.27,
    prepare: async (workbench) => {
      await openFiles(workbench, 'mean.ts');
      await inspectArcs(workbench);
      await panel(workbench).locator('.relation[data-relation="def-use"]').waitFor();
      await panel(workbench).getByRole('button', { name: 'Which head finds the definition?' }).click();
      await parts.arcsHeader(panel(workbench)).filter({ hasText: 'def-use' }).waitFor();
      await goTo(workbench, 6, 1);
      const frame = await openView(workbench, 'Dependencies', 'dependencies');
      await frame.getByRole('button', { name: 'none', exact: true }).click();
      await frame.locator('.relation[data-relation="def-use"] input').check();
      await choose(frame, 'Most edges per word', '1 per word');
    },
  },
  {
    name: 'instances',
    theme: 'light',
    text: 0.2,
    prepare: async (workbench) => {
      await openFiles(workbench, 'reviews.txt');
      await toggleSideBar(workbench);
      await chooseFromExplorer(workbench, 'films.csv', 'Headlight: Open Data Set…');
      await pick(workbench, 'Open “films.csv”');
      const frame = await viewFrame(workbench, 'instances');
      await frame.getByText(/^UMAP/).waitFor({ state: 'attached' });
      await toggleSideBar(workbench);
    },
  },
  {
    name: 'compare',
    theme: 'light',
    text: 0.27,
    prepare: async (workbench) => {
      await openFiles(workbench, 'reviews.txt');
      await inspectArcs(workbench, verdict);
      const inspector = await viewFrame(workbench, 'inspector');
      await inspector.getByRole('button', { name: 'Pin', exact: true }).click();
      await inspector.getByRole('button', { name: 'Pinned', exact: true }).waitFor();
      await selectText(workbench, 'masterpiece');
      await workbench.page.keyboard.type('disaster');
      await inspectArcs(workbench, verdict.replace('masterpiece', 'disaster'));
      await goTo(workbench, 2, 1);
      await runCommand(workbench, 'Headlight: Compare Pinned Inspections');
      const frame = await viewFrame(workbench, 'compare');
      await frame.locator('.compare-said li').first().waitFor();
      await choose(frame, 'Words or pieces', 'Words');
    },
  },
];

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  execFileSync(process.execPath, ['esbuild.mjs'], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  ensureFonts();
  mkdirSync(folder, { recursive: true });
  for (const shot of shots) if (wanted.length === 0 || wanted.includes(shot.name)) await take(shot);
}

async function take({
  name,
  theme,
  workspace = samples,
  model,
  height = 780,
  text,
  prepare,
}: Shot): Promise<void> {
  const chosen = {
    ...settings,
    'workbench.colorTheme': themes[theme].setting,
    ...(model === undefined ? {} : { 'headlight.model': model }),
  };
  const workbench = await openWorkbench({ workspace, settings: chosen, viewport: { width, height } });
  try {
    const { page } = workbench;
    await page.locator(`.monaco-workbench.${themes[theme].class}`).waitFor();
    await prepare(workbench);
    await divide(workbench, text * width);
    await page.mouse.move(8, height - 60);
    // Without the title bar, which names the test bed.
    const { height: top } = (await page.locator('.part.titlebar').boundingBox()) ?? { height: 0 };
    const clip = { x: 0, y: top, width, height: height - top };
    const path = join(folder, `${name}.png`);
    await page.evaluate(
      () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
    );
    await page.screenshot({ path, clip, animations: 'disabled' });
    console.log(`${path}: ${Math.round(statSync(path).size / 1024)} kB`);
  } finally {
    await workbench.close();
  }
}

/** Drags the border between text and view. */
async function divide(workbench: Workbench, to: number): Promise<void> {
  const { mouse } = workbench.page;
  const box = await frontPanel(workbench).boundingBox();
  if (!box) throw new Error('There is no view beside the text.');
  const middle = box.y + box.height / 2;
  await mouse.move(box.x, middle);
  await mouse.down();
  await mouse.move(to, middle, { steps: 10 });
  await mouse.up();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
