import type { FrameLocator } from 'playwright-core';
import { chooseFromContextMenu, openFile, selectText } from '../test/workbench/driver/editor';
import { eventually } from '../test/workbench/driver/eventually';
import { referenceInspection } from '../test/workbench/driver/reference';
import { panel, parts, showsWords } from '../test/workbench/driver/webview';
import { openWorkbench, runCommand, type Workbench } from '../test/workbench/driver/workbench';
import { median, quantile } from './statistics';

/** What a user waits for in the workbench. */
export interface WorkbenchTimes {
  readonly tokens: number;
  /** Milliseconds from the key of the command to the last change that the views paint. */
  readonly paintedMedian: number;
  readonly paintedP95: number;
  /** The same for the first inspection, with the engine to be started and the model to be loaded. */
  readonly paintedFirst: number;
  /** Bytes that the extension host sends to the inspector per inspection. */
  readonly bytes: number;
  /** Milliseconds that VS Code measures for `activate`. */
  readonly activation: number;
}

const runs = 20;
/** Views that change nothing for so long are done. */
const quiet = 500;

/** Two texts of 64 tokens, special ones included, so that every inspection changes all that is drawn. */
const texts = [
  'The film is slow, but its quiet performances and its careful eye for detail make it a small masterpiece, and nobody who expected the young director to follow her debut with a comedy that is so warm, so clever and so honest will ever forget the music of that last long scene in the old house by the sea, where it rains.',
  'The jokes are stale, the plot makes no sense, and even the music sounds tired, but a patient viewer will find that the second half repays the long and careful work of the first, because the actors know what they are doing and the camera never looks away from the one face that tells us what we want to know of it.',
];

/** What the listeners in the inspector's document have seen. */
interface Seen {
  /** Milliseconds since 1970 of the last frame after a change; 0 where nothing changed. */
  painted: number;
  bytes: number;
}

declare global {
  interface Window {
    seen?: Seen;
    asked?: number;
  }
}

/** Times the way from a command to painted views in a real VS Code. */
export async function timeWorkbench(): Promise<WorkbenchTimes> {
  const workbench = await openWorkbench({ workspace: { 'texts.txt': `${texts.join('\n\n')}\n` } });
  try {
    const references = [await referenceInspection(texts[0]), await referenceInspection(texts[1])];
    await openFile(workbench, 'texts.txt');
    await watchKeys(workbench);
    await selectText(workbench, texts[1]);
    const began = Date.now();
    await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
    await parts.attentionArcs(panel(workbench)).first().waitFor({ state: 'attached' });
    const paintedFirst = Date.now() - began;

    await watchView(panel(workbench));
    const painted: number[] = [];
    const bytes: number[] = [];
    for (let run = 0; run < runs + 2; run++) {
      const which = run % 2;
      await selectText(workbench, texts[which]);
      await untilQuiet(workbench);
      const seen = await inspectByKey(workbench, references[which].words.text);
      // The first two are warm-ups.
      if (run < 2) continue;
      painted.push(seen.waited);
      bytes.push(seen.bytes);
    }
    return {
      tokens: references[0].tokens.ids.length,
      paintedMedian: median(painted),
      paintedP95: quantile(painted, 0.95),
      paintedFirst,
      bytes: median(bytes),
      activation: await activationTime(workbench),
    };
  } finally {
    await workbench.close();
  }
}

/** Keeps the moment of the last key that the window was given. */
async function watchKeys({ page }: Workbench): Promise<void> {
  await page.evaluate(() => {
    const note = () => (window.asked = performance.timeOrigin + performance.now());
    window.addEventListener('keydown', note, { capture: true });
  });
}

/** Notes every change of the document with the end of the frame that paints it, and the bytes of every message. */
async function watchView(frame: FrameLocator): Promise<void> {
  await frame.locator('body').evaluate((body) => {
    const seen: Seen = { painted: 0, bytes: 0 };
    window.seen = seen;
    const afterPaint = new MessageChannel();
    afterPaint.port1.onmessage = () => (seen.painted = performance.timeOrigin + performance.now());
    const observer = new MutationObserver(() => requestAnimationFrame(() => afterPaint.port2.postMessage(0)));
    observer.observe(body, { subtree: true, childList: true, attributes: true, characterData: true });
    const sizeOf = (value: unknown): number => {
      if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
      if (Array.isArray(value)) return value.reduce((sum: number, part) => sum + sizeOf(part) + 1, 2);
      if (typeof value === 'object' && value !== null)
        return Object.entries(value).reduce((sum, [key, part]) => sum + key.length + 4 + sizeOf(part), 2);
      return String(value).length;
    };
    window.addEventListener('message', (event) => (seen.bytes += sizeOf(event.data)));
  });
}

async function inspectByKey(
  workbench: Workbench,
  words: readonly string[],
): Promise<{ readonly waited: number; readonly bytes: number }> {
  const body = panel(workbench).locator('body');
  await body.evaluate(() => {
    if (window.seen) Object.assign(window.seen, { painted: 0, bytes: 0 });
  });
  await workbench.page.keyboard.press('Control+K');
  await workbench.page.keyboard.press('h');
  const asked = (await workbench.page.evaluate(() => window.asked)) ?? Number.NaN;
  await showsWords(workbench, words);
  const { painted, bytes } = await untilQuiet(workbench);
  return { waited: painted - asked, bytes };
}

/** Waits until the view has not changed for a while. */
function untilQuiet(workbench: Workbench): Promise<Seen> {
  const look = () =>
    panel(workbench)
      .locator('body')
      .evaluate(() => window.seen ?? { painted: 0, bytes: 0 });
  return eventually(workbench.page, look, ({ painted }) => Date.now() - painted > quiet);
}

/** As "Developer: Show Running Extensions" has it. */
async function activationTime(workbench: Workbench): Promise<number> {
  await runCommand(workbench, 'Developer: Show Running Extensions');
  const row = workbench.page
    .locator('.runtime-extensions-editor .monaco-list-row')
    .filter({ hasText: 'Headlight' });
  const text = await eventually(
    workbench.page,
    () => row.first().innerText(),
    (shown) => /Activation:\s*\d+\s*ms/.test(shown),
  );
  return Number(/Activation:\s*(\d+)\s*ms/.exec(text)?.[1]);
}
