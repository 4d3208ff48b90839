import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Serious and critical findings of axe-core on the page as it is now, each with the elements it is about. */
export async function seriousViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { violations: found } = await window.axe.run(document, { resultTypes: ['violations'] });
    return found.map(({ id, impact, help, nodes }) => ({
      id,
      impact,
      help,
      nodes: nodes.slice(0, 3).map((node) => node.html.slice(0, 160)),
    }));
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.join('\n  ')}`);
}

/** More stops than any view has: the keyboard is caught somewhere. */
const mostStops = 250;
/** Pixels around an element within which its focus is to be seen. */
const around = 4;

/**
 * Goes through the page with the Tab key from its beginning to its end.
 * @returns what is wrong: stops where nothing in the picture says that they have the focus, or that are out of view
 */
export async function focusProblems(page: Page): Promise<string[]> {
  const problems: string[] = [];
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    window.scrollTo(0, 0);
  });
  for (let stop = 0; ; stop++) {
    if (stop > mostStops) return [...problems, `The Tab key does not come out after ${mostStops} stops.`];
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return undefined;
      const { x, y, width, height } = element.getBoundingClientRect();
      return { html: element.outerHTML.slice(0, 140), box: { x, y, width, height } };
    });
    if (!focused) return problems;
    const clip = clipOf(page, focused.box);
    if (!clip) {
      problems.push(`out of view: ${focused.html}`);
      continue;
    }
    const lit = await page.screenshot({ clip });
    // The next Tab goes on from here all the same.
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    if (lit.equals(await page.screenshot({ clip }))) problems.push(`not to be seen: ${focused.html}`);
  }
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The part of a box, with what is around it, that is in the window; undefined where there is none. */
function clipOf(page: Page, { x, y, width, height }: Box): Box | undefined {
  const window = page.viewportSize() ?? { width: 0, height: 0 };
  const [left, top] = [Math.max(0, x - around), Math.max(0, y - around)];
  const right = Math.min(window.width, x + width + around);
  const bottom = Math.min(window.height, y + height + around);
  if (right - left <= 2 * around || bottom - top <= 2 * around) return undefined;
  return { x: left, y: top, width: right - left, height: bottom - top };
}

declare global {
  interface Window {
    axe: typeof axe;
  }
}
