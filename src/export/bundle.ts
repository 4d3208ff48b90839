import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PageBundle } from './page';

/** Reads what pages are made of. @param folder `dist/webview` */
export async function readPageBundle(folder: string): Promise<PageBundle> {
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  // The page's own script plays the host, so it comes before the views.
  const [scripts, styles] = await Promise.all([
    Promise.all(['page.js', 'inspector.js'].map(read)),
    Promise.all(['page.css', 'inspector.css'].map(read)),
  ]);
  return { scripts, styles };
}
