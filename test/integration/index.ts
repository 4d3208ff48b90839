// What VS Code calls inside the extension host: runs the mocha suites of this folder.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

/** One test as it ended. */
export interface TestOutcome {
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly error?: string;
}

/**
 * Runs every bundled suite beside this file and writes the outcomes to $HEADLIGHT_TEST_RESULT as its last act: the
 * file says that the extension host lived to the end, which its exit status does not.
 *
 * @throws Error where a test failed.
 */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', color: false, timeout: 60_000 });
  for (const file of readdirSync(__dirname).sort()) {
    if (file.endsWith('.test.js')) mocha.addFile(join(__dirname, file));
  }
  const outcomes: TestOutcome[] = [];
  const failures = await new Promise<number>((done) => {
    const runner = mocha.run(done);
    runner.on('pass', (test) => outcomes.push({ title: test.fullTitle(), state: 'passed' }));
    runner.on('pending', (test) => outcomes.push({ title: test.fullTitle(), state: 'skipped' }));
    runner.on('fail', (test, error: unknown) =>
      outcomes.push({ title: test.fullTitle(), state: 'failed', error: describeError(error) }),
    );
  });
  const result = process.env.HEADLIGHT_TEST_RESULT;
  if (result) writeFileSync(result, JSON.stringify(outcomes));
  if (failures > 0) throw new Error(`${failures} failed.`);
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
