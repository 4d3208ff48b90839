import assert from 'node:assert/strict';
import { fork, spawnSync, type Serializable } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { connectToEngine } from '../../src/protocol/rpc';

const root = join(__dirname, '../..');
const builtIn = join(root, 'media/models/headlight-decoder');
const fixtures = join(root, 'test/fixtures');

describe('the command line, used badly', { concurrency: false }, () => {
  let folder: string;
  /** Laid out as on the hub. */
  let bert: string;
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
    bert = join(folder, 'little-bert');
    cpSync(join(fixtures, 'models/bert'), bert, { recursive: true });
    renameSync(join(bert, 'eager-ts'), join(bert, 'onnx'));
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
    [
      'a block that the model does not have',
      () => ['inspect', '--text', 'good', '--ablate', '0.1', '--block', 'encoder'],
      1,
      /no block “encoder” with heads to switch off: the model has self/,
    ],
    [
      'an edit in a block that the model does not have',
      () => ['inspect', '--text', 'good', '--edit', '0.1:>1=0', '--block', 'cross'],
      1,
      /no attention block “cross” to edit: this model has self/,
    ],
    [
      'a block without anything to be done in it',
      () => ['inspect', '--text', 'good', '--block', 'encoder'],
      2,
      /give --ablate or --edit/,
    ],
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
    ['a folder without a model', () => ['models', 'add', fixtures], 1, /fixtures” has no ONNX model/],
    ['the name of a built-in model', () => ['models', 'add', builtIn], 1, /name of a built-in model/],
    ['a model that was never added', () => ['models', 'remove', 'nobody'], 1, /not an added model/],
    ['models without a verb that is known', () => ['models', 'paint', 'x'], 2, /no “models paint”/],
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

  test('a model is added under the name of its folder, used, listed and forgotten; its files stay', () => {
    assert.match(headlight('models', 'add', bert).stdout, /^little-bert {2}.*model\.onnx\n$/);
    assert.match(headlight('models', 'list').stdout, new RegExp(`^little-bert {2}${bert}$`, 'm'));
    const record = headlight(
      'inspect',
      '--model',
      'little-bert',
      '--text',
      'The licence',
      '--no-parse',
      '--json',
      '-',
    );
    assert.equal(record.status, 0, record.stderr);
    const { model } = JSON.parse(record.stdout) as { model: { name: string; task: string } };
    assert.equal(model.task, 'classification');
    const removed = headlight('models', 'remove', 'little-bert');
    assert.deepEqual([removed.status, removed.stdout], [0, '']);
    assert.doesNotMatch(headlight('models', 'list').stdout, /^little-bert /m);
    assert.equal(headlight('inspect', '--model', 'little-bert', '--text', 'The licence').status, 1);
    assert.ok(existsSync(join(bert, 'config.json')));
  });

  test('a list of models that is damaged is named, and left as it is', () => {
    const file = join(folder, 'headlight', 'models.json');
    mkdirSync(join(folder, 'headlight'), { recursive: true });
    writeFileSync(file, '{ "bert": ');
    try {
      const run = headlight('models', 'add', bert);
      assert.equal(run.status, 1);
      assert.match(run.stderr, /models\.json”, is not valid JSON/);
      assert.equal(readFileSync(file, 'utf8'), '{ "bert": ');
    } finally {
      rmSync(file);
    }
  });

  test('serve-stdio serves the process that forked it, and ends with it', async () => {
    const child = fork(join(folder, 'cli.js'), ['serve-stdio'], { serialization: 'advanced', silent: true });
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    const steps: string[] = [];
    const remote = connectToEngine(
      {
        post: (message) => void child.send(message as Serializable),
        listen: (receive) => {
          child.on('message', receive);
          return () => child.off('message', receive);
        },
      },
      { progress: (_call, { message }) => void steps.push(message), log: () => undefined },
    );
    const model = 'headlight-encoder-sentiment';
    const inspection = await remote.inspect(1, { model, text: 'A good film.', parse: 'none' });
    assert.equal(inspection.text, 'A good film.');
    const [{ data, dims }] = await remote.attention(2, {
      inspection: inspection.id,
      heads: [{ block: 'self', layer: 0, head: 1 }],
      level: 'token',
    });
    assert.deepEqual(dims, [inspection.tokens.ids.length, inspection.tokens.ids.length]);
    for (let row = 0; row < dims[0]; row++) {
      const sum = data
        .subarray(row * dims[1], (row + 1) * dims[1])
        .reduce((total, weight) => total + weight, 0);
      assert.ok(Math.abs(sum - 1) < 1e-5);
    }
    assert.ok(steps.includes(`Loading ${model}`), steps.join());
    await assert.rejects(remote.inspect(3, { model, text: ' ' }), /text is empty/);
    child.disconnect();
    assert.equal(await ended, 0);
  });
});
