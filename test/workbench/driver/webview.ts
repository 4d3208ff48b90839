import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, FrameLocator, Locator } from 'playwright-core';
import type { ViewName } from '../../../src/protocol/view';
import { repository } from '../bed/lanes';
import { eventually } from './eventually';
import type { Workbench } from './workbench';

const { publisher, name } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  publisher: string;
  name: string;
};

/** The identifier under which VS Code knows the extension. */
export const extensionId = `${publisher}.${name}`;

const ours = `iframe.webview.ready[src*="extensionId=${extensionId}"]`;
const isSideView = '[src*="purpose=webviewView"]';

/** CSS selector of the outer frames of panels (webviews in the editor area). */
export const panelFrames = `${ours}:not(${isSideView})`;

/** The outer frame of the panel that is in front. */
export function frontPanel({ page }: Workbench): Locator {
  return page.locator(panelFrames).filter({ visible: true }).first();
}

/** The document of the panel that is open (of the first one, where there are several). */
export function panel({ page }: Workbench): FrameLocator {
  return page.frameLocator(panelFrames).first().frameLocator('iframe#active-frame');
}

/** The document of the view in the side bar. */
export function sideView({ page }: Workbench): FrameLocator {
  return page.frameLocator(`${ours}${isSideView}`).first().frameLocator('iframe#active-frame');
}

/** The document of a view by its name, where several are open; waits until it is there. */
export async function viewFrame({ page }: Workbench, name: ViewName): Promise<Frame> {
  const find = async (): Promise<Frame | undefined> => {
    for (const frame of page.frames()) {
      // A frame that is just being replaced has no document to ask.
      const view = await frame.evaluate(() => document.body.dataset.view).catch(() => undefined);
      if (view === name && (await isInView(frame))) return frame;
    }
    return undefined;
  };
  const frame = await eventually(page, find, (found) => found !== undefined);
  if (!frame) throw new Error(`There is no view “${name}”.`);
  return frame;
}

/** Makes the window so wide that the panel beside the text is `width` pixels wide, and `height` pixels high. */
export async function resizePanel(workbench: Workbench, width: number, height: number): Promise<void> {
  const { page } = workbench;
  const resize = async () => {
    const box = await frontPanel(workbench).boundingBox();
    const now = page.viewportSize();
    if (!box || !now) return Infinity;
    const missing = width - box.width;
    if (Math.abs(missing) >= 1 || now.height !== height) {
      // Of what the window gains, text and panel get their shares.
      await page.setViewportSize({
        width: Math.round(now.width + (missing * now.width) / box.width),
        height,
      });
    }
    return missing;
  };
  await eventually(page, resize, (missing) => Math.abs(missing) <= 1);
}

function isInView(frame: Frame): Promise<boolean> {
  return frame
    .locator('body')
    .isVisible()
    .catch(() => false);
}

/** The parts of an inspector (or of a view alone) that tests look at. */
export const parts = {
  /** Cells of the head overview, one per head. */
  heads: (frame: FrameLocator) => frame.locator('.heads [role="gridcell"]'),
  head: (frame: FrameLocator, name: string) => frame.locator(`.heads [role="gridcell"][data-head="${name}"]`),
  selectedHead: (frame: FrameLocator) => frame.locator('.heads [role="gridcell"].selected'),
  glyphs: (frame: FrameLocator) => frame.locator('.heads canvas.head-canvas'),
  /** Words of the dependency view, in their order. */
  words: (frame: FrameLocator) => frame.locator('.dependencies g.word'),
  word: (frame: FrameLocator, text: string) =>
    frame.locator('.dependencies g.word').filter({ has: frame.getByText(text, { exact: true }) }),
  dependencyArcs: (frame: FrameLocator) => frame.locator('.dependencies .dependency-links g.link'),
  attentionArcs: (frame: FrameLocator) => frame.locator('.dependencies .edges g.link'),
  /** `Head 3.5 · dependent → head · ...` */
  arcsHeader: (frame: FrameLocator) => frame.locator('.dependencies .panel-header').first(),
};

/** Texts of the elements, in their order. */
export function texts(locator: Locator): Promise<string[]> {
  return locator.evaluateAll((elements) => elements.map((element) => element.textContent ?? ''));
}

/**
 * Waits until the dependency view shows these words. Words that are scrolled out of view are not drawn.
 *
 * @param words all words of the text
 */
export async function showsWords(
  workbench: Workbench,
  words: readonly string[],
  frame = panel(workbench),
): Promise<void> {
  const look = () =>
    parts.words(frame).evaluateAll((elements) =>
      elements.map((element) => ({
        slot: Number(element.getAttribute('data-slot')),
        text: element.querySelector('text.text')?.textContent ?? '',
      })),
    );
  await eventually(
    workbench.page,
    look,
    (drawn) =>
      drawn.length >= Math.min(3, words.length) && drawn.every(({ slot, text }) => text === words[slot]),
  );
}

/** The share of a canvas's pixels that are painted, and how many colours there are. */
export function paintedPixels(
  canvas: Locator,
): Promise<{ readonly share: number; readonly colours: number }> {
  return canvas.evaluate((element) => {
    if (!(element instanceof HTMLCanvasElement)) throw new Error('Not a canvas.');
    const { width, height } = element;
    const pixels =
      element.getContext('2d')?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
    const colours = new Set<number>();
    let painted = 0;
    for (let i = 0; i < pixels.length; i += 4) {
      if (pixels[i + 3] === 0) continue;
      painted++;
      colours.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
    }
    return { share: (4 * painted) / Math.max(1, pixels.length), colours: colours.size };
  });
}
