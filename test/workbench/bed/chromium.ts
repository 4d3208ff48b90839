import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const wellKnown = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** DejaVu for Latin, Greek, Cyrillic and Arabic; the others so that emoji and CJK are not boxes in pictures. */
const fonts = ['fonts-dejavu-core', 'fonts-noto-color-emoji', 'fonts-droid-fallback'];

/** Where the named program lies on the PATH. */
export function which(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** A Chromium that is on this machine: HEADLIGHT_CHROMIUM, the PATH, the usual places, Playwright's own. */
export function findChromium(): string | undefined {
  const named = process.env.HEADLIGHT_CHROMIUM;
  if (named) return named;
  for (const name of names) {
    const file = which(name);
    if (file) return file;
  }
  return [...wellKnown, chromium.executablePath()].find((file) => file && existsSync(file));
}

/**
 * Finds a Chromium, or installs Debian's where this process may.
 *
 * @throws Error with the command to run, where it may not.
 */
export function ensureChromium(): string {
  const found = findChromium();
  if (found) return found;
  const command = 'apt-get install -y chromium';
  if (!which('apt-get')) {
    throw new Error(
      'The tests in VS Code need a Chromium. Install one, or run "npx playwright-core install chromium", or set HEADLIGHT_CHROMIUM to its path.',
    );
  }
  if (process.getuid?.() !== 0) {
    throw new Error(
      `The tests in VS Code need a Chromium. Install it with "sudo ${command}" and run this again.`,
    );
  }
  console.error('Installing Chromium (Debian package) ...');
  aptGet(['update']);
  const outcome = aptGet(['install', '--no-install-recommends', 'chromium']);
  const installed = findChromium();
  if (!installed) throw new Error(`"${command}" failed:\n${outcome.stderr.trim()}`);
  return installed;
}

/** Installs fonts for pictures, where this process may; elsewhere some characters are drawn as boxes. */
export function ensureFonts(): void {
  if (!which('apt-get') || process.getuid?.() !== 0) return;
  aptGet(['update']);
  aptGet(['install', '--no-install-recommends', ...fonts]);
}

function aptGet(words: readonly string[]): { readonly stderr: string } {
  return spawnSync('apt-get', ['-y', '-qq', ...words], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
  });
}
