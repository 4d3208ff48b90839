// Runs the test suites in order, the fast ones first, and goes on after a failure.
// node test/run.mjs [SUITE ...]      the last line is "N passed, N failed, N skipped"; the exit status is 0 where none failed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../..');

/**
 * `folder` is searched for *.test.ts; suites with a browser in them run one file at a time. `needs` is what
 * test/workbench/bed/main.ts is to install first: everything, or only a Chromium. `again`: files that fail are run a second
 * time, because a browser and a whole VS Code share the machine with whatever else is on it; a test that passes only then
 * is named in the report as one to be mended.
 */
const suites = [
  { name: 'engine', folder: 'test/engine', concurrency: 2 },
  { name: 'editor', folder: 'test/editor', concurrency: 2 },
  { name: 'views', folder: 'test/views', concurrency: 1, needs: ['chromium'], again: true },
  { name: 'workbench', folder: 'test/workbench', concurrency: 1, needs: [], again: true },
  { name: 'integration', folder: 'test/integration/launch', concurrency: 1, needs: [], again: true },
  { name: 'vsix', folder: 'test/vsix', concurrency: 1, needs: [], again: true },
];

/** A file of tests that hangs is ended after this; the longest ones take a fraction of it. */
const testTimeout = 10 * 60_000;

/** @returns {string[]} the test files of a suite, sorted, relative to the repository */
function testFiles(folder) {
  const absolute = join(root, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/**
 * Runs one suite, streaming what it prints.
 *
 * @returns {Promise<{passed: number, failed: number, skipped: number, failures: {file: string, name: string, message: string}[], unsteady: string[]}>}
 */
async function run(suite) {
  const nothing = { passed: 0, failed: 0, skipped: 0, failures: [], unsteady: [] };
  const files = testFiles(suite.folder);
  if (files.length === 0) return nothing;
  console.log(`\n=== ${suite.name}: ${files.length} ${files.length === 1 ? 'file' : 'files'}`);
  if (suite.needs && !install(suite.needs)) {
    // A person may go on without; where nobody looks, nothing may be left out silently.
    console.log(`The suite "${suite.name}" cannot run here.`);
    return process.env.CI ? { ...nothing, failed: 1 } : { ...nothing, skipped: files.length };
  }
  if (!suite.again) return { ...(await runFiles(suite, files)), unsteady: [] };
  const sum = nothing;
  let chances = 3; // many failed files are no accident
  for (const file of files) {
    let counts = await runFiles(suite, [file]);
    if (counts.failed > 0 && chances > 0) {
      chances--;
      console.log(`\n=== ${suite.name}, again: ${file}`);
      const first = counts;
      counts = await runFiles(suite, [file]);
      const stillFails = new Set(counts.failures.map(({ name }) => name));
      sum.unsteady.push(
        ...first.failures.filter(({ name }) => !stillFails.has(name)).map(({ name }) => `${file}: ${name}`),
      );
    }
    for (const key of ['passed', 'failed', 'skipped']) sum[key] += counts[key];
    sum.failures.push(...counts.failures);
  }
  return sum;
}

/** Runs files of tests in one go. */
async function runFiles(suite, files) {
  const countsFile = join(root, '.cache', `counts-${suite.name}.json`);
  rmSync(countsFile, { force: true });
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '--test',
      `--test-concurrency=${suite.concurrency}`,
      `--test-timeout=${testTimeout}`,
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      `--test-reporter=${join(root, 'test/counts.mjs')}`,
      `--test-reporter-destination=${countsFile}`,
      ...files,
    ],
    { cwd: root, stdio: 'inherit' },
  );
  const status = await new Promise((done) => child.once('close', done));
  let counts;
  try {
    counts = JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    console.log(`The suite "${suite.name}" ended without a result (status ${status}).`);
    return { passed: 0, failed: 1, skipped: 0, failures: [] };
  }
  // A run that failed as a whole (an unhandled rejection after the last test) is a failure even if every test passed.
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

function install(words) {
  const script = ['--import', 'tsx', 'test/workbench/bed/main.ts', ...words];
  const { status } = spawnSync(process.execPath, script, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0;
}

function build() {
  const { status } = spawnSync(process.execPath, ['esbuild.mjs'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(
    `No such suite: ${unknown.join(', ')}. There are ${suites.map((suite) => suite.name).join(', ')}.`,
  );
  process.exit(2);
}

mkdirSync(join(root, '.cache'), { recursive: true });
const total = { passed: 0, failed: 0, skipped: 0 };
const report = [];
if (build()) {
  for (const suite of suites) {
    if (wanted.length > 0 && !wanted.includes(suite.name)) continue;
    const began = performance.now();
    const counts = await run(suite);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    report.push(
      `${suite.name.padEnd(12)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${seconds} s)`,
      ...counts.failures.map(({ file, name, message }) => `  failed: ${file}: ${name}: ${message}`),
      ...counts.unsteady.map((name) => `  passed only the second time: ${name}`),
    );
    for (const key of Object.keys(total)) total[key] += counts[key];
  }
} else {
  total.failed = 1;
  report.push('The build failed; no test was run.');
}
console.log(`\n${report.join('\n')}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
