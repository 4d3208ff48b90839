import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { added, broadcast, divided, multiplied, orOne, type Dim } from '../../src/engine/onnx/dims';
import { copyModel } from '../../src/engine/onnx/copy';
import { ElementType, type Model } from '../../src/engine/onnx/graph';
import { readModel } from '../../src/engine/onnx/read';
import { TensorTypes } from '../../src/engine/onnx/types';
import { fillInputs } from '../../src/engine/session/feeds';
import { openSession } from '../../src/engine/session/sessions';
import { Fixture, feedsOf, fixturesFolder } from './gradientFixtures';

describe('sizes as symbols', () => {
  test('products and quotients cancel', () => {
    const heads = multiplied('batch', multiplied(8, 'sequence'));
    assert.equal(heads, '8*batch*sequence');
    assert.equal(divided(heads, multiplied('sequence', 2)), '4*batch');
    assert.equal(divided(heads, 'past'), undefined);
    assert.equal(multiplied('batch', 0), 0);
  });

  test('sums cancel too', () => {
    const total = added('past', 'sequence');
    assert.equal(added('sequence', 'past'), total);
    assert.equal(added(total, 'past', -1), 'sequence');
    assert.equal(added(added('sequence', 3), 'sequence', -1), 3);
    assert.equal(multiplied(2, total), `2*${total}`);
  });

  test('sizes that are broadcast', () => {
    assert.equal(broadcast('batch', 1), 'batch');
    assert.equal(broadcast('batch', 4), 4);
    assert.equal(broadcast('batch', 'sequence'), undefined);
    assert.equal(broadcast('batch', orOne('masks')), 'batch');
  });
});

/** Types as onnxruntime-node names them. */
const typeNames: Readonly<Record<string, ElementType>> = {
  float32: ElementType.float,
  float64: ElementType.double,
  float16: ElementType.float16,
  int64: ElementType.int64,
  int32: ElementType.int32,
  bool: ElementType.bool,
  uint8: ElementType.uint8,
  int8: ElementType.int8,
};

/** Runs a model with every tensor as an output, and holds what was inferred against what came. */
async function checkInference(
  model: Model,
  feeds: Parameters<Awaited<ReturnType<typeof openSession>>['run']>[0],
): Promise<void> {
  const all = copyModel(model);
  const outputs = new Set(all.graph.outputs.map(({ name }) => name));
  const made = all.graph.nodes.flatMap((node) => node.outputs).filter((name) => name !== '');
  all.graph.outputs.push(
    ...made.filter((name) => !outputs.has(name)).map((name) => ({ name, type: ElementType.undefined })),
  );
  const session = await openSession(all, { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1 });
  const results = await session.run(feeds);
  const types = new TensorTypes(model);
  const sizes = new Map<string, number>();
  for (const { name } of model.graph.inputs) bind(types.dims(name) ?? [], feeds[name].dims, name);
  for (const name of made) {
    const inferred = types.of(name);
    const { type, dims } = results[name];
    assert.equal(inferred?.type, typeNames[type], `element type of ${name}`);
    assert.ok(inferred?.dims !== undefined, `the rank of ${name} is known`);
    bind(inferred.dims, dims, name);
    inferred.values?.forEach((value, at) =>
      bind([value], [Number(results[name].data[at])], `element ${at} of ${name}`),
    );
  }
  await session.release();

  /** The same symbol means the same size wherever it stands. */
  function bind(symbols: readonly Dim[], actual: readonly number[], name: string): void {
    assert.equal(symbols.length, actual.length, `rank of ${name}`);
    symbols.forEach((symbol, axis) => {
      const size = typeof symbol === 'number' ? symbol : (sizes.get(symbol) ?? actual[axis]);
      assert.equal(actual[axis], size, `${name}: ${symbols.join(', ')} but [${actual.join(', ')}]`);
      if (typeof symbol === 'string') sizes.set(symbol, actual[axis]);
    });
  }
}

describe('inferred types and shapes are those of a run', () => {
  const models = join(__dirname, '../../media/models');
  for (const name of ['headlight-encoder-sentiment', 'headlight-decoder']) {
    test(name, async () => {
      const model = readModel(join(models, name, 'onnx/model.onnx'));
      const inputIds = [5, 6, 7, 8, 9, 10, 11];
      const ones = inputIds.map(() => 1);
      await checkInference(
        model,
        fillInputs(model.graph.inputs, { inputIds, attentionMask: ones, typeIds: inputIds.map(() => 0) }),
      );
    });
  }

  test(
    'of all architectures',
    { skip: fixturesFolder === undefined && 'HEADLIGHT_FIXTURES is not set' },
    async (t) => {
      for (const name of readdirSync(fixturesFolder ?? '')) {
        for (const form of ['eager-ts', 'sdpa-ts', 'dynamo', 'int8', 'fp16']) {
          const folder = join(fixturesFolder ?? '', name);
          if (!existsSync(join(folder, form, 'model.onnx'))) continue;
          await t.test(`${name}/${form}`, async () => {
            const fixture = new Fixture(folder);
            const model = readModel(fixture.model(form));
            await checkInference(model, feedsOf(model, fixture, fixture.inputs[0]));
          });
        }
      }
    },
  );
});
