import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../engine/errors';
import type { FetchAttention } from '../export/attention';
import { readPageBundle } from '../export/bundle';
import { inspectionPage } from '../export/page';
import type { Inspection } from '../protocol/inspection';

/**
 * Writes a self-contained page of an inspection.
 * @throws UserError where the file cannot be written
 */
export async function writePage(
  path: string,
  inspection: Inspection,
  attention: FetchAttention,
): Promise<void> {
  const page = await inspectionPage({
    inspection,
    attention,
    bundle: await readPageBundle(bundleFolder()),
  });
  try {
    await writeFile(path, page);
  } catch (cause) {
    throw new UserError(
      `“${path}” cannot be written. Check the folder, your rights and the free space.`,
      'input',
      { cause },
    );
  }
}

/** `dist/webview`: beside the bundle in the package, in the repository below its root. */
export function bundleFolder(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const found = [join(folder, 'webview'), join(folder, 'dist', 'webview')].find((candidate) =>
      existsSync(join(candidate, 'page.js')),
    );
    if (found !== undefined) return found;
    if (folder === dirname(folder))
      throw new UserError(
        'The views are not built, so there is nothing to make a page of. Run npm run build.',
        'failed',
      );
  }
}
