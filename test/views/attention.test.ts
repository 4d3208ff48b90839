import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { HeadRef, TokenRow } from '../../src/protocol/inspection';
import { filteredTokens, linesOf } from '../../webview/views/attention/lines';
import { readDodrio } from './dodrio';
import {
  onBench,
  type OpenView,
  type RecordedInspection,
  skip,
  type ViewBench,
  type ViewOptions,
} from './harness';
import { joined } from './joined';

const head: HeadRef = { block: 'self', layer: 7, head: 10 };

let bench: ViewBench;
let recorded: RecordedInspection;
onBench((started) => (bench = started));
before(async () => {
  recorded = await readDodrio('sst2-1169');
});

async function open(options: ViewOptions = {}): Promise<OpenView> {
  const view = await bench.open({
    view: 'attention',
    recorded,
    selection: { head },
    width: 700,
    height: 1300,
    ...options,
  });
  await view.page.waitForSelector('.attention-token');
  return view;
}

const token = (side: 'query' | 'key', row: number) => `.attention-column.${side} [data-row="${row}"]`;

describe('lines of the head view', () => {
  it('are exactly the weights over the threshold, weakest first', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }).chain((size) =>
          fc.record({
            size: fc.constant(size),
            weights: fc.array(fc.float({ min: 0, max: 1, noNaN: true }), {
              minLength: size * size,
              maxLength: size * size,
            }),
            threshold: fc.float({ min: 0, max: 1, noNaN: true }),
          }),
        ),
        ({ size, weights, threshold }) => {
          const tokens = Array.from({ length: size }, (_, i) => i);
          const attention = { data: Float32Array.from(weights), dims: [size, size] };
          const lines = linesOf(attention, tokens, tokens, threshold);
          const expected = attention.data.filter((weight) => weight >= threshold && weight > 0).sort();
          assert.deepEqual(lines.weights, expected);
          lines.weights.forEach((weight, i) =>
            assert.equal(attention.data[lines.from[i] * size + lines.to[i]], weight),
          );
        },
      ),
    );
  });

  it('go from the chosen text to the chosen text of a pair', () => {
    const sequences = Int8Array.of(-1, 0, -1, 1, -1);
    const row = { pieces: ['[CLS]', 'a', '[SEP]', 'b', '[SEP]'], sequences } as unknown as TokenRow;
    assert.deepEqual(filteredTokens(row, 'A→B', 'query'), [0, 1, 2]);
    assert.deepEqual(filteredTokens(row, 'A→B', 'key'), [3, 4]);
    assert.deepEqual(filteredTokens(row, 'all', 'key'), [0, 1, 2, 3, 4]);
  });
});

describe('head view', { skip }, () => {
  it('shows every token as query and as key', async () => {
    const view = await open();
    for (const side of ['query', 'key']) {
      const labels = await view.page.$$eval(`.attention-column.${side} .label`, (nodes) =>
        nodes.map((n) => n.textContent),
      );
      assert.equal(labels.length, 41);
      assert.deepEqual(labels.slice(0, 3), ['[CLS]', 'has', 'little']);
    }
    assert.deepEqual(view.complaints, []);
    await view.close();
  });

  it('writes the weights of the hovered query beside the keys, and tells the host of the token', async () => {
    const view = await open();
    await view.page.hover(token('query', 17));
    await view.called('select', (value) => (value as { hoveredToken?: number }).hoveredToken === 17);
    await view.settled();
    const numbers = await view.page.$$eval('.attention-column.key .attention-token', (nodes) =>
      nodes.map((node) => node.querySelector('.number')?.textContent ?? ''),
    );
    const { data, dims } = recorded.attention(head, 'token');
    const expected = Array.from({ length: dims[1] }, (_, key) => {
      const weight = data[17 * dims[1] + key];
      return weight >= 0.005 ? weight.toFixed(2).replace(/^0/, '') : '';
    });
    assert.deepEqual(numbers, expected);
    assert.match(
      (await view.page.locator('.attention-sentence').textContent()) ?? '',
      /^Head 7\.10: to attends most to your 0\.29/,
    );
    await view.close();
  });

  it('draws fewer lines while a token is hovered', async () => {
    const view = await open();
    const ink = () =>
      view.page.$eval('.sheet-canvas', (node) => {
        const canvas = node as HTMLCanvasElement;
        const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        let count = 0;
        for (let i = 3; i < pixels.length; i += 4) if (pixels[i] > 0) count++;
        return count;
      });
    const all = await ink();
    await view.page.hover(token('query', 17));
    await view.settled();
    const some = await ink();
    assert.ok(some > 0 && some < all / 4, `${some} of ${all} pixels`);
    await view.close();
  });

  it('gives each head of the layer a square: a click selects it, with Shift it is shown besides the others', async () => {
    const view = await open();
    await view.page.getByRole('button', { name: 'Head 7.3', exact: true }).click({ modifiers: ['Shift'] });
    const [selection] = await view.called(
      'select',
      (value) => (value as { compared?: unknown[] }).compared?.length === 1,
    );
    assert.deepEqual(selection, { head, compared: [{ ...head, head: 3 }] });
    await view.page.hover(token('query', 5));
    await view.settled();
    assert.equal(await view.page.locator(`${token('key', 0)} .bars i`).count(), 2);
    await view.page.getByRole('button', { name: 'Head 7.4', exact: true }).click();
    await view.called('select', (value) => (value as { head?: HeadRef }).head?.head === 4);
    await view.close();
  });

  it('is operated by keyboard', async () => {
    const view = await open();
    await view.page.locator('.attention-column.query [tabindex="0"]').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowUp', 'Enter'])
      await view.page.keyboard.press(key);
    assert.deepEqual(await view.called('revealToken'), [1]);
    assert.match(
      (await view.page.locator(':focus').getAttribute('aria-label')) ?? '',
      /^has is attended to most by /,
    );
    await view.close();
  });

  it('filters by text where there are two', async () => {
    const { inspection } = recorded;
    const sequences = inspection.tokens.pieces.map((_, i) => (i > 20 ? 1 : 0));
    const tokens = { ...inspection.tokens, sequences: Int8Array.from(sequences) };
    const view = await open({ recorded: { ...recorded, inspection: { ...inspection, tokens } } });
    await view.page.getByRole('combobox', { name: 'From which text to which' }).click();
    await view.page.getByRole('option', { name: 'A→B' }).click();
    await view.settled();
    assert.equal(await view.page.locator('.attention-column.query .attention-token').count(), 21);
    assert.equal(await view.page.locator('.attention-column.key .attention-token').count(), 20);
    await view.close();
  });

  it('holds only the tokens in view of 500, and scrolls fluently', async () => {
    const long = joined(Array.from({ length: 12 }, () => recorded));
    const view = await open({ recorded: long, height: 800 });
    assert.ok((await view.page.locator('.attention-column.query .attention-token').count()) < 60);
    const milliseconds = await view.page.$eval('.sheet-scroller', async (scroller) => {
      const times: number[] = [];
      for (let i = 0; i < 30; i++) {
        scroller.scrollTop += 97;
        const begin = performance.now();
        // The scroll event, its drawing, and the next frame.
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        times.push(performance.now() - begin);
      }
      return times.sort((a, b) => a - b)[15];
    });
    assert.ok(milliseconds < 400, `${milliseconds.toFixed(0)} ms for two frames`);
    await view.close();
  });
});
