import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { HeadRef } from '../../src/protocol/inspection';
import {
  bounds,
  edgesBetween,
  fit,
  type GraphNode,
  inGrid,
  nodeRadius,
  onCircle,
  onSpiral,
  telling,
} from '../../webview/views/graph/network';
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

function makeNodes(shares: readonly number[]): GraphNode[] {
  return shares.map((share, token) => ({
    token,
    label: `t${token}`,
    special: false,
    share,
    radius: nodeRadius(share),
    width: 20,
    x: 0,
    y: 0,
  }));
}

const anyNodes = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 80 })
  .map(makeNodes);

describe('layouts of the graph', () => {
  for (const [name, place] of [
    ['circle', onCircle],
    ['grid', (nodes: readonly GraphNode[]) => inGrid(nodes, 1.5)],
  ] as const) {
    it(`keeps nodes on a ${name} apart`, () => {
      fc.assert(
        fc.property(anyNodes, (nodes) => {
          const points = place(nodes);
          points.forEach((a, i) =>
            points.slice(i + 1).forEach((b, k) => {
              const away = Math.hypot(a.x - b.x, a.y - b.y);
              assert.ok(away >= nodes[i].radius + nodes[i + 1 + k].radius, `${i} and ${i + 1 + k}: ${away}`);
            }),
          );
        }),
      );
    });
  }

  it('begins force layouts at the same places for the same number of tokens', () => {
    assert.deepEqual(onSpiral(makeNodes([1, 0.5, 0.2])), onSpiral(makeNodes([0, 0, 0])));
  });

  it('fits everything into the window', () => {
    fc.assert(
      fc.property(
        anyNodes,
        fc.integer({ min: 200, max: 1200 }),
        fc.integer({ min: 200, max: 900 }),
        (nodes, width, height) => {
          onCircle(nodes).forEach((point, i) => Object.assign(nodes[i], point));
          const corners = nodes.flatMap((node) => bounds(node, true));
          const camera = fit(corners, width, height, 8);
          if (camera.scale <= 0.1) return;
          for (const { x, y } of corners) {
            const [left, top] = [x * camera.scale + camera.x, y * camera.scale + camera.y];
            assert.ok(left >= 7.9 && left <= width - 7.9 && top >= 7.9 && top <= height - 7.9);
          }
        },
      ),
    );
  });

  it('gives saliency the area of a node', () => {
    const area = (share: number) => nodeRadius(share) ** 2;
    assert.ok(Math.abs(area(0.5) - (area(0) + area(1)) / 2) < 1e-9);
    assert.equal(nodeRadius(-0.3), nodeRadius(0.3));
  });
});

describe('edges of the graph', () => {
  it('are about one per token at the telling threshold, self-loops not counted', () => {
    const attention = recorded.attention(head, 'token');
    const nodes = makeNodes(Array.from({ length: attention.dims[0] }, () => 0));
    const threshold = telling(
      attention,
      nodes.map(({ token }) => token),
    );
    const edges = edgesBetween(attention, nodes, threshold).filter(({ source, target }) => source !== target);
    assert.ok(edges.length >= nodes.length && edges.length <= nodes.length * 1.25, `${edges.length} edges`);
  });
});

async function open(options: ViewOptions = {}): Promise<OpenView> {
  const view = await bench.open({
    view: 'graph',
    recorded,
    selection: { head },
    width: 900,
    height: 800,
    ...options,
  });
  await view.page.waitForFunction(() => document.querySelector('.graph-canvas')?.ariaLabel);
  await view.settled();
  return view;
}

const label = (view: OpenView) => view.page.$eval('.graph-canvas', (canvas) => canvas.ariaLabel ?? '');
const picture = (view: OpenView) =>
  view.page.$eval('.graph-canvas', (canvas) => (canvas as HTMLCanvasElement).toDataURL());

async function choose(view: OpenView, layout: string): Promise<void> {
  await view.page.getByRole('combobox', { name: 'Layout' }).click();
  await view.page.getByRole('option', { name: layout }).click();
  await view.settled();
}

/** Moves over the canvas until a token is hovered; where that was. */
async function findNode(view: OpenView): Promise<{ x: number; y: number; token: number }> {
  const box = await view.page.locator('.graph-canvas').boundingBox();
  assert.ok(box);
  for (let y = box.y + 20; y < box.y + box.height; y += 22) {
    for (let x = box.x + 20; x < box.x + box.width; x += 22) {
      await view.page.mouse.move(x, y);
      const hovered = (await view.lastCall('select'))?.[0] as { hoveredToken?: number } | undefined;
      if (hovered?.hoveredToken !== undefined) return { x, y, token: hovered.hoveredToken };
    }
  }
  throw new Error('No node was found under the pointer.');
}

describe('attention graph', { skip }, () => {
  it('draws as many edges as the attention has over the threshold, without special tokens', async () => {
    const view = await open();
    const attention = recorded.attention(head, 'token');
    const tokens = [...recorded.inspection.tokens.special.keys()].filter(
      (i) => recorded.inspection.tokens.special[i] === 0,
    );
    const count = (threshold: number) =>
      tokens.flatMap((query) =>
        tokens.filter((key) => attention.data[query * attention.dims[1] + key] >= threshold),
      ).length;
    const threshold = telling(attention, tokens);
    assert.equal(
      await label(view),
      `Head 7.10 as a graph: 39 tokens, ${count(threshold)} edges of at least ${threshold.toFixed(2)}`,
    );
    await view.page.locator('.slider input').fill('140');
    await view.settled();
    assert.equal(await label(view), `Head 7.10 as a graph: 39 tokens, ${count(0.49)} edges of at least 0.49`);
    await view.page.getByRole('checkbox', { name: 'Special tokens' }).click();
    await view.settled();
    assert.match(await label(view), /41 tokens/);
    assert.deepEqual(view.complaints, []);
    await view.close();
  });

  for (const layout of ['Force-directed', 'Radial', 'Grid']) {
    it(`draws the same picture for the same text (${layout})`, async () => {
      const pictures: string[] = [];
      for (let i = 0; i < 2; i++) {
        const view = await open();
        await choose(view, layout);
        pictures.push(await picture(view));
        await view.close();
      }
      assert.equal(pictures[0], pictures[1]);
    });
  }

  it('tells the host which token is hovered, and in words what it attends to', async () => {
    const view = await open();
    const { token } = await findNode(view);
    await view.settled();
    const sentence = (await view.page.locator('.graph-sentence').textContent()) ?? '';
    const piece = recorded.inspection.tokens.pieces[token].replace(/^##/, '');
    assert.ok(sentence.startsWith(piece), sentence);
    assert.match(sentence, /of the largest saliency: (attends to|is attended to by|no edge)/);
    await view.close();
  });

  it('pins a token where it is dragged to, and lets it go again', async () => {
    const view = await open();
    await choose(view, 'Grid');
    const { x, y } = await findNode(view);
    const before = await picture(view);
    await view.page.mouse.down();
    await view.page.mouse.move(x + 60, y + 35, { steps: 4 });
    await view.page.mouse.up();
    await view.settled();
    assert.notEqual(await picture(view), before);
    const unpin = view.page.getByRole('button', { name: 'Unpin all' });
    assert.ok(await unpin.isVisible());
    assert.equal(await view.lastCall('revealToken'), undefined, 'a drag is no click');
    await unpin.click();
    await view.settled();
    assert.ok(!(await unpin.isVisible()));
    await view.close();
  });

  it('reveals a clicked token, and goes from token to token by keyboard', async () => {
    const view = await open();
    const { token } = await findNode(view);
    await view.page.mouse.down();
    await view.page.mouse.up();
    assert.deepEqual(await view.called('revealToken'), [token]);
    await view.page.mouse.move(1, 1);
    await view.page.locator('.graph-canvas').focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'Enter']) await view.page.keyboard.press(key);
    await view.called('revealToken', (revealed) => revealed === 2);
    await view.close();
  });

  it('draws over 100 tokens within a frame of 60 per second while one is dragged', async () => {
    const parts = Array.from({ length: 3 }, () => recorded);
    const view = await open({ recorded: joined(parts) });
    await view.page.getByRole('checkbox', { name: 'Special tokens' }).click();
    await view.settled();
    assert.match(await label(view), /123 tokens, \d{3,} edges/);
    const { x, y } = await findNode(view);
    await view.page.mouse.down();
    await view.page.mouse.move(x + 5, y + 5);
    const times = await view.page.$eval('.graph-canvas', async (canvas) => {
      const box = canvas.getBoundingClientRect();
      const spent: number[] = [];
      const request = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (draw) =>
        request((time) => {
          const begin = performance.now();
          draw(time);
          spent.push(performance.now() - begin);
        });
      for (let i = 0; i < 60; i++) {
        const at = {
          clientX: box.x + 100 + 5 * i,
          clientY: box.y + 120 + 2 * i,
          pointerId: 1,
          bubbles: true,
        };
        canvas.dispatchEvent(new PointerEvent('pointermove', at));
        await new Promise(request);
      }
      return spent.sort((a, b) => a - b);
    });
    await view.page.mouse.up();
    assert.ok(
      times.length > 10 && times[times.length >> 1] < 16,
      `${times[times.length >> 1]} ms of drawing per frame`,
    );
    await view.close();
  });
});
