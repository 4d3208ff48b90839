import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { launchBrowser, type PageOptions } from '../bed/browser';
import { installBed, type Bed } from '../bed/install';
import { artifacts, chosenLane, repository } from '../bed/lanes';
import { startServer, type Server, type Settings } from '../bed/server';
import { eventually } from './eventually';

/** Files of the workspace by name, or a folder to copy it from. */
export type Workspace = Readonly<Record<string, string | Uint8Array>> | string;

export interface WorkbenchOptions {
  readonly workspace: Workspace;
  /** Installs this VSIX; without it the extension is loaded from the repository. */
  readonly vsix?: string;
  readonly settings?: Settings;
  readonly env?: Readonly<Record<string, string>>;
  /** Opens the workspace in restricted mode. */
  readonly isRestricted?: boolean;
  readonly viewport?: PageOptions['viewport'];
  readonly scrollBars?: PageOptions['scrollBars'];
}

/** A VS Code with Headlight in it, driven through its window. */
export interface Workbench {
  readonly bed: Bed;
  readonly server: Server;
  readonly page: Page;
  /** The workspace's folder on disk: a copy, that tests may write to. */
  readonly folder: string;
  /** What the window printed that it should not: refused resources, uncaught errors. */
  readonly problems: readonly string[];
  /** Saves a picture to test/artifacts/NAME.png and gives its path. */
  screenshot(name: string): Promise<string>;
  /**
   * Reloads the window once VS Code has stored that an editor of this type is in front of its group, and what else is named (a key of what the extension
   * keeps): in a browser it does so every few seconds, because it cannot when the page goes away.
   */
  reload(editorType: string, ...kept: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Starts VS Code, opens the workspace, and waits until its files are listed. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const bed = await installBed(chosenLane());
  const folder = makeWorkspace(options.workspace);
  const server = await startServer(bed, {
    install: options.vsix,
    settings: options.settings,
    env: options.env,
    isRestricted: options.isRestricted,
  });
  const browser = await launchBrowser(bed, server, {
    workspace: folder,
    development: options.vsix ? undefined : repository,
    viewport: options.viewport,
    scrollBars: options.scrollBars,
  });
  const { page } = browser;
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (/refused to|violates the following|content security policy/i.test(message.text()))
      problems.push(message.text());
  });

  const screenshot = async (name: string) => {
    mkdirSync(artifacts, { recursive: true });
    const path = join(artifacts, `${name}.png`);
    await page.screenshot({ path });
    return path;
  };
  const close = async () => {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await page.goto(browser.address);
    await ready(page);
  } catch (error) {
    await screenshot('workbench-did-not-open').catch(() => undefined);
    mkdirSync(artifacts, { recursive: true });
    writeFileSync(join(artifacts, 'server.log'), server.log());
    await close();
    throw error;
  }
  return {
    bed,
    server,
    page,
    folder,
    problems,
    screenshot,
    reload: async (editorType, ...kept) => {
      await eventually(
        page,
        () => page.evaluate(storedItems),
        (stored) => isStored(stored, editorType, kept),
      );
      await page.reload();
      await ready(page);
    },
    close,
  };
}

/** Runs `work`; where it fails, a picture and the server's log show what there was to see. */
export async function keepingEvidence(
  workbench: Workbench,
  name: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    await workbench.screenshot(`failed-${name}`).catch(() => undefined);
    writeFileSync(join(artifacts, `failed-${name}.log`), workbench.server.log());
    throw error;
  }
}

/** The editor part as VS Code stores it: a tree of groups, each with its editors, the last used first in `mru`. */
type StoredGroups =
  | { readonly type: 'branch'; readonly data: readonly StoredGroups[] }
  | {
      readonly type: 'leaf';
      readonly data: {
        readonly editors: readonly { readonly value?: string }[];
        readonly mru: readonly number[];
      };
    };

/** Whether an editor of this type is stored as the one in front of its group, and the other texts anywhere. */
function isStored(
  items: Readonly<Record<string, string>>,
  editorType: string,
  texts: readonly string[],
): boolean {
  const stored = Object.entries(items);
  const isInFront = (group: StoredGroups): boolean =>
    group.type === 'branch'
      ? group.data.some(isInFront)
      : (group.data.editors[group.data.mru[0]]?.value ?? '').includes(`"mainThreadWebview-${editorType}"`);
  const parts = stored
    .filter(([key]) => key === 'memento/workbench.parts.editor')
    .map(
      ([, text]) =>
        (JSON.parse(text) as { 'editorpart.state'?: { serializedGrid: { root: StoredGroups } } })[
          'editorpart.state'
        ],
    );
  return (
    parts.some((part) => part && isInFront(part.serializedGrid.root)) &&
    texts.every((text) => stored.some(([, value]) => value.includes(text)))
  );
}

/** What VS Code has stored of the workspace: open editors, and what extensions keep; by their keys. Runs in the page. */
async function storedItems(): Promise<Record<string, string>> {
  const outcome = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error('IndexedDB failed.'));
    });
  const stored: Record<string, string> = {};
  for (const { name } of await indexedDB.databases()) {
    if (!name?.startsWith('vscode-web-state-db') || name.endsWith('-global')) continue;
    const database = await outcome(indexedDB.open(name));
    if (database.objectStoreNames.contains('ItemTable')) {
      const items = database.transaction('ItemTable').objectStore('ItemTable');
      const [keys, values] = await Promise.all([
        outcome(items.getAllKeys()),
        outcome<unknown[]>(items.getAll()),
      ]);
      keys.forEach((key, index) => (stored[String(key)] = String(values[index])));
    }
    database.close();
  }
  return stored;
}

function makeWorkspace(workspace: Workspace): string {
  // The real path: VS Code would not recognise a file that it reaches through a link.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'headlight-workspace-')));
  if (typeof workspace === 'string') cpSync(workspace, folder, { recursive: true });
  else {
    for (const [name, content] of Object.entries(workspace)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
  }
  return folder;
}

async function ready(page: Page): Promise<void> {
  await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
}

/** A row of the explorer. */
export function fileRow({ page }: Workbench, name: string): Locator {
  return page
    .locator('.explorer-folders-view .monaco-list-row')
    .filter({ has: page.getByText(name, { exact: true }) });
}

/** Runs a command from the palette, by its title. */
export async function runCommand({ page }: Workbench, title: string): Promise<void> {
  await page.keyboard.press('F1');
  await page.locator('.quick-input-widget input').first().fill(`>${title}`);
  // A row is labelled with the command's title, and its shortcut after a comma.
  const row = `.quick-input-list .monaco-list-row:is([aria-label="${title}"], [aria-label^="${title}, "])`;
  await page.locator(row).first().click();
}

/** Titles in the palette that match what is typed. */
export async function commandTitles({ page }: Workbench, query: string): Promise<string[]> {
  await page.keyboard.press('F1');
  await page.locator('.quick-input-widget input').first().fill(`>${query}`);
  const rows = page.locator('.quick-input-list .monaco-list-row').filter({ hasText: query });
  await rows.first().waitFor();
  const titles = await rows.locator('.quick-input-list-entry .label-name').allInnerTexts();
  await page.keyboard.press('Escape');
  return titles;
}

/** Chooses a row of the quick pick that is open. */
export async function pick({ page }: Workbench, text: string | RegExp): Promise<void> {
  await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first().click();
}

/** An entry of the context menu that is open. */
export function menuItem({ page }: Workbench, title: string): Locator {
  return page.locator('.monaco-menu .action-item').filter({ has: page.getByText(title, { exact: true }) });
}

/**
 * A message of the extension's: the toast in the corner, or, where this VS Code keeps it behind the bell, what it
 * tells screen readers.
 */
export function notification({ page }: Workbench, text: string | RegExp): Locator {
  return page
    .locator('.notification-toast, .monaco-aria-container .monaco-alert')
    .filter({ hasText: text })
    .first();
}

export function statusItem({ page }: Workbench, text: string | RegExp): Locator {
  return page.locator('.statusbar-item').filter({ hasText: text });
}

/** Colour themes that come with VS Code: as the list names them and as the settings do, and the class that the window carries while one is on. */
export const themes = {
  dark: { label: 'Dark Modern', setting: 'Default Dark Modern', class: 'vs-dark' },
  light: { label: 'Light Modern', setting: 'Default Light Modern', class: 'vs' },
  'high-contrast': { label: 'Dark High Contrast', setting: 'Default High Contrast', class: 'hc-black' },
  'high-contrast-light': {
    label: 'Light High Contrast',
    setting: 'Default High Contrast Light',
    class: 'hc-light',
  },
} as const;
export type ThemeName = keyof typeof themes;

/** Changes settings of the workspace in their file, which VS Code watches; `undefined` takes one away. */
export function changeSettings({ folder }: Workbench, changes: Settings): void {
  const file = join(folder, '.vscode/settings.json');
  const settings = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Settings) : {};
  mkdirSync(join(folder, '.vscode'), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...settings, ...changes }, undefined, 2));
}

export async function chooseTheme(workbench: Workbench, name: ThemeName): Promise<void> {
  const { page } = workbench;
  const theme = themes[name];
  await runCommand(workbench, 'Preferences: Color Theme');
  const input = page.locator('.quick-input-widget input').first();
  const row = page.locator('.quick-input-list .monaco-list-row').filter({ hasText: theme.label });
  await row.or(page.locator('.quick-input-list .monaco-list-row')).first().waitFor();
  await input.fill(theme.label);
  await row.first().waitFor();
  await input.press('Enter');
  await page.locator(`.monaco-workbench.${theme.class}`).waitFor();
}
