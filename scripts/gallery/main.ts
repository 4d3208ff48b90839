// npm run gallery [-- VISIT ...]: takes pictures of every view in the four kinds of theme and at three widths, from the running product, into
// test/artifacts/gallery/, with contact sheets to look through. Visits: see visits.ts.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { ensureFonts } from '../../test/workbench/bed/chromium';
import { artifacts, repository } from '../../test/workbench/bed/lanes';
import { frontPanel, resizePanel } from '../../test/workbench/driver/webview';
import {
  changeSettings,
  openWorkbench,
  themes,
  type ThemeName,
  type Workbench,
} from '../../test/workbench/driver/workbench';
import type { Scene } from './scene';
import { Sheets, type Picture } from './sheet';
import { visits } from './visits';

const folder = join(artifacts, 'gallery');
/** Widths of a panel, each with a height at which about one screen of it is to be seen. */
const sizes = [
  { width: 350, height: 1700 },
  { width: 600, height: 1100 },
  { width: 1000, height: 900 },
] as const;
const windowSize = { width: 1000, height: 640 };

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !visits.some((visit) => visit.name === name));
  if (unknown.length > 0)
    throw new Error(
      `There is no visit “${unknown.join('”, “')}”: ${visits.map(({ name }) => name).join(', ')}.`,
    );
  execFileSync(process.execPath, ['esbuild.mjs'], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  ensureFonts();
  mkdirSync(folder, { recursive: true });
  const sheets = await Sheets.open();
  try {
    for (const { name, options, scenes } of visits) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const workbench = await openWorkbench({
        viewport: { width: 1300, height: 900 },
        scrollBars: true,
        ...options,
      });
      try {
        await workbench.page.emulateMedia({ reducedMotion: 'reduce' });
        for (const scene of scenes) {
          // One that fails is told of, and the others are still worth looking at.
          await show(workbench, scene, sheets).catch(async (error: unknown) => {
            console.error(`${scene.name}:`, error);
            process.exitCode = 1;
            await workbench.screenshot(`gallery/failed-${scene.name}`);
          });
        }
      } finally {
        await workbench.close();
      }
    }
  } finally {
    await sheets.close();
  }
}

async function show(workbench: Workbench, scene: Scene, sheets: Sheets): Promise<void> {
  const started = performance.now();
  await workbench.page.setViewportSize({ width: 1300, height: 900 });
  await scene.prepare(workbench);
  // What the mouse has clicked is not pictured with its tooltip.
  if (scene.of !== 'window') await workbench.page.mouse.move(1, 1);
  const rows: Picture[][] = [];
  for (const theme of Object.keys(themes) as ThemeName[]) {
    changeSettings(workbench, { 'workbench.colorTheme': themes[theme].setting });
    await workbench.page.locator(`.monaco-workbench.${themes[theme].class}`).waitFor();
    rows.push(
      scene.of === 'window'
        ? [await takeWindow(workbench, scene, theme)]
        : await takePanel(workbench, scene, theme),
    );
  }
  await scene.leave?.(workbench);
  await sheets.write(
    join(folder, `${scene.name}.png`),
    scene.of === 'window'
      ? [
          [...rows[0], ...rows[1]],
          [...rows[2], ...rows[3]],
        ]
      : rows,
  );
  console.log(`${scene.name}: ${Math.round((performance.now() - started) / 1000)} s`);
}

async function takePanel(workbench: Workbench, { name }: Scene, theme: ThemeName): Promise<Picture[]> {
  const { page } = workbench;
  const pictures: Picture[] = [];
  for (const { width, height } of sizes) {
    await resizePanel(workbench, width, height);
    const clip = await frontPanel(workbench).boundingBox();
    if (!clip) throw new Error(`There is no panel to picture for ${name}.`);
    const path = join(folder, `${name}.${theme}-${width}.png`);
    await takeStill(page, path, clip);
    pictures.push({ path, caption: `${name}, ${theme}, ${width} px` });
  }
  return pictures;
}

async function takeWindow({ page }: Workbench, { name }: Scene, theme: ThemeName): Promise<Picture> {
  await page.setViewportSize(windowSize);
  const path = join(folder, `${name}.${theme}.png`);
  await takeStill(page, path, { x: 0, y: 0, ...windowSize });
  return { path, caption: `${name}, ${theme}` };
}

/** Takes a picture once two in a row are the same: nothing is being drawn any more. What never rests (a turning ring) is taken as it is. */
async function takeStill(
  page: Page,
  path: string,
  clip: { x: number; y: number; width: number; height: number },
) {
  let last: Buffer | undefined;
  for (let attempt = 0; attempt < 12; attempt++) {
    await page.evaluate(
      () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
    );
    const now = await page.screenshot({ path, clip, animations: 'disabled' });
    if (last?.equals(now)) return;
    last = now;
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
