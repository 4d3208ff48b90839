import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { HeadRef } from '../../src/protocol/inspection';
import type { SavedFile, ViewName } from '../../src/protocol/view';
import { csvOf, edgesTable, headsTable, saliencyTable, tokenTable } from '../../webview/export/csv';
import { readDodrio } from './dodrio';
import { onBench, type OpenView, type RecordedInspection, skip, type ViewBench } from './harness';

const head: HeadRef = { block: 'self', layer: 7, head: 10 };

let bench: ViewBench;
let recorded: RecordedInspection;
onBench((started) => (bench = started));
before(async () => {
  recorded = await readDodrio('sst2-1169');
});

describe('a table as CSV', () => {
  it('quotes cells as RFC 4180 says, and has an empty cell where there is no number', () => {
    const rows = [
      ['a "quoted", cell', 'two\nlines', 0.25],
      [undefined, NaN, -3],
    ];
    assert.equal(csvOf(rows), '"a ""quoted"", cell","two\nlines",0.25\r\n,,-3\r\n');
  });

  it('has no text that a spreadsheet would compute', () => {
    assert.equal(csvOf([['=1+1', '+x', '-y', '@z', 'a=b']]), "'=1+1,'+x,'-y,'@z,a=b\r\n");
  });

  it('of heads has a row per head with the value of every measure', () => {
    const { inspection } = recorded;
    const [block] = inspection.blocks;
    const [header, ...rows] = headsTable(inspection);
    assert.equal(rows.length, block.layers * block.heads);
    const row = rows[7 * block.heads + 10];
    assert.deepEqual(row.slice(0, 3), ['self', 7, 10]);
    const confidence = Number(row[header.indexOf('confidence')]);
    assert.equal(Math.fround(confidence), block.measures.confidence?.[7 * block.heads + 10]);
  });

  it('of saliency has a row per token with its score', () => {
    const { inspection } = recorded;
    const [header, ...rows] = saliencyTable(inspection);
    assert.equal(rows.length, inspection.tokens.ids.length);
    const [name] = header.slice(5);
    assert.ok(typeof name === 'string');
    const scores = Object.entries(inspection.saliency).find(([known]) => known === name)?.[1];
    rows.forEach((row, token) => assert.equal(Math.fround(Number(row[5])), scores?.[token]));
  });

  it('of attention has the weight of query and key where they meet, or a row of their own', () => {
    const { inspection } = recorded;
    const attention = recorded.attention(head, 'token');
    const width = attention.dims[1];
    const table = tokenTable(inspection, head, attention);
    assert.equal(Math.fround(Number(table[3][5])), attention.data[2 * width + 4]);
    const [, ...edges] = edgesTable(inspection, [{ head, attention }]);
    assert.equal(edges.length, attention.data.filter((weight) => weight > 0).length);
    for (const [, , , query, , key, , weight] of edges) {
      assert.equal(Math.fround(Number(weight)), attention.data[Number(query) * width + Number(key)]);
    }
  });
});

describe('saving', { skip }, () => {
  async function open(view: ViewName): Promise<OpenView> {
    const opened = await bench.open({ view, recorded, selection: { head }, theme: 'light' });
    await opened.page.waitForSelector(view === 'inspector' ? '.picture .word' : 'canvas');
    await opened.settled();
    return opened;
  }

  async function saved(view: OpenView, extension: SavedFile['extension']): Promise<SavedFile> {
    const isOf = (file: unknown) => (file as SavedFile).extension === extension;
    const [file] = await view.called('save', isOf);
    return file as SavedFile;
  }

  async function choose(view: OpenView, entry: string): Promise<void> {
    await view.page.locator('.save-button').click();
    await view.page.locator(`.save-${entry}`).click();
  }

  it('as SVG keeps every word, colour and weight, and needs no style sheet', async () => {
    const view = await open('inspector');
    await choose(view, 'svg');
    const { content, name } = await saved(view, 'svg');
    assert.ok(typeof content === 'string');
    assert.equal(name, 'headlight-dependencies-7.10');
    const words = recorded.inspection.words.text;
    for (const word of words.slice(0, 5)) assert.ok(content.includes(`>${word}<`), word);
    assert.ok(!/var\(|class=|<style/.test(content));
    const widths = await view.page.$$eval('.picture path', (paths) =>
      paths.map((path) => getComputedStyle(path).strokeWidth),
    );
    assert.ok(widths.length > 0);
    for (const width of widths) assert.ok(content.includes(`stroke-width="${width}"`), width);
    assert.ok(content.includes('<rect') && content.includes('fill="#ffffff"'), 'the background of the theme');
    assert.deepEqual(view.complaints, []);
    await view.close();
  });

  it('as CSV gives the words’ attention of the shown head', async () => {
    const view = await open('inspector');
    await choose(view, 'csv');
    const { content } = await saved(view, 'csv');
    const lines = String(content).split('\r\n');
    const { data, dims } = recorded.attention(head, 'word');
    assert.equal(lines.length, dims[0] + 2);
    const last = Number(lines[1].split(',').at(-1));
    assert.equal(Math.fround(last), data[dims[1] - 1]);
    await view.close();
  });

  it('as PNG has two pixels for each of the screen', async () => {
    const view = await open('inspector');
    await choose(view, 'png');
    const { content } = await saved(view, 'png');
    assert.ok(content instanceof Uint8Array);
    const header = new DataView(content.buffer, content.byteOffset);
    assert.equal(header.getUint32(0), 0x89504e47);
    const panel = await view.page.locator('.panel').boundingBox();
    assert.ok(panel);
    assert.equal(header.getUint32(16), 2 * Math.ceil(panel.width + 24));
    assert.deepEqual(view.complaints, []);
    await view.close();
  });

  async function savedTab(tab: 'matrix' | 'graph' | 'attention'): Promise<{ view: OpenView; svg: string }> {
    const view = await open('inspector');
    await view.page.locator(`#tab-${tab}`).click();
    await view.page.waitForSelector(`#panel-${tab} canvas`);
    await view.settled();
    await choose(view, 'svg');
    const { content } = await saved(view, 'svg');
    assert.ok(typeof content === 'string');
    assert.ok(!content.includes('<image'), 'shapes, no picture of pixels');
    return { view, svg: content };
  }

  it('as SVG has the cells of a matrix as shapes, each row as wide as the matrix', async () => {
    const { view, svg } = await savedTab('matrix');
    const { dims } = recorded.attention(head, 'word');
    const cells = [
      ...svg.matchAll(/<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"[^>]*crispEdges/g),
    ];
    const rows = new Map<string, number>();
    for (const [, , y, width] of cells) rows.set(y, (rows.get(y) ?? 0) + Number(width));
    const [, , , , height] = cells[0];
    assert.ok([dims[0], recorded.attention(head, 'token').dims[0]].includes(rows.size));
    for (const width of rows.values()) assert.ok(Math.abs(width - rows.size * Number(height)) < 0.1);
    assert.deepEqual(view.complaints, []);
    await view.close();
  });

  it('as SVG has the lines of the head view', async () => {
    const { view, svg } = await savedTab('attention');
    const lines = [...svg.matchAll(/<path d="((?:M[\d.-]+ [\d.-]+L[\d.-]+ [\d.-]+)+)"/g)];
    const count = lines.reduce((sum, [, path]) => sum + path.split('M').length - 1, 0);
    assert.ok(count > 0);
    await view.close();
  });

  it('as SVG has every node, label and edge of the painted graph, in colours that any program knows', async () => {
    const { view, svg } = await savedTab('graph');
    const label = await view.page.locator('#panel-graph canvas').getAttribute('aria-label');
    const [, tokens, edges] = /: (\d+) tokens, (\d+) edges/.exec(label ?? '') ?? [];
    const paths = [...svg.matchAll(/<path d="([^"]*)" fill="([^"]*)"/g)];
    const discs = paths.filter(([, d, fill]) => (d.match(/A/g) ?? []).length === 2 && fill !== 'none');
    assert.equal(discs.length, Number(tokens));
    const curves = paths.filter(([, d, fill]) => fill === 'none' && /Q|^M[^A]*A[^A]*A[^A]*$/.test(d));
    // The rims of the nodes are arcs too.
    assert.equal(curves.length - Number(tokens), Number(edges));
    const { tokens: row, text } = recorded.inspection;
    row.special.forEach((isSpecial, token) => {
      if (isSpecial) return;
      const written = text.slice(row.offsets[2 * token], row.offsets[2 * token + 1]);
      assert.ok(svg.includes(`>${written}</text>`), written);
    });
    assert.ok(!svg.includes('color('));
    assert.deepEqual(view.complaints, []);
    await view.close();
  });

  it('of everything asks the extension for a page', async () => {
    const view = await open('inspector');
    await choose(view, 'page');
    assert.deepEqual(await view.called('run'), ['exportPage']);
    await view.close();
  });

  it('is done by a view in a tab of its own when the command asks it to', async () => {
    const view = await open('graph');
    await view.save('csv');
    const { name, content } = await saved(view, 'csv');
    assert.equal(name, 'headlight-graph-7.10');
    assert.ok(String(content).startsWith('block,layer,head,query,'));
    await view.close();
  });
});
