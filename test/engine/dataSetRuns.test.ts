import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buildSync } from 'esbuild';
import { ResultCache } from '../../src/engine/dataSets/cache';
import { Engine } from '../../src/engine/session/engine';
import { EngineClient } from '../../src/engineClient';
import type { DataSetRequest } from '../../src/protocol/dataSet';
import type { Progress } from '../../src/protocol/engine';

const repository = join(__dirname, '../..');
const modelsFolder = join(repository, 'media/models');
const model = 'headlight-encoder-sentiment';

/** Sentences of three to twelve words, the same in each run of the tests. */
function sentences(count: number): string[] {
  const words =
    'the film was slow but its quiet actors were wonderful terrible and nobody laughed again'.split(' ');
  let state = 1;
  const next = (below: number): number => (state = (state * 48271) % 2147483647) % below;
  return Array.from({ length: count }, () =>
    Array.from({ length: 3 + next(10) }, () => words[next(words.length)]).join(' '),
  );
}

/** Rows of a data set as the lines of a document. */
function linesOf(texts: readonly string[], more: Partial<DataSetRequest> = {}): DataSetRequest {
  return {
    source: { kind: 'lines', name: 'texts', text: texts.join('\n') },
    columns: {},
    model,
    scores: false,
    ...more,
  };
}

function engineWith(
  storage?: string,
  progress: (call: number, step: Progress) => void = () => undefined,
): Engine {
  return new Engine({
    modelsFolder,
    events: { progress, log: () => undefined },
    ...(storage === undefined ? {} : { storage }),
  });
}

describe('running a data set', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'headlight-runs-'))));
  after(() => rmSync(folder, { recursive: true }));
  const storage = (): string => mkdtempSync(join(folder, 'storage-'));

  it('finds the model’s labels by name or number, and keeps others as they are', async () => {
    const engine = engineWith();
    const labelled = async (labels: readonly string[]) => {
      const path = join(storage(), 'labelled.csv');
      writeFileSync(
        path,
        `text,label\n${labels.map((label, row) => `Text number ${row},${label}`).join('\n')}\n`,
      );
      const {
        labels: names,
        id,
        notes,
      } = await engine.openDataSet(1, {
        ...linesOf([]),
        source: { kind: 'file', path },
        columns: { text: 'text', label: 'label' },
      });
      const { label } = await engine.instances(2, id);
      return { notes, labels: Array.from(label, (index) => (index < 0 ? '' : names[index])) };
    };
    assert.deepEqual((await labelled(['Positive', 'NEGATIVE', '', 'neutral'])).labels, [
      'positive',
      'negative',
      '',
      'neutral',
    ]);
    assert.deepEqual((await labelled(['2', '0', '1.0'])).labels, ['positive', 'negative', 'neutral']);
    assert.deepEqual((await labelled(['LABEL_2', 'LABEL_0'])).labels, ['positive', 'negative']);
    const own = await labelled(['positive', 'sarcastic']);
    assert.deepEqual(own.labels, ['positive', 'sarcastic']);
    assert.match(own.notes.join(' '), /does not know the label “sarcastic”/);
    // 7 is no class of the model's, so that these are no numbers of classes.
    assert.deepEqual((await labelled(['2', '7'])).labels, ['2', '7']);
  });

  it('answers an inspection while it runs', async () => {
    let begun: () => void = () => undefined;
    const beginning = new Promise<void>((resolve) => (begun = resolve));
    const engine = engineWith(undefined, (call, { fraction }) => {
      if (call === 2 && fraction !== undefined && fraction > 0) begun();
    });
    const { id } = await engine.openDataSet(1, linesOf(sentences(1500)));
    let isOver = false;
    const run = engine.runDataSet(2, id).finally(() => (isOver = true));
    await beginning;
    await engine.inspect(3, { model, text: 'Nobody laughed.' });
    assert.equal(isOver, false);
    const { done } = await engine.instances(4, id);
    assert.ok(done > 0 && done < 1500, `${done} of 1500 were done`);
    assert.equal((await run).done, 1500);
  });

  it('keeps what was done when it is cancelled, and goes on from there', async () => {
    const events: Progress[] = [];
    const engine = engineWith(undefined, (call, step) => {
      if (call === 2 && events.push(step) === 5) engine.cancel(2);
      if (call === 4) events.push(step);
    });
    const { id } = await engine.openDataSet(1, linesOf(sentences(1500)));
    await assert.rejects(engine.runDataSet(2, id), /Cancelled/);
    const { done } = await engine.instances(3, id);
    assert.ok(done > 0 && done < 1500, `${done} of 1500 were done`);
    events.length = 0;
    const whole = await engine.runDataSet(4, id);
    assert.match(events[0].message, new RegExp(`^Running ${model}: [\\d,]+ of 1,500 texts$`));
    assert.ok((events[0].fraction ?? 0) >= done / 1500);
    assert.equal(whole.done, 1500);
    assert.ok(whole.confidence.every((confidence) => confidence >= 1 / 3 && confidence <= 1));
  });

  it('finds its results again in a new process that was killed before, and they are those of one run', async () => {
    const texts = sentences(2600);
    const kept = storage();
    const program = join(folder, 'killed.js');
    buildSync({
      stdin: {
        contents: `
          import { Engine } from ${JSON.stringify(join(repository, 'src/engine/session/engine'))};
          process.on('message', async ({ start, request }) => {
            const engine = new Engine({ ...start, events: { log() {}, progress: (call, { fraction }) => process.send(fraction ?? 0) } });
            const { id } = await engine.openDataSet(1, request);
            await engine.runDataSet(2, id);
          });`,
        resolveDir: repository,
        loader: 'ts',
      },
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      mainFields: ['module', 'main'],
      external: ['onnxruntime-node', 'tokenizers'],
      logLevel: 'error',
    });
    const child: ChildProcess = fork(program, {
      env: { ...process.env, NODE_PATH: join(repository, 'node_modules') },
      execArgv: [],
    });
    child.send({ start: { modelsFolder, storage: kept }, request: linesOf(texts) });
    await new Promise<void>((resolve, reject) => {
      child.on('message', (fraction) => {
        if (Number(fraction) > 0.5) child.kill('SIGKILL');
      });
      child.once('exit', (code, signal) =>
        signal === 'SIGKILL' ? resolve() : reject(new Error(`exit ${code}`)),
      );
    });
    const engine = engineWith(kept);
    const { id, done } = await engine.openDataSet(1, linesOf(texts));
    assert.equal(done % 1024, 0);
    assert.ok(done >= 1024 && done < 2600, `${done} rows were kept`);
    const resumed = await engine.runDataSet(2, id);
    const anew = engineWith();
    const whole = await anew.runDataSet(2, (await anew.openDataSet(1, linesOf(texts))).id);
    assert.deepEqual(resumed, whole);
  });

  it('takes over no file that was damaged, and nothing of another model', async () => {
    const texts = sentences(40);
    const kept = storage();
    const first = engineWith(kept);
    const whole = await first.runDataSet(2, (await first.openDataSet(1, linesOf(texts))).id);
    const again = async (request = linesOf(texts)) => (await engineWith(kept).openDataSet(1, request)).done;
    assert.equal(await again(), 40);
    assert.equal(await again(linesOf(texts, { model: 'headlight-decoder' })), 0);
    assert.equal(await again(linesOf([...texts.slice(1), 'Another text.'])), 0);
    const [name] = readdirSync(join(kept, 'data-sets'));
    const path = join(kept, 'data-sets', name);
    const bytes = readFileSync(path);
    for (const damaged of [
      bytes.subarray(0, 100),
      flipped(bytes, 60),
      Buffer.from('nonsense'),
      Buffer.alloc(0),
    ]) {
      writeFileSync(path, damaged);
      const engine = engineWith(kept);
      const { id, done } = await engine.openDataSet(1, linesOf(texts));
      assert.equal(done, 0);
      assert.deepEqual(await engine.runDataSet(2, id), whole);
      assert.deepEqual(readFileSync(path), bytes);
    }
  });

  it('goes on without keeping anything where nothing can be written', async () => {
    const kept = storage();
    writeFileSync(join(kept, 'data-sets'), 'a file where the folder should be');
    const engine = engineWith(kept);
    const { done, notes } = await engine.runDataSet(
      2,
      (await engine.openDataSet(1, linesOf(sentences(20)))).id,
    );
    assert.equal(done, 20);
    assert.match(
      (notes ?? []).join(' '),
      /Results are not kept for the next time: .*Everything else works\./,
    );
  });

  it('removes the results that were not used for longest when there are too many', async () => {
    const kept = storage();
    const cache = new ResultCache(kept, { most: 9000 });
    for (const [index, key] of ['a', 'b', 'c'].entries()) {
      await cache.write(key, { key }, new Float32Array(1000));
      utimesSync(join(kept, `${key}.results`), 100 + index, 100 + index);
    }
    assert.deepEqual((await cache.read('a'))?.record, { key: 'a' });
    await cache.prune();
    assert.deepEqual(readdirSync(kept).sort(), ['a.results', 'c.results']);
  });

  it('keeps an id good when the engine is started again', async () => {
    const client = new EngineClient({
      program: { entry: join(repository, 'dist/engine.js') },
      start: { modelsFolder, storage: storage() },
      log: () => undefined,
    });
    try {
      const { id } = await client.openDataSet(linesOf(sentences(30)));
      const first = await client.askDataSet((engine) => engine.runDataSet, id);
      await client.restart();
      assert.deepEqual(await client.askDataSet((engine) => engine.instances, id), first);
      const rows = Uint32Array.of(29, 0);
      const texts = await client.askDataSet((engine) => engine.rowTexts, { dataSet: id, rows });
      assert.deepEqual(
        texts.map(({ text }) => text),
        [sentences(30)[29], sentences(30)[0]],
      );
    } finally {
      await client.shutdown();
    }
  });

  it('finds rows by what they say', async () => {
    const engine = engineWith();
    const { id: dataSet } = await engine.openDataSet(1, linesOf(['Ärger im Kino', 'nothing', 'ÄRGER again']));
    const found = async (query: string, isCaseSensitive: boolean) =>
      Array.from(await engine.searchDataSet(2, { dataSet, query, isCaseSensitive }));
    assert.deepEqual(await found('ärger', false), [0, 2]);
    assert.deepEqual(await found('Ärger', true), [0]);
  });

  it('says what is missing', async () => {
    const engine = engineWith();
    const { id } = await engine.openDataSet(1, linesOf(['One text.']));
    await assert.rejects(engine.projectDataSet(2, id), /no text was run\. Run the data set first/);
    await assert.rejects(engine.dataSetScores(3, id), /Heads were not measured/);
    await assert.rejects(
      engine.rowTexts(4, { dataSet: id, rows: Uint32Array.of(1) }),
      /has 1 row; there is no row 1/,
    );
    await assert.rejects(engine.openDataSet(5, linesOf(['', ' '])), /has no text/);
    const path = join(storage(), 'a.csv');
    writeFileSync(path, 'text,label\nA,1\n');
    const csv = { ...linesOf([]), source: { kind: 'file', path } } as const;
    await assert.rejects(
      engine.openDataSet(6, { ...csv, columns: { text: 'review' } }),
      /has no column “review”\. Its columns are text, label\./,
    );
    await assert.rejects(engine.openDataSet(7, { ...csv, columns: {} }), /not clear which column/);
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] ^= 1;
  return copy;
}
