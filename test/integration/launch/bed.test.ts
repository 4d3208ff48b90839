import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleSuites } from './bundle';
import { runInBed } from './bed';

test('inside the extension host of a real VS Code', async (t) => {
  const run = await runInBed(await bundleSuites());
  assert.ok(run.outcomes, `The extension host died before the suites had ended:\n${run.output.slice(-4000)}`);
  assert.ok(
    run.outcomes.some(({ state }) => state === 'passed'),
    'Not one test passed.',
  );
  for (const { title, state, error } of run.outcomes) {
    await t.test(title, { skip: state === 'skipped' }, () => {
      if (error !== undefined) throw new Error(error);
    });
  }
  assert.equal(run.exitCode, run.outcomes.some(({ state }) => state === 'failed') ? 1 : 0);
});
