import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { buildSync } from 'esbuild';
import { EngineClient } from '../../src/engineClient';
import type { Progress } from '../../src/protocol/engine';
import { CallFailure } from '../../src/protocol/rpc';

/** Resolves when `condition` holds; fails after half a minute. */
async function until(condition: () => boolean, what: string): Promise<void> {
  for (const start = Date.now(); !condition(); await pause(10)) {
    assert.ok(Date.now() - start < 30_000, `waited in vain for ${what}`);
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the engine client', () => {
  /** The processes of these tests as they are shipped: bundled, so that one starts in an instant. */
  let programs: string;
  let folder: string;
  let client: EngineClient;
  let logged: string[];
  const linesOf = (file: string) => readFileSync(join(folder, file), 'utf8').trim().split('\n');
  const inspect = (text: string, options = {}) => client.inspect({ model: 'm', text }, options);
  const failure = (kind: string, message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof CallFailure);
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    return true;
  };

  before(() => {
    programs = mkdtempSync(join(tmpdir(), 'headlight-programs-'));
    const entryPoints = ['process-entry.ts', 'process-parent.ts'].map((file) => join(__dirname, file));
    buildSync({
      entryPoints,
      outdir: programs,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'error',
    });
  });
  after(() => rmSync(programs, { recursive: true }));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'headlight-client-'));
    logged = [];
    client = new EngineClient({
      program: { entry: join(programs, 'process-entry.js') },
      start: { modelsFolder: folder },
      log: (level, message) => logged.push(`${level}: ${message}`),
      stuckAfter: 300,
    });
  });
  afterEach(async () => {
    await client.shutdown();
    rmSync(folder, { recursive: true });
  });

  it('starts no process before the first call', () => {
    assert.equal(client.pid, undefined);
  });

  it('brings typed arrays over as they are, NaN included', async () => {
    const { saliency, tokens } = await inspect('hello');
    assert.deepEqual(saliency['gradient-l1'], Float32Array.of(0.25, NaN, 1));
    assert.deepEqual(tokens.ids, Int32Array.of(1, -2, 3));
  });

  it('tells the progress of a call to its own caller only', async () => {
    const own: Progress[] = [];
    const other: Progress[] = [];
    await Promise.all([
      inspect('progress', { progress: (step: Progress) => own.push(step) }),
      inspect('hello', { progress: (step: Progress) => other.push(step) }),
    ]);
    assert.deepEqual(own, [{ message: 'Half way', fraction: 0.5 }]);
    assert.deepEqual(other, []);
  });

  it('keeps the sentence and kind of an error that was written for the user', async () => {
    await assert.rejects(inspect('refuse'), failure('input', /^The text is empty\. Select some words\.$/));
    await assert.rejects(client.describe('m'), failure('model', /^There is no such model\.$/));
  });

  it('calls any other error a defect and keeps its stack for the log', async () => {
    await assert.rejects(inspect('stumble'), (error: unknown) => {
      assert.ok(error instanceof CallFailure && error.kind === 'failed');
      assert.match(error.message, /x is not a function/);
      assert.match(error.detail ?? '', /process-entry/);
      return true;
    });
  });

  it('rejects a cancelled call at once and tells the engine', async () => {
    const abort = new AbortController();
    const call = inspect('wait', { signal: abort.signal });
    await until(() => existsSync(join(folder, 'waiting')), 'the run to begin');
    const before = performance.now();
    abort.abort();
    await assert.rejects(call, failure('cancelled', /Cancelled/));
    assert.ok(performance.now() - before < 50);
    await until(() => existsSync(join(folder, 'cancelled')), 'the engine to hear of it');
    assert.deepEqual(linesOf('cancelled'), linesOf('waiting'));
  });

  it('does not start what was cancelled before', async () => {
    await assert.rejects(
      inspect('hello', { signal: AbortSignal.abort() }),
      failure('cancelled', /Cancelled/),
    );
    assert.equal(client.pid, undefined);
  });

  it('repeats a running call once in a new process after a SIGKILL', async () => {
    const { start: first } = await inspect('hello');
    const { start: second } = await inspect('die-once');
    assert.notEqual(second, first);
    assert.equal(isAlive(first), false);
    assert.equal(isAlive(second), true);
  });

  it('repeats every call that was running, when the process is killed from outside', async () => {
    const aborts = [new AbortController(), new AbortController()];
    const calls = aborts.map(({ signal }) => inspect('wait', { signal }));
    await until(
      () => existsSync(join(folder, 'waiting')) && linesOf('waiting').length === 2,
      'both runs to begin',
    );
    assert.ok(client.pid);
    process.kill(client.pid, 'SIGKILL');
    await until(() => linesOf('waiting').length === 4, 'both runs to begin again');
    for (const abort of aborts) abort.abort();
    for (const call of calls) await assert.rejects(call, failure('cancelled', /Cancelled/));
  });

  it('reports a second crash in a sentence and serves the next call', async () => {
    await assert.rejects(inspect('die'), failure('crashed', /twice .*SIGKILL.*memory.*shorter text/));
    await assert.rejects(inspect('shout exit-7'), (error: unknown) => {
      assert.ok(error instanceof CallFailure);
      assert.match(error.message, /exit status 7/);
      assert.match(error.detail ?? '', /a native complaint/);
      return true;
    });
    assert.equal((await inspect('hello')).text, 'hello');
  });

  it('reports a program that cannot be started', async () => {
    const broken = new EngineClient({
      program: { entry: join(folder, 'missing.js') },
      start: { modelsFolder: folder },
      log: () => undefined,
    });
    await assert.rejects(broken.inspect({ model: 'm', text: '' }), (error: unknown) => {
      assert.ok(error instanceof CallFailure && error.kind === 'crashed');
      assert.match(error.detail ?? '', /Cannot find module/);
      return true;
    });
    await broken.shutdown();
  });

  it('draws inspections of an earlier process by making them again', async () => {
    const { id: first } = await inspect('hello');
    const { id: second } = await inspect('hello again');
    await client.restart();
    const heads = [{ block: 'self', layer: 0, head: 3 } as const];
    const [attention] = await client.attention({ inspection: second, heads, level: 'token' });
    assert.deepEqual(attention, { data: Float32Array.of(3, 3, 3, 3), dims: [2, 2] });
    await Promise.all([1, 2].map(() => client.attention({ inspection: first, heads, level: 'token' })));
    assert.equal(linesOf('inspect').length, 4);
    const { id: third } = await inspect('hello');
    assert.equal(new Set([first, second, third]).size, 3);
  });

  it('says so when an inspection is not known', async () => {
    const request = { inspection: '0.0', heads: [], level: 'token' } as const;
    await assert.rejects(client.attention(request), failure('input', /Inspect the text again/));
  });

  it('replaces an engine that hangs in a cancelled run, and carries on with the call behind it', async () => {
    const abort = new AbortController();
    const outdated = inspect('hang', { signal: abort.signal });
    await until(() => existsSync(join(folder, 'hang')), 'the engine to hang');
    const hanging = client.pid;
    abort.abort();
    const next = inspect('hello');
    await assert.rejects(outdated, failure('cancelled', /Cancelled/));
    assert.notEqual((await next).start, hanging);
    assert.ok(hanging && !isAlive(hanging));
    assert.ok(logged.some((line) => /no sign of life/.test(line)));
  });

  it('lets a run take its time while somebody waits for it', async () => {
    const abort = new AbortController();
    const long = inspect('hang', { signal: abort.signal });
    await until(() => existsSync(join(folder, 'hang')), 'the run to begin');
    const pid = client.pid;
    await pause(700);
    assert.ok(pid && isAlive(pid) && client.pid === pid);
    abort.abort();
    await assert.rejects(long, failure('cancelled', /Cancelled/));
  });

  it('repeats running calls when it is restarted on purpose, as often as that happens', async () => {
    const abort = new AbortController();
    const call = inspect('wait', { signal: abort.signal });
    for (const times of [1, 2, 3]) {
      await until(
        () => existsSync(join(folder, 'waiting')) && linesOf('waiting').length === times,
        `run ${times}`,
      );
      await client.restart();
    }
    abort.abort();
    await assert.rejects(call, failure('cancelled', /Cancelled/));
  });

  it('logs what the engine prints', async () => {
    await inspect('shout');
    await until(() => logged.includes('warning: a native complaint'), 'the line');
  });

  it('does not outlive a parent that was killed', async () => {
    const parent = spawn(process.execPath, [join(programs, 'process-parent.js'), folder]);
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const engine = Number(line.toString());
    assert.ok(isAlive(engine));
    parent.kill('SIGKILL');
    await until(() => !isAlive(engine), 'the end of the engine');
  });

  it('leaves no process behind, even one that hangs', async () => {
    const call = inspect('hang');
    const rejected = assert.rejects(call, failure('cancelled', /Cancelled/));
    await until(() => existsSync(join(folder, 'hang')), 'the engine to hang');
    const pid = client.pid;
    await client.shutdown();
    await rejected;
    assert.ok(pid && !isAlive(pid));
    await assert.rejects(inspect('hello'), failure('cancelled', /Cancelled/));
  });
});
