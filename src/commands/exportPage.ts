import type { App } from '../app';

/** Saves what is shown as a page with the interactive views, which any browser opens without a network. */
export async function exportPage({ panels }: App): Promise<void> {
  await panels.savePage();
}
