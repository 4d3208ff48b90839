import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { TextTable } from '../../src/engine/dataSets/textTable';
import { Engine } from '../../src/engine/session/engine';
import type { DataSetRequest } from '../../src/protocol/dataSet';
import type { Progress } from '../../src/protocol/engine';

const model = 'headlight-encoder-sentiment';
const folder = mkdtempSync(join(tmpdir(), 'headlight-sizes-'));
after(() => rmSync(folder, { recursive: true }));

function engineWith(progress: (call: number, step: Progress) => void, storage?: string): Engine {
  return new Engine({
    modelsFolder: join(__dirname, '../../media/models'),
    events: { progress, log: () => undefined },
    ...(storage === undefined ? {} : { storage }),
  });
}

function requestOf(path: string, more: Partial<DataSetRequest> = {}): DataSetRequest {
  return { source: { kind: 'file', path }, columns: {}, model, scores: false, ...more };
}

/** A file with a text in every line. */
function fileOf(lines: number): string {
  const path = join(folder, `${lines}.txt`);
  writeFileSync(path, Array.from({ length: lines }, (_, line) => `Text number ${line}.`).join('\n'));
  return path;
}

describe('texts that memory should not hold', () => {
  const texts = Array.from({ length: 3000 }, (_, i) => `${i} ${'Zoë 😀 '.repeat(1000 + (i % 7))}`);

  for (const [where, own] of [
    ['in the folder for them', join(folder, 'texts')],
    ['in a temporary folder where there is none', undefined],
  ] as const) {
    it(`are read back from disk, ${where}, and leave nothing there`, () => {
      const before = readdirSync(tmpdir()).filter((name) => name.startsWith('headlight-texts-'));
      const table = new TextTable({ mostInMemory: 8 << 20, ...(own === undefined ? {} : { folder: own }) });
      for (const text of texts) table.add(text);
      for (const row of [0, 1, 1499, 2998, 2999]) assert.equal(table.get(row), texts[row]);
      table.release();
      const left = readdirSync(tmpdir()).filter((name) => name.startsWith('headlight-texts-'));
      assert.deepEqual(left, before);
      if (own !== undefined) assert.deepEqual(readdirSync(own), []);
    });
  }
});

describe('a file of many rows', () => {
  it('is read as far as was asked, which is told', async () => {
    const engine = engineWith(() => undefined);
    const path = fileOf(50);
    const first = await engine.openDataSet(1, requestOf(path, { mostRows: 20 }));
    assert.equal(first.rows, 20);
    assert.deepEqual(first.notes, ['Only the first 20 rows with a text were read.']);
    const all = await engine.openDataSet(2, requestOf(path, { mostRows: 50 }));
    assert.equal(all.rows, 50);
    assert.deepEqual(all.notes, []);
  });

  it('is given up while it is read, and while earlier results are looked for', async () => {
    const path = fileOf(60_000);
    for (const stage of [/^Reading/, /^Looking for earlier results/]) {
      const messages: string[] = [];
      const engine = engineWith(
        (call, { message }) => {
          if (call !== 2) return;
          messages.push(message);
          if (stage.test(message)) engine.cancel(2);
        },
        join(folder, 'storage'),
      );
      await assert.rejects(engine.openDataSet(2, requestOf(path)), /Cancelled/);
      assert.match(messages.at(-1) ?? '', stage);
    }
  });

  it('is refused where it is larger than anybody would wait for', async () => {
    const path = join(folder, 'large.txt');
    writeFileSync(path, 'Nothing but a hole follows.\n');
    truncateSync(path, 9 * 2 ** 30);
    await assert.rejects(
      engineWith(() => undefined).openDataSet(1, requestOf(path)),
      /“.*large\.txt” has 9\.0 GB; at most 8 GB are read\. Split it, or take a sample of it\./,
    );
  });
});
