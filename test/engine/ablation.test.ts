import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import type { HeadRef, InspectRequest } from '../../src/protocol/inspection';
import { fixturesIn, largestDifference } from './golden';

const own = join(__dirname, '..', 'fixtures', 'models');
const everything = process.env['HEADLIGHT_FIXTURES'];
const folders = [own, ...(everything === undefined ? [] : [everything])].filter(existsSync);
const wanted = new RegExp(process.env['HEADLIGHT_ONLY'] ?? '');

function newEngine(): Engine {
  return new Engine({
    modelsFolder: join(__dirname, '../../media/models'),
    events: { progress: () => undefined, log: () => undefined },
  });
}

describe('a head that is off, against PyTorch', () => {
  if (everything === undefined)
    test('all architectures and export forms', (t) =>
      t.skip('set HEADLIGHT_FIXTURES to the folder of the full fixtures'));
  for (const folder of folders) {
    for (const fixture of fixturesIn(folder)) {
      const name = `${fixture.architecture}/${fixture.form}`;
      if (!wanted.test(name) || /int8|fp16|q4/.test(fixture.form)) continue;
      test(name, async () => {
        const engine = newEngine();
        for (const input of await fixture.inputs()) {
          const golden = input.golden('logits_ablated') ?? input.golden('logits_per_image_ablated');
          if (input.ablated === undefined || golden === undefined || input.isPadded) continue;
          const { index } = input.scalar;
          const [row] = index;
          const id = index[index.length - 1];
          const { forward, inspection } = await engine.inspectCompletely(1, {
            model: fixture.folder,
            onnx: fixture.onnx,
            text: '',
            feeds: input.feeds,
            target: index.length === 2 ? { position: row, id } : { id },
            parse: 'none',
            ablate: [input.ablated],
          });
          const width = golden.dims[golden.dims.length - 1];
          const { data } = forward.logits;
          // Of sequences only the row of the target is golden.
          const start = data.length === golden.data.length ? 0 : row * width;
          const actual = data.subarray(start, start + golden.data.length);
          assert.ok(largestDifference(actual, golden.data) < 1e-4, `logits of ${name}, ${input.name}`);
          if (!fixture.architecture.startsWith('clip')) {
            const before = inspection.before ?? assert.fail();
            assert.ok(
              Math.abs(before.target.value - input.scalar.value) < 1e-3,
              'the target of the whole model',
            );
          }
        }
      });
    }
  }
});

describe('an inspection with heads off', () => {
  const request: InspectRequest = {
    model: 'headlight-encoder-sentiment',
    text: 'The film is slow, but its quiet performances make it a small masterpiece.',
    parse: 'none',
  };
  const everyHead: HeadRef[] = [0, 1, 2, 3, 4, 5].flatMap((layer) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((head) => ({ block: 'self' as const, layer, head })),
  );

  test('carries what the same request gives with every head on', async () => {
    const engine = newEngine();
    const whole = await engine.inspect(1, request);
    assert.equal(whole.ablated, undefined);
    assert.equal(whole.before, undefined);
    const { layers, heads } = whole.blocks[0];
    const off = everyHead.filter(({ layer, head }) => layer < layers && head < heads).slice(0, 5);
    const without = await engine.inspect(2, { ...request, ablate: off });
    const before = without.before ?? assert.fail();
    assert.deepEqual(without.ablated, off);
    assert.deepEqual(before.prediction, whole.prediction);
    assert.deepEqual(before.target, whole.target);
    assert.deepEqual(before.saliency, whole.saliency);
    assert.notEqual(without.target.value, whole.target.value);
    without.prediction.candidates.forEach(({ id }, i) => {
      const same = whole.prediction.candidates.find((candidate) => candidate.id === id) ?? assert.fail();
      assert.ok(Math.abs(before.probabilities[i] - same.probability) < 1e-6);
    });
  });

  test('explains the class that the whole model predicts, also where another one wins', async () => {
    const engine = newEngine();
    const { blocks, prediction } = await engine.inspect(1, request);
    const { layers, heads } = blocks[0];
    const off = everyHead.filter(({ layer, head }) => layer < layers && head < heads);
    const without = await engine.inspect(2, { ...request, ablate: off });
    assert.equal(without.target.id, prediction.candidates[0].id);
    assert.equal(without.target.id, without.before?.target.id);
  });

  test('is compared with the inspection that was shown, without another run', async () => {
    const messages: string[] = [];
    const engine = new Engine({
      modelsFolder: join(__dirname, '../../media/models'),
      events: { progress: (_call, { message }) => void messages.push(message), log: () => undefined },
    });
    const runs = (): number => messages.filter((message) => message.startsWith('Running')).length;
    await engine.inspect(1, request);
    assert.equal(runs(), 1);
    await engine.inspect(2, { ...request, ablate: everyHead.slice(0, 1) });
    assert.equal(runs(), 2);
    await engine.inspect(3, { ...request, ablate: everyHead.slice(0, 2) });
    assert.equal(runs(), 3);
    await engine.inspect(4, { ...request, text: 'Dull.', ablate: everyHead.slice(0, 2) });
    assert.equal(runs(), 5);
  });

  test('names a head that the model does not have', async () => {
    const engine = newEngine();
    await assert.rejects(
      engine.inspect(1, { ...request, ablate: [{ block: 'self', layer: 99, head: 0 }] }),
      /There is no head 99\.0/,
    );
  });
});
