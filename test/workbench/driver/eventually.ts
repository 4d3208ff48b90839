import type { Page } from 'playwright-core';

const patience = 30_000;

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
    const seen = await look();
    if (condition(seen)) return seen;
    if (Date.now() > deadline)
      throw new Error(`It did not happen in time. Last seen: ${JSON.stringify(seen)}`);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  }
}
