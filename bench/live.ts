import { build } from 'esbuild';
import { join } from 'node:path';
import { runInBed } from '../test/integration/launch/bed';
import { repository } from '../test/workbench/bed/lanes';
import { chooseFromContextMenu, goTo, openFile, selectText } from '../test/workbench/driver/editor';
import { referenceInspection } from '../test/workbench/driver/reference';
import { openWorkbench, runCommand, statusItem, type Workbench } from '../test/workbench/driver/workbench';
import type { HostDelays } from './host/keystrokes';
import { median, quantile } from './statistics';

/** What a user who writes in a live text waits for. */
export interface LiveTimes {
  readonly tokens: number;
  /** Milliseconds from a key to the last frame in which the text is coloured anew. */
  readonly coloursMedian: number;
  readonly coloursP95: number;
  /** Milliseconds by which the extension host is held up at a keystroke. */
  readonly hostMedian: number;
  readonly hostP95: number;
}

const keys = 40;
/** A text whose colours do not change for so long has its last ones. */
const quiet = 500;
/** Milliseconds after which a key will not change any colour any more. */
const patience = 3000;

/** About 32, 128 and 512 tokens. */
const texts = [30, 126, 510].map((words) => prose(words));

interface Coloured {
  keyed: number;
  painted: number;
}

declare global {
  interface Window {
    colouring?: Coloured;
  }
}

/** Times keystrokes in a real VS Code, one by one, and their cost in the extension host. */
export async function timeLive(): Promise<LiveTimes[]> {
  const host = await hostDelays();
  const workbench = await openWorkbench({ workspace: { 'texts.txt': `${texts.join('\n\n')}\n` } });
  try {
    await openFile(workbench, 'texts.txt');
    await watchColours(workbench);
    const times: LiveTimes[] = [];
    for (const [which, text] of texts.entries()) {
      const { tokens } = await referenceInspection(text);
      await selectText(workbench, text);
      await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
      await workbench.page.locator('.statusbar-item .codicon-loading').first().waitFor({ state: 'detached' });
      await statusItem(workbench, /Live/).waitFor();
      if (which === 0) await runCommand(workbench, 'Headlight: Inspect at Every Keystroke');
      await goTo(workbench, 2 * which + 1, text.length);
      const waits = await typeAndWait(workbench);
      const [, delays] = Object.entries(host)[which];
      times.push({
        tokens: tokens.ids.length,
        coloursMedian: median(waits),
        coloursP95: quantile(waits, 0.95),
        hostMedian: median(delays),
        hostP95: quantile(delays, 0.95),
      });
    }
    return times;
  } finally {
    await workbench.close();
  }
}

/** Keeps the moment of the last key, and of the last frame that painted other colours. */
async function watchColours({ page }: Workbench): Promise<void> {
  await page.evaluate(() => {
    const colouring: Coloured = { keyed: 0, painted: 0 };
    window.colouring = colouring;
    window.addEventListener('keydown', () => (colouring.keyed = performance.now()), { capture: true });
    const afterPaint = new MessageChannel();
    afterPaint.port1.onmessage = () => (colouring.painted = performance.now());
    const isColour = (node: Node | null): boolean =>
      node instanceof Element &&
      (node.matches('[class*="ced-"]') || node.querySelector('[class*="ced-"]') !== null);
    const observer = new MutationObserver((changes) => {
      const isColoured = changes.some(
        ({ target, addedNodes }) => isColour(target) || [...addedNodes].some(isColour),
      );
      if (isColoured) requestAnimationFrame(() => afterPaint.port2.postMessage(0));
    });
    const overlays = document.querySelector('.editor-instance .view-overlays');
    if (overlays) observer.observe(overlays, { subtree: true, childList: true, attributes: true });
  });
}

async function typeAndWait({ page }: Workbench): Promise<number[]> {
  const waits: number[] = [];
  for (let key = 0; key < keys + 2; key++) {
    await page.evaluate(() => {
      if (window.colouring) Object.assign(window.colouring, { keyed: 0, painted: 0 });
    });
    await page.keyboard.press('abcde '[key % 6] === ' ' ? 'Space' : 'abcde '[key % 6]);
    const { keyed, painted } = await page.evaluate(lastColours, { quiet, patience });
    // The first two are warm-ups; a key that changes no colour in sight tells nothing.
    if (key >= 2 && painted > 0) waits.push(painted - keyed);
  }
  return waits;
}

/** Waits in the page, a few times a second: looking from outside at every frame would take the time that is measured. */
function lastColours({ quiet, patience }: { quiet: number; patience: number }): Promise<Coloured> {
  const asked = performance.now();
  return new Promise((done) => {
    const look = (): void => {
      const { keyed, painted } = window.colouring ?? { keyed: 0, painted: 0 };
      if (performance.now() - (painted || asked + patience) > quiet) done({ keyed, painted });
      else setTimeout(look, quiet / 4);
    };
    look();
  });
}

async function hostDelays(): Promise<HostDelays> {
  const outfile = join(repository, '.cache/bench/keystrokes.js');
  await build({
    entryPoints: [join(repository, 'bench/host/keystrokes.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode', 'onnxruntime-node', 'tokenizers'],
    logLevel: 'warning',
  });
  const { outcomes, output } = await runInBed<HostDelays>(outfile);
  if (!outcomes) throw new Error(`The extension host ended without a result.\n${output}`);
  return outcomes;
}

function prose(words: number): string {
  const vocabulary = 'The film is slow but its quiet music makes every scene of it a small wonder'.split(' ');
  return `${Array.from({ length: words }, (_, at) => vocabulary[(at * 7) % vocabulary.length]).join(' ')}.`;
}
