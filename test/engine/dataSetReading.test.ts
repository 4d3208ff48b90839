import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { UserError } from '../../src/engine/errors';
import { openRows, outlineOf } from '../../src/engine/dataSets/reading/open';

const folder = mkdtempSync(join(tmpdir(), 'headlight-reading-'));
after(() => rmSync(folder, { recursive: true }));

function fileWith(
  name: string,
  content: string | Uint8Array,
): { readonly kind: 'file'; readonly path: string } {
  const path = join(folder, name);
  writeFileSync(path, content);
  return { kind: 'file', path };
}

async function rowsOf(name: string, content: string | Uint8Array, wanted: readonly string[]) {
  const source = await openRows(fileWith(name, content));
  const rows: unknown[] = [];
  for await (const row of source.rows(wanted)) rows.push(row);
  return rows;
}

const rejects = (body: Promise<unknown>, message: RegExp) =>
  assert.rejects(body, (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, message);
    return true;
  });

describe('reading a data set', () => {
  it('takes each line that is not empty of a text file, whatever ends it', async () => {
    assert.deepEqual(await rowsOf('a.txt', '\uFEFFone\r\n\n  \ntwo 😀\nthree', []), [
      ['one'],
      ['two 😀'],
      ['three'],
    ]);
  });

  it('reads UTF-16 as Windows writes it', async () => {
    assert.deepEqual(await rowsOf('wide.txt', Buffer.from('\uFEFFeins\r\nzwei', 'utf16le'), []), [
      ['eins'],
      ['zwei'],
    ]);
  });

  it('reads quoted line breaks, doubled quotes and a byte order mark in CSV', async () => {
    const csv = '\uFEFFtext,label\r\n"two\nlines, and a ""quote""",1\r\nplain,0\r\n';
    assert.deepEqual(await rowsOf('a.csv', csv, ['label', 'text']), [
      ['1', 'two\nlines, and a "quote"'],
      ['0', 'plain'],
    ]);
  });

  it('tells the delimiter, and columns without names', async () => {
    const rows = 'a wonderful evening;1\nit was dull;0\n'.repeat(3);
    const outline = await outlineOf(fileWith('semicolons.csv', rows));
    assert.deepEqual(
      outline.columns.map(({ name }) => name),
      ['Column 1', 'Column 2'],
    );
    assert.deepEqual(outline.suggested, { text: 'Column 1' });
    assert.equal((await rowsOf('semicolons.csv', rows, ['Column 1'])).length, 6);
  });

  it('reads tab-separated files that quote nothing', async () => {
    const tsv = 'sentence\tlabel\n"unfinished quote\t1\nplain\t0\n"another\t1\n';
    assert.deepEqual(await rowsOf('glue.tsv', tsv, ['sentence', 'label']), [
      ['"unfinished quote', '1'],
      ['plain', '0'],
      ['"another', '1'],
    ]);
  });

  it('reads JSON Lines of objects and of strings; numbers and truth values are cells too', async () => {
    assert.deepEqual(
      await rowsOf('a.jsonl', '{"text":"a","label":1}\n\n{"text":"b","label":true}\n{"label":null}', [
        'text',
        'label',
      ]),
      [
        ['a', '1'],
        ['b', 'true'],
        [undefined, undefined],
      ],
    );
    assert.deepEqual(await rowsOf('b.jsonl', '"a"\n"b"', ['text']), [['a'], ['b']]);
  });

  it('suggests columns by the names under which data sets are published', async () => {
    const suggested = async (csv: string) => (await outlineOf(fileWith('names.csv', csv))).suggested;
    assert.deepEqual(await suggested('idx,Sentence,Label\n0,Good.,1\n'), {
      text: 'Sentence',
      label: 'Label',
    });
    assert.deepEqual(await suggested('premise,hypothesis,gold_label\nA dog runs.,An animal moves.,yes\n'), {
      text: 'premise',
      pair: 'hypothesis',
      label: 'gold_label',
    });
    assert.deepEqual(await suggested('a,b\n0,The only column of prose here\n1,Another line of prose\n'), {
      text: 'b',
    });
  });

  it('suggests a label by its few values where no name says it', async () => {
    const csv = `body,kind\n${Array.from({ length: 12 }, (_, i) => `Some text number ${i},${i % 2 === 0 ? 'good' : 'bad'}`).join('\n')}`;
    assert.deepEqual((await outlineOf(fileWith('kinds.csv', csv))).suggested, {
      text: 'body',
      label: 'kind',
    });
  });

  it('reads the plain columns of Parquet, row group by row group', async () => {
    // Written by pyarrow with snappy compression: four rows in two row groups, `tags` a list.
    const source = { kind: 'file', path: join(__dirname, '../fixtures/dataSets/reviews.parquet') } as const;
    const { format, columns, suggested } = await outlineOf(source);
    assert.deepEqual(
      [format, columns.map(({ name }) => name)],
      ['parquet', ['sentence', 'label', 'stars', 'seen']],
    );
    assert.deepEqual(suggested, { text: 'sentence', label: 'label' });
    const rows: unknown[] = [];
    for await (const row of (await openRows(source)).rows(['label', 'sentence', 'stars', 'seen']))
      rows.push(row);
    assert.deepEqual(rows, [
      ['2', 'The film is slow, but worth it.', '4.5', 'true'],
      ['0', 'Nobody laughed.', '1', 'false'],
      ['1', undefined, undefined, 'true'],
      ['2', 'Zoë loved it 😀.', '5', undefined],
    ]);
  });

  it('says what is wrong with a broken file', async () => {
    await rejects(
      rowsOf('broken.jsonl', '{"text":"a"}\n{"text":', ['text']),
      /Line 2 of “broken\.jsonl” is not valid JSON: “\{"text":”/,
    );
    await rejects(rowsOf('array.json', '[\n{"text":"a"}]', ['text']), /one JSON array.*JSON Lines/);
    await rejects(
      rowsOf('list.jsonl', '{"text":"a"}\n{"text":["a"]}', ['text']),
      /In line 2 of .* “text” is a list/,
    );
    await rejects(rowsOf('nested.jsonl', '{"text":{"en":"a"}}', ['text']), /no field with a text of its own/);
    await rejects(
      rowsOf('open.csv', `text\n"never closed${'\nmore'.repeat(20)}`, ['text']),
      /a quote is opened and never closed/,
    );
    await rejects(rowsOf('picture.txt', Uint8Array.of(0x89, 0x50, 0, 1, 2, 3), []), /is a binary file/);
    await rejects(rowsOf('empty.csv', '', []), /is empty/);
    await rejects(rowsOf('cut.parquet', 'PAR1 and then nothing of it', []), /is not a whole Parquet file/);
    await rejects(openRows({ kind: 'file', path: join(folder, 'absent.csv') }), /cannot be read/);
    await rejects(openRows({ kind: 'file', path: folder }), /is not a file/);
  });
});
