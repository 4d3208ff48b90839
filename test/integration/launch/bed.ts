import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'node:util';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../../workbench/bed/browser';
import { installBed } from '../../workbench/bed/install';
import { artifacts, chosenLane, repository } from '../../workbench/bed/lanes';
import { startServer } from '../../workbench/bed/server';
import type { TestOutcome } from '../index';

const patience = 8 * 60_000;

/** How a run inside the extension host ended. */
export interface HostRun<Result> {
  /** What VS Code says: 0 also where the extension host died, so that it proves nothing alone. */
  readonly exitCode: number;
  /** Undefined where the run did not live to its end. */
  readonly outcomes: Result | undefined;
  /** What the suites and the server printed. */
  readonly output: string;
}

/**
 * Runs the bundled suites inside the extension host of the test bed, on a copy of the sample workspace.
 *
 * @param suites the module whose `run` is called, as bundleSuites gives it; it writes its result as JSON to $HEADLIGHT_TEST_RESULT
 */
export async function runInBed<Result = readonly TestOutcome[]>(suites: string): Promise<HostRun<Result>> {
  const bed = await installBed(chosenLane());
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'headlight-host-')));
  const workspace = join(folder, 'samples');
  const result = join(folder, 'result.json');
  cpSync(join(repository, 'samples'), workspace, { recursive: true });
  const server = await startServer(bed, { env: { HEADLIGHT_TEST_RESULT: result } });
  const browser = await launchBrowser(bed, server, { workspace, development: repository, tests: suites });
  const printed: string[] = [];
  try {
    const exitCode = await exitOf(browser.page, browser.address, printed);
    const outcomes = readOutcomes<Result>(result);
    const output = `${printed.join('\n')}\n${server.log()}`;
    if (exitCode !== 0 || !outcomes) {
      mkdirSync(artifacts, { recursive: true });
      writeFileSync(join(artifacts, 'failed-integration.log'), output);
      await browser.page
        .screenshot({ path: join(artifacts, 'failed-integration.png') })
        .catch(() => undefined);
    }
    return { exitCode, outcomes, output };
  } finally {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Opens the workbench and waits until it says that the tests have ended. */
async function exitOf(page: Page, address: string, printed: string[]): Promise<number> {
  const { promise, resolve, reject } = withResolvers<number>();
  const timer = setTimeout(
    () => reject(new Error(`The suites took more than ${patience / 60_000} minutes.`)),
    patience,
  );
  try {
    page.on('crash', () => reject(new Error('The page crashed.')));
    await page.exposeFunction('codeAutomationExit', (code: number) => resolve(code));
    await page.exposeFunction('codeAutomationLog', (_type: string, words: unknown[]) =>
      printed.push(format(...words)),
    );
    await page.goto(address);
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: Error): void } {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

function readOutcomes<Result>(file: string): Result | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Result;
  } catch {
    return undefined;
  }
}
