import type { Page } from 'playwright-core';

const patience = 30_000;
/** What Playwright says of a document that was replaced. */
const isGone = /Frame was detached|Execution context was destroyed|frame got detached|Cannot find context/i;

/**
 * Looks again at every animation frame until what is seen satisfies `condition`.
 *
 * @throws Error with what was seen last, after 30 seconds.
 */
export async function eventually<T>(
  page: Page,
  look: () => Promise<T>,
  condition: (seen: T) => boolean,
): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    let seen: T | undefined;
    try {
      seen = await look();
      if (condition(seen)) return seen;
    } catch (error) {
      // A view that is being opened gets its document in steps: what is looked at may go away under the eye.
      if (!(error instanceof Error) || !isGone.test(error.message)) throw error;
    }
    if (Date.now() > deadline)
      throw new Error(`It did not happen in time. Last seen: ${JSON.stringify(seen)}`);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  }
}
