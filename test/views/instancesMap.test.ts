import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { rgb } from 'd3';
import type { SavedFile } from '../../src/protocol/view';
import { measureColour } from '../../webview/marks/scales';
import type { KnownDataSet } from './dataSet';
import { type OpenView, skip, ViewBench, type ViewOptions } from './harness';
import { choose, drawLasso, largeSet, openInstances, reviews, reviewSet, shownRows, spotOf } from './reviews';

let bench: ViewBench;
before(async () => {
  if (!skip) bench = await ViewBench.start();
});
after(() => bench?.stop());

const open = (dataSet: KnownDataSet | undefined, options?: ViewOptions) =>
  openInstances(bench, dataSet, options);

describe('the map of instances', { skip }, () => {
  it('filters the table by what is inside the lasso, exactly, until it is cleared', async () => {
    const view = await open(reviewSet());
    await view.page.locator('.map-marks').waitFor();
    // Around (10, 0), (11, 1) and (10, 2).
    await drawLasso(view, [
      [9, -0.8],
      [11.5, -0.5],
      [11.5, 1.8],
      [10, 3],
      [9, 2.5],
    ]);
    assert.deepEqual(await shownRows(view), [1, 4, 7]);
    assert.match((await view.page.locator('.chip').textContent()) ?? '', /^In the lasso: 3/);
    assert.match(
      (await view.page.locator('.map-marks').getAttribute('aria-label')) ?? '',
      /3 points, those inside/,
    );
    await view.page.keyboard.press('Escape');
    assert.equal((await shownRows(view)).length, 8);
    await view.close();
  });

  it('says whose point is pointed at, marks its row, and inspects it on a click', async () => {
    const view = await open(reviewSet());
    const spot = await spotOf(view, [5, 9]);
    await view.page.mouse.move(spot[0] + 2, spot[1] - 2);
    await view.page.locator('.map-panel .tooltip', { hasText: 'The chairs were red.' }).waitFor();
    assert.equal(await view.page.locator('.row.pointed').getAttribute('data-row'), '5');
    await view.page.mouse.down();
    await view.page.mouse.up();
    assert.deepEqual(await view.called('inspectRow'), [5]);
    // Nothing lies here.
    await view.page.mouse.move(...(await spotOf(view, [5, 4])));
    await view.settled();
    assert.equal(await view.page.locator('.row.pointed').count(), 0);
    await view.close();
  });

  it('has a legend with the counts of what is shown, for each way to colour it', async () => {
    const view = await open(reviewSet());
    const keys = async () => (await view.page.locator('.map-key').allTextContents()).join(' ');
    assert.equal(await keys(), 'negative2 neutral2 positive3 none1');
    await choose(view, 'Colour of the points', 'Correct');
    assert.equal(await keys(), 'correct5 wrong2 not known1');
    await choose(view, 'Colour of the points', 'Confidence');
    assert.equal(await view.page.locator('.map-legend .legend').count(), 1);
    await view.close();
  });

  it('is moved and enlarged: what a lasso is drawn around stays the same texts', async () => {
    const view = await open(reviewSet());
    await view.page.getByRole('button', { name: 'Larger' }).click();
    await view.page.getByRole('button', { name: 'Whole map' }).click();
    await view.page.getByRole('button', { name: 'Move', exact: true }).click();
    const { mouse } = view.page;
    const from = await spotOf(view, [5, 4]);
    await mouse.move(...from);
    await mouse.down();
    await mouse.move(from[0] + 40, from[1], { steps: 4 });
    await mouse.up();
    const spot = await spotOf(view, [5, 9]);
    await mouse.move(spot[0] + 40, spot[1]);
    await view.page.locator('.map-panel .tooltip', { hasText: 'The chairs were red.' }).waitFor();
    await view.close();
  });

  it('of 100,000 points is drawn within a second', async () => {
    const view = await open(largeSet(100_000));
    await view.page.getByRole('button', { name: 'Draw the Map' }).click();
    await view.page.locator('.map-legend').waitFor();
    const time = await view.page.evaluate(async () => {
      const began = performance.now();
      document
        .querySelector('.map-marks')
        ?.dispatchEvent(new WheelEvent('wheel', { deltaY: -20, clientX: 300, clientY: 300 }));
      for (let i = 0; i < 2; i++) await new Promise((done) => requestAnimationFrame(done));
      return performance.now() - began;
    });
    assert.ok(time < 1000, `${time} ms`);
    await view.close();
  });
});

/** Colour of every review's point as it is painted, and how opaque it is, 0 to 1. */
async function painted(view: OpenView): Promise<{ colour: string; opacity: number }[]> {
  await view.settled();
  const canvas = view.page.locator('.map-canvas:not(.map-marks)');
  const box = await canvas.boundingBox();
  assert.ok(box);
  const spots = await Promise.all(reviews.map(([, , , , point]) => spotOf(view, point)));
  const pixels = await canvas.evaluate(
    (element, at) =>
      at.map(([x, y]) =>
        Array.from(
          (element as HTMLCanvasElement).getContext('2d')?.getImageData(Math.floor(x), Math.floor(y), 1, 1)
            .data ?? [],
        ),
      ),
    spots.map(([x, y]) => [x - box.x, y - box.y] as const),
  );
  return pixels.map(([red, green, blue, alpha]) => ({
    colour: rgb(red, green, blue).formatHex(),
    opacity: alpha / 255,
  }));
}

/** Colours of the classes by their names, as the legend has them. */
async function legendColours(view: OpenView): Promise<Map<string, string>> {
  await view.settled();
  const keys = await view.page.$$eval('.map-key', (all) =>
    all.map((key): [string, string] => [
      key.querySelector('span')?.textContent ?? '',
      key.querySelector('path')?.getAttribute('fill') ?? '',
    ]),
  );
  return new Map(keys);
}

function assertSameColour(actual: string, expected: string | undefined, what: string): void {
  assert.ok(expected, `${what} is not in the legend`);
  const [one, other] = [rgb(actual), rgb(expected)];
  // What is not quite opaque is stored with less than eight bits of colour.
  for (const part of ['r', 'g', 'b'] as const)
    assert.ok(Math.abs(one[part] - other[part]) <= 2, `${what}: ${actual}, not ${expected}`);
}

describe('the colours of the map', { skip }, () => {
  const names = ['negative', 'neutral', 'positive'];
  const cases = {
    Label: ([, label]: (typeof reviews)[number]) => (label < 0 ? 'none' : names[label]),
    Prediction: ([, , predicted]: (typeof reviews)[number]) => names[predicted],
    Correct: ([, label, predicted]: (typeof reviews)[number]) =>
      label < 0 ? 'not known' : label === predicted ? 'correct' : 'wrong',
  };
  for (const [choice, nameOf] of Object.entries(cases)) {
    it(`are those of the legend, by ${choice.toLowerCase()}`, async () => {
      const view = await open(reviewSet());
      await choose(view, 'Colour of the points', choice);
      const colours = await legendColours(view);
      const points = await painted(view);
      reviews.forEach((review, row) => {
        assertSameColour(points[row].colour, colours.get(nameOf(review)), `row ${row}`);
        assert.ok(Math.abs(points[row].opacity - 0.9) < 0.02, `row ${row}: ${points[row].opacity}`);
      });
      await view.close();
    });
  }

  it('grow with the confidence', async () => {
    const view = await open(reviewSet());
    await choose(view, 'Colour of the points', 'Confidence');
    const points = await painted(view);
    reviews.forEach(([, , , confidence], row) =>
      assertSameColour(
        points[row].colour,
        measureColour(Math.min(23, Math.floor(24 * confidence)) / 23, 'dark'),
        `row ${row}`,
      ),
    );
    await view.close();
  });

  it('leave those that the search has found; the others stay as shadows', async () => {
    const view = await open(reviewSet());
    await view.page.getByRole('searchbox').fill('warm');
    await view.called('searchRows', (request) => (request as { query: string }).query === 'warm');
    assert.deepEqual(await shownRows(view), [1, 4]);
    const points = await painted(view);
    points.forEach(({ opacity }, row) => {
      const expected = [1, 4].includes(row) ? 0.9 : 0.16;
      assert.ok(Math.abs(opacity - expected) < 0.02, `row ${row}: ${opacity}`);
    });
    await view.close();
  });
});

describe('the map as a picture', { skip }, () => {
  /** Shapes of the points in an SVG, with their places in the map, and its words. */
  function shapesOf(view: OpenView, svg: string) {
    return view.page.evaluate((content) => {
      const root = new DOMParser().parseFromString(content, 'image/svg+xml').documentElement;
      const filled = [...root.querySelectorAll(':scope > svg[overflow="hidden"] > path')].filter(
        (path) => path.getAttribute('fill') !== 'none',
      );
      return {
        points: filled.map((path) => ({
          path: path.getAttribute('d') ?? '',
          fill: path.getAttribute('fill') ?? '',
          place: (/matrix\(([^)]*)\)/.exec(path.getAttribute('transform') ?? '')?.[1] ?? '')
            .split(' ')
            .slice(4)
            .map(Number),
        })),
        images: root.querySelectorAll('image').length,
        words: [...root.querySelectorAll('text')].map((text) => text.textContent ?? ''),
      };
    }, svg);
  }

  async function savedSvg(view: OpenView): Promise<string> {
    await view.page.locator('.save-button').click();
    await view.page.getByRole('menuitem', { name: 'Map as SVG' }).click();
    const [file] = (await view.called('save')) as [SavedFile];
    assert.deepEqual([file.name, file.extension], ['headlight-map', 'svg']);
    return String(file.content);
  }

  it('of shapes has a circle for every row, in its place and its colour, and the legend', async () => {
    const view = await open(reviewSet());
    await choose(view, 'Colour of the points', 'Confidence');
    const { points, images, words } = await shapesOf(view, await savedSvg(view));
    assert.equal(images, 0);
    assert.equal(points.length, reviews.length);
    const box = await view.page.locator('.map-marks').boundingBox();
    assert.ok(box);
    for (const [row, [, , , confidence, at]] of reviews.entries()) {
      const [x, y] = await spotOf(view, at);
      const here: typeof points = points.filter(
        ({ place }) => Math.hypot(place[0] - (x - box.x), place[1] - (y - box.y)) < 0.01,
      );
      assert.equal(here.length, 1, `row ${row}`);
      assert.match(here[0].path, /^M[\d.-]+,0A[^A]*A[^A]*Z?$/u, 'a circle');
      const colour = measureColour(Math.min(23, Math.floor(24 * confidence)) / 23, 'dark');
      assert.equal(here[0].fill, colour, `row ${row}`);
    }
    assert.ok(words.includes('Confidence, %'), words.join('|'));
    assert.ok(words.some((word) => word.startsWith('UMAP of')));
    assert.deepEqual(view.complaints, []);
    await view.close();
  });

  it('of classes has a shape for each, as its legend says, and the lasso', async () => {
    const view = await open(reviewSet());
    const colours = await legendColours(view);
    await drawLasso(view, [
      [9, -0.8],
      [11.5, -0.5],
      [11.5, 1.8],
      [10, 3],
      [9, 2.5],
    ]);
    await view.save('svg');
    const [file] = (await view.called('save')) as [SavedFile];
    const { points, words } = await shapesOf(view, String(file.content));
    // Three inside: two that are positive, one without a label. The lasso is a shape with an end.
    const inside = points.filter(({ place }) => place.length === 2);
    const fills = inside.map(({ fill }) => fill).sort();
    const [positive, none] = [colours.get('positive'), colours.get('none')];
    assert.deepEqual(fills, [positive, positive, none].sort());
    const triangles = inside.filter(({ fill }) => fill === positive);
    for (const { path } of triangles) assert.equal(path.split('L').length, 3, 'a triangle');
    assert.equal(points.length, inside.length + 1);
    assert.ok(
      ['positive', '2', 'none', '1'].every((word) => words.includes(word)),
      words.join('|'),
    );
    await view.close();
  });

  it('is one of pixels where there are more points than a picture of shapes should have', async () => {
    const view = await open(largeSet(210_000));
    await view.page.getByRole('button', { name: 'Draw the Map' }).click();
    await view.page.locator('.map-legend').waitFor();
    await view.settled();
    await view.save('svg');
    const [file] = (await view.called('save')) as [SavedFile];
    assert.equal(file.extension, 'png');
    assert.ok(file.content.length > 10_000);
    await view.close();
  });
});
