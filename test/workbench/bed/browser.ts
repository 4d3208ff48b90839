import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import type { Bed } from './install';
import type { Server } from './server';

export interface PageOptions {
  /** The folder that the workbench opens. */
  readonly workspace: string;
  /** Folder of an extension to load from its sources. */
  readonly development?: string;
  /** A module whose `run` VS Code calls inside the extension host. */
  readonly tests?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Scroll bars are drawn and take their room, as they do for a person. */
  readonly scrollBars?: boolean;
  /** False for a window that a person can see. */
  readonly headless?: boolean;
}

/** A browser with a profile of its own, and the address that it is to open. */
export interface Browser {
  readonly page: Page;
  readonly address: string;
  close(): Promise<void>;
}

export const patience = 30_000;

/** The address of a workbench: a workspace, and whatever extension is to be loaded from its sources. */
export function workbenchAddress(server: Server, options: PageOptions): string {
  const remote = (path: string) => `vscode-remote://127.0.0.1:${server.port}${path}`;
  const payload: [string, string][] = [];
  if (options.development) payload.push(['extensionDevelopmentPath', remote(options.development)]);
  if (options.tests) payload.push(['extensionTestsPath', remote(options.tests)]);
  const query = new URLSearchParams({ folder: options.workspace });
  if (payload.length > 0) query.set('payload', JSON.stringify(payload));
  return `http://127.0.0.1:${server.port}/?${query}`;
}

/** Starts a Chromium that has not opened the workbench yet. */
export async function launchBrowser(bed: Bed, server: Server, options: PageOptions): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'headlight-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: bed.chromium,
    headless: options.headless ?? true,
    ignoreDefaultArgs: options.scrollBars ? ['--hide-scrollbars'] : undefined,
    viewport: options.viewport ?? { width: 1400, height: 900 },
    args: [
      '--no-sandbox', // Chromium refuses to run as root with it, and test machines are often root.
      '--disable-gpu',
      '--disable-dev-shm-usage', // Containers have a tiny /dev/shm.
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--font-render-hinting=none',
    ],
  });
  context.setDefaultTimeout(patience);
  const page = context.pages()[0] ?? (await context.newPage());
  await page.addInitScript(allowDevelopment);
  // Functions that tests hand to the page were compiled with calls of this helper, which keeps their names.
  await page.addInitScript('globalThis.__name ??= (named) => named');
  return {
    page,
    address: workbenchAddress(server, options),
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * Newer workbenches load an extension from its sources only where the server's page says that they are under test.
 * Runs in the page, before the workbench reads its settings.
 */
function allowDevelopment(): void {
  const attribute = Element.prototype.getAttribute;
  Element.prototype.getAttribute = function (name: string) {
    const value = attribute.call(this, name);
    if (name !== 'data-settings' || !value || this.id !== 'vscode-workbench-web-configuration') return value;
    const settings = JSON.parse(value) as { developmentOptions?: object };
    settings.developmentOptions = { ...settings.developmentOptions, enableSmokeTestDriver: true };
    return JSON.stringify(settings);
  };
}
