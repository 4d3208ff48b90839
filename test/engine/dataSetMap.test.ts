import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { VectorMap, type Vectors } from '../../src/engine/dataSets/map';
import { seededRandom } from '../../src/engine/random';
import { Engine } from '../../src/engine/session/engine';
import type { DataSetRequest } from '../../src/protocol/dataSet';
import type { Progress } from '../../src/protocol/engine';

const model = 'headlight-encoder-sentiment';
const folder = mkdtempSync(join(tmpdir(), 'headlight-map-'));
after(() => rmSync(folder, { recursive: true }));

/** Three bent sheets in 24 dimensions: neighbourhoods that a plane can keep. [3 · perSheet, 24] */
function sheets(perSheet: number, seed: number): Vectors {
  const random = seededRandom(seed);
  const width = 24;
  const data = new Float32Array(3 * perSheet * width);
  for (let row = 0; row < 3 * perSheet; row++) {
    const sheet = Math.floor(row / perSheet);
    const [u, v] = [2 * random() - 1, 2 * random() - 1];
    for (let d = 0; d < width; d++) {
      const offset = d % 3 === sheet ? 6 : 0;
      data[row * width + d] =
        offset + u * Math.cos(d) + v * Math.sin(d) + 0.3 * u * u * Math.cos(2 * d + sheet);
    }
  }
  return { data, width };
}

/** [n, n] for every row the other rows, the nearest first. */
function neighbourOrder({ data, width }: Vectors): number[][] {
  const count = data.length / width;
  const distance = (a: number, b: number): number => {
    let sum = 0;
    for (let d = 0; d < width; d++) sum += (data[a * width + d] - data[b * width + d]) ** 2;
    return sum;
  };
  return Array.from({ length: count }, (_, row) => {
    const distances = Array.from({ length: count }, (__, other) => distance(row, other));
    return [...distances.keys()].filter((other) => other !== row).sort((a, b) => distances[a] - distances[b]);
  });
}

/**
 * Trustworthiness (Venna & Kaski 2001): 1 less what points among the k nearest on the map lack of being among the k nearest in truth,
 * by their ranks there; 1: the map invents no neighbour, about 0.5: the map is random.
 */
function trustworthiness(vectors: Vectors, points: Float32Array, k: number): number {
  const truth = neighbourOrder(vectors);
  const onMap = neighbourOrder({ data: points, width: 2 });
  const count = truth.length;
  let penalty = 0;
  for (let row = 0; row < count; row++) {
    const rankOf = new Map(truth[row].map((other, rank) => [other, rank + 1]));
    for (const other of onMap[row].slice(0, k)) penalty += Math.max(0, (rankOf.get(other) ?? 0) - k);
  }
  return 1 - (2 * penalty) / (count * k * (2 * count - 3 * k - 1));
}

describe('a map of vectors', () => {
  const vectors = sheets(60, 1);
  const map = new VectorMap(vectors);
  const shares: number[] = [];
  const points = map.fit((share) => shares.push(share));

  it('keeps neighbours', () => {
    assert.equal(points.length, 2 * 180);
    assert.ok(points.every(Number.isFinite));
    const kept = trustworthiness(vectors, points, 10);
    assert.ok(kept > 0.95, `${kept}`);
    // What the measure says of points that were thrown anywhere.
    const random = seededRandom(3);
    const thrown = trustworthiness(
      vectors,
      Float32Array.from({ length: 360 }, () => random()),
      10,
    );
    assert.ok(thrown < 0.7, `${thrown}`);
  });

  it('keeps sheets that lie apart, apart', () => {
    const onMap = neighbourOrder({ data: points, width: 2 });
    onMap.forEach((others, row) => {
      for (const other of others.slice(0, 5)) assert.equal(Math.floor(other / 60), Math.floor(row / 60));
    });
  });

  it('is the same for the same vectors, and says how far it is', () => {
    assert.deepEqual(
      new VectorMap(vectors).fit(() => undefined),
      points,
    );
    assert.ok(shares.length > 10 && shares.every((share, i) => share >= (shares[i - 1] ?? 0) && share <= 1));
  });

  it('places vectors that come later among those that they are like', () => {
    const later = sheets(10, 2);
    const placed = map.place(later);
    assert.ok(placed.every(Number.isFinite));
    const onMap = neighbourOrder({ data: Float32Array.from([...points, ...placed]), width: 2 });
    for (let row = 0; row < 30; row++) {
      const [nearest] = onMap[180 + row].filter((other) => other < 180);
      assert.equal(Math.floor(nearest / 60), Math.floor(row / 10), `row ${row}`);
    }
  });

  it('of few vectors, or of many that are the same, has finite places', () => {
    for (const rows of [1, 3, 4, 20]) {
      const same = { data: new Float32Array(rows * 8).fill(0.5), width: 8 };
      const found = new VectorMap(same).fit(() => undefined);
      assert.equal(found.length, 2 * rows);
      assert.ok(found.every(Number.isFinite), `${rows}`);
    }
  });
});

/** Praise and blame in turns. */
function reviews(count: number): string[] {
  const [things, praise, blame] = [
    ['The film', 'Her new novel', 'This album', 'The cast', 'The long last act', 'The camera work'],
    ['is wonderful', 'is a warm and honest delight', 'is beautiful from beginning to end'],
    ['is terrible', 'is a dull and clumsy mess', 'is boring from beginning to end'],
  ] as const;
  return Array.from({ length: count }, (_, row) => {
    const said = row % 2 === 0 ? praise : blame;
    return `${things[row % things.length]} ${said[Math.floor(row / 2) % said.length]}, ${row}.`;
  });
}

function requestOf(texts: readonly string[]): DataSetRequest {
  return {
    source: { kind: 'lines', name: 'texts', text: texts.join('\n') },
    columns: {},
    model,
    scores: false,
  };
}

function engineWith(progress: (call: number, step: Progress) => void, storage?: string): Engine {
  return new Engine({
    modelsFolder: join(__dirname, '../../media/models'),
    events: { progress, log: () => undefined },
    ...(storage === undefined ? {} : { storage }),
  });
}

describe('the map of a data set', () => {
  const texts = reviews(150);

  it('has a place for every text, near those of which the model says the same', async () => {
    const steps: Progress[] = [];
    const engine = engineWith((call, step) => void (call === 3 && steps.push(step)));
    const { id } = await engine.openDataSet(1, requestOf(texts));
    const { predicted } = await engine.runDataSet(2, id);
    const { points, method } = await engine.projectDataSet(3, id);
    assert.deepEqual(points.dims, [150, 2]);
    assert.ok(points.data.every(Number.isFinite));
    assert.equal(method, 'UMAP of the mean second-to-last hidden state of 150 texts');
    const onMap = neighbourOrder({ data: points.data, width: 2 });
    const agreeing = onMap.map(
      (others, row) => others.slice(0, 5).filter((other) => predicted[other] === predicted[row]).length,
    );
    const share = agreeing.reduce((sum, count) => sum + count, 0) / (5 * texts.length);
    assert.ok(share > 0.9, `${share} of the neighbours agree`);
    const fractions = steps.flatMap(({ fraction }) => (fraction === undefined ? [] : [fraction]));
    assert.ok(fractions.length > 3 && fractions.every((one, i) => one >= (fractions[i - 1] ?? 0)));
    assert.ok(steps.some(({ message }) => message === 'Mapping 150 texts'));
    const again = engineWith(() => undefined);
    const second = (await again.openDataSet(1, requestOf(texts))).id;
    await again.runDataSet(2, second);
    assert.deepEqual((await again.projectDataSet(3, second)).points.data, points.data);
  });

  it('is given up when it is cancelled, and can be asked for again', async () => {
    let given = 0;
    const engine = engineWith((call) => {
      if (call === 3 && ++given === 2) engine.cancel(3);
    });
    const { id } = await engine.openDataSet(1, requestOf(texts));
    await engine.runDataSet(2, id);
    await assert.rejects(engine.projectDataSet(3, id), /Cancelled/);
    assert.ok(given < 50, `${given} reports came after it was cancelled`);
    const { points } = await engine.projectDataSet(4, id);
    assert.ok(points.data.every(Number.isFinite));
  });

  it('of texts that were run is kept on disk', async () => {
    const storage = join(folder, 'kept');
    const first = engineWith(() => undefined, storage);
    const { id } = await first.openDataSet(1, requestOf(texts));
    await first.runDataSet(2, id);
    const { points } = await first.projectDataSet(3, id);
    const steps: Progress[] = [];
    const second = engineWith((call, step) => void (call === 3 && steps.push(step)), storage);
    const opened = await second.openDataSet(1, requestOf(texts));
    assert.equal(opened.done, texts.length);
    assert.deepEqual((await second.projectDataSet(3, opened.id)).points, points);
    assert.deepEqual(
      steps.filter(({ message }) => message.startsWith('Mapping')),
      [],
    );
  });
});
