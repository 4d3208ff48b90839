// npm run test:electron: the same suites in the desktop VS Code, where it can be downloaded (or HEADLIGHT_VSCODE names one).
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { chosenLane, repository } from '../../workbench/bed/lanes';
import type { TestOutcome } from '../index';
import { bundleSuites } from './bundle';

async function main(): Promise<void> {
  const { vscode } = chosenLane();
  let vscodeExecutablePath = process.env.HEADLIGHT_VSCODE;
  if (!vscodeExecutablePath) {
    try {
      vscodeExecutablePath = await downloadAndUnzipVSCode({
        version: vscode,
        extensionDevelopmentPath: repository,
      });
    } catch (error) {
      console.log(
        `VS Code ${vscode} could not be downloaded (${error instanceof Error ? error.message : error}).`,
      );
      console.log(
        'Name an installed one in HEADLIGHT_VSCODE, or run "npm run test:integration", which needs only npm.',
      );
      console.log('0 passed, 0 failed, 1 skipped');
      return;
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'headlight-electron-'));
  const result = join(folder, 'result.json');
  const workspace = join(folder, 'samples');
  cpSync(join(repository, 'samples'), workspace, { recursive: true });
  try {
    await runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: repository,
      extensionTestsPath: await bundleSuites(),
      extensionTestsEnv: { HEADLIGHT_TEST_RESULT: result },
      launchArgs: [
        workspace,
        '--disable-extensions',
        '--disable-workspace-trust',
        `--user-data-dir=${join(folder, 'user')}`,
      ],
    }).catch((error: unknown) => console.log(error instanceof Error ? error.message : error));
    report(result);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Says what the suites wrote last; without it, they did not live to their end. */
function report(file: string): void {
  let outcomes: TestOutcome[] = [];
  try {
    outcomes = JSON.parse(readFileSync(file, 'utf8')) as TestOutcome[];
  } catch {
    console.log('The extension host died before the suites had ended.');
  }
  const count = (state: TestOutcome['state']) => outcomes.filter((outcome) => outcome.state === state).length;
  const failed = outcomes.length === 0 ? 1 : count('failed');
  console.log(`${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped`);
  process.exitCode = failed === 0 && count('passed') > 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
