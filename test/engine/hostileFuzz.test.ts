import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buildSync } from 'esbuild';
import { fuzz } from '../fuzz/fuzz';
import { fixturesIn } from '../fuzz/mutants';

const repository = resolve(__dirname, '../..');

describe('two hundred damaged models in the engine process', () => {
  let programs: string;
  before(() => {
    programs = mkdtempSync(join(tmpdir(), 'headlight-fuzz-engine-'));
    buildSync({
      entryPoints: [join(repository, 'src/engine/main.ts')],
      outfile: join(programs, 'engine.js'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      mainFields: ['module', 'main'],
      external: ['onnxruntime-node', 'tokenizers'],
      logLevel: 'error',
    });
    symlinkSync(join(repository, 'node_modules'), join(programs, 'node_modules'));
  });
  after(() => rmSync(programs, { recursive: true }));

  it('open or are refused in a sentence; none hangs, and none ends the caller', async () => {
    const report = await fuzz({
      engine: join(programs, 'engine.js'),
      fixtures: fixturesIn(join(repository, 'test/fixtures/models')),
      count: 200,
      seed: 7,
      lanes: 2,
      timeLimit: 5000,
    });
    assert.deepEqual(report.failed, []);
    assert.deepEqual(report.hung, []);
    const { opened, refused, crashed } = report.verdicts;
    assert.equal(opened + refused + crashed, 200);
    // Most damage is seen; some (a comment, a weight's last digit) does no harm.
    assert.ok(opened > 10 && refused > 100, JSON.stringify(report.verdicts));
  });
});
