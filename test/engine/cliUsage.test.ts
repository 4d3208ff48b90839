import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';

const root = join(__dirname, '../..');

describe('the command line, used badly', { concurrency: false }, () => {
  let folder: string;
  before(async () => {
    mkdirSync(join(root, 'dist'), { recursive: true });
    // Inside the repository: from there the bundle finds the native packages and the built-in models.
    folder = mkdtempSync(join(root, 'dist', 'cli-test-'));
    await build({
      entryPoints: [join(root, 'src/cli.ts')],
      outfile: join(folder, 'cli.js'),
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      mainFields: ['module', 'main'],
      external: ['onnxruntime-node', 'tokenizers'],
      logLevel: 'error',
    });
    writeFileSync(join(folder, 'binary.txt'), Uint8Array.of(1, 0, 2));
    writeFileSync(join(folder, 'cut.onnx'), Uint8Array.of(0x08, 0x07, 0x12, 0xff, 0x7f));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const headlight = (...args: string[]) =>
    spawnSync(process.execPath, [join(folder, 'cli.js'), ...args], {
      encoding: 'utf8',
      input: '',
      env: { ...process.env, XDG_CONFIG_HOME: folder },
    });

  const cases: readonly (readonly [string, () => string[], number, RegExp])[] = [
    ['an unknown command', () => ['dream'], 2, /there is no command “dream”/],
    ['an unknown option', () => ['inspect', '--colour', 'red'], 2, /--colour/],
    ['an unknown measure', () => ['inspect', '--text', 'a', '--measures', 'magic'], 2, /no measure “magic”/],
    ['empty text', () => ['inspect', '--text', ' '], 1, /text is empty/],
    ['a binary file', () => ['inspect', '--file', join(folder, 'binary.txt')], 1, /binary file/],
    [
      'a truncated model',
      () => ['inspect', '--text', 'a', '--model', join(folder, 'cut.onnx')],
      1,
      /cut\.onnx/,
    ],
    ['a head that is not there', () => ['inspect', '--text', 'good', '--ablate', '99.0'], 1, /no head 99\.0/],
    ['an edit without a factor', () => ['inspect', '--text', 'a', '--edit', '0.1:>2'], 2, /--edit wants/],
    [
      'an edit of a token that is not there',
      () => ['inspect', '--text', 'good', '--edit', '*.*:>99=0'],
      1,
      /no token 99 that is attended to/,
    ],
    [
      'a picture for a model of texts',
      () => ['inspect', '--image', join(folder, 'binary.txt')],
      1,
      /does not look at pictures/,
    ],
    ['no model of that name', () => ['models', 'info', 'nobody'], 1, /no model “nobody”/],
    ['an engine that nobody forked', () => ['serve-stdio'], 2, /headlight. command/],
  ];
  for (const [name, args, status, message] of cases) {
    test(`${name}: status ${status} and a sentence on standard error`, () => {
      const run = headlight(...args());
      assert.equal(run.status, status, run.stderr);
      assert.match(run.stderr, message);
      assert.equal(run.stdout, '');
      if (status === 1) assert.equal(run.stderr.trimEnd().split('\n').length, 1, 'one line');
    });
  }

  test('models are listed, and one is described with its sites', () => {
    assert.match(headlight('models', 'list').stdout, /headlight-decoder {2}\(built in\)/);
    const info = headlight('models', 'info', 'headlight-decoder').stdout;
    for (const fact of [
      'architecture',
      'task',
      'labels',
      'inputs',
      'outputs',
      'attention',
      'weights',
      'context',
    ])
      assert.match(info, new RegExp(`^${fact} `, 'm'));
  });
});
