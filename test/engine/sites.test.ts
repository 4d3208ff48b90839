import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { withoutPast } from '../../src/engine/onnx/branches';
import { ElementType, type Model } from '../../src/engine/onnx/graph';
import { normalise } from '../../src/engine/normalise';
import { readModel } from '../../src/engine/onnx/read';
import { encodeModel } from '../../src/engine/onnx/write';
import { tensorOf } from '../../src/engine/session/feeds';
import { openSession } from '../../src/engine/session/sessions';
import { findSites } from '../../src/engine/sites/find';
import { instrument } from '../../src/engine/sites/instrument';
import type { SiteTable } from '../../src/engine/sites/site';
import { Fixture, feedsOf, fixturesFolder, hasFixture } from './gradientFixtures';
import { renamed } from './renamed';
import { CoverageRun, leversAtRest } from './siteCoverage';
import { difference, floats } from './siteTensors';

const small = join(__dirname, '..', 'fixtures', 'models');
const eager = (name: string): string => join(small, name, 'eager-ts', 'model.onnx');

/** A table as text, with tensors under their new names. */
function described(table: SiteTable, names?: ReadonlyMap<string, string>): string {
  const plain = { ...table, hiddenStates: [...table.hiddenStates], finalNorms: [...table.finalNorms] };
  return JSON.stringify(plain, (_, value: unknown) =>
    typeof value === 'string' ? (names?.get(value) ?? value) : value,
  );
}

/** All model files that tests can reach. */
function allFiles(): string[] {
  if (fixturesFolder === undefined) return ['bert', 'gpt2', 'llama'].map(eager);
  const folder = fixturesFolder;
  return [
    'albert',
    'bart',
    'bert',
    'bloom',
    'clip',
    'deberta_v2',
    'distilbert',
    'electra',
    'gemma2',
    'gpt2',
    'gpt_neox',
    'llama',
    'qwen2',
    'roberta',
    't5',
    'vit',
  ]
    .filter(hasFixture)
    .flatMap((name) =>
      CoverageRun.variantsOf(join(folder, name)).flatMap((form) =>
        form === 'split-ts'
          ? ['encoder_model.onnx', 'decoder_model.onnx'].map((file) => join(folder, name, form, file))
          : [join(folder, name, form, 'model.onnx')],
      ),
    );
}

test('what is found in a model does not depend on any name in it', () => {
  allFiles().forEach((file, index) => {
    const model = normalise(withoutPast(readModel(file)));
    const other = renamed(model, index + 1);
    assert.equal(described(findSites(other.model)), described(findSites(model), other.names), file);
  });
});

test('a model under random names gives the same attention, hidden states and logits', async () => {
  for (const name of ['bert', 'gpt2', 'llama']) {
    const run = new CoverageRun(name, join(small, name), (model) => renamed(model, 5).model);
    const coverage = await run.run('eager-ts');
    for (const what of ['attentions', 'hiddenStates', 'logits', 'ablated', 'intact'] as const)
      assert.ok(coverage[what] < 1e-4, `${name} ${what}`);
  }
});

test('instrumenting leaves the model that it was given as it is', () => {
  const model = readModel(eager('bert'));
  const before = encodeModel(model);
  instrument(model, findSites(model), {
    attentions: true,
    hiddenStates: true,
    headMask: true,
    embeddingPath: true,
    embeddingNoise: true,
  });
  assert.deepEqual(encodeModel(model), before);
});

test('the model goes on with scale · e + (1 − scale) · baseline + noise', async () => {
  const fixture = new Fixture(join(small, 'bert'));
  const [input] = fixture.inputs;
  const model = readModel(eager('bert'));
  const instrumented = instrument(model, findSites(model), {
    embeddings: true,
    hiddenStates: true,
    embeddingPath: true,
    embeddingNoise: true,
  });
  const session = await openSession(instrumented.model);
  const feeds = { ...feedsOf(model, fixture, input), ...leversAtRest(instrumented) };
  const whole = await session.run(feeds);
  const embeddings = floats(whole['embeddings.self']);
  const [, tokens, width] = embeddings.dims;
  // Scale 0 with the embeddings as baseline, taken apart by noise and its opposite: the same model again.
  const half = embeddings.data.map((value) => value / 2);
  const same = await session.run({
    ...feeds,
    'embedding_scale.self': tensorOf(ElementType.float, [0], [1, 1, 1]),
    'embedding_baseline.self': tensorOf(ElementType.float, half, [1, tokens, width]),
    'embedding_noise.self': tensorOf(ElementType.float, half, [1, tokens, width]),
  });
  assert.ok(difference(floats(same.logits), floats(whole.logits)) < 1e-5);
  // Two steps of a path in one batch: the second one is the model as it is.
  const twice = Object.fromEntries(
    Object.entries(feedsOf(model, fixture, input)).map(([name, tensor]) => [
      name,
      tensorOf(ElementType.int64, [...numbers(tensor), ...numbers(tensor)], [2, tokens]),
    ]),
  );
  const path = await session.run({
    ...feeds,
    ...twice,
    'embedding_scale.self': tensorOf(ElementType.float, [0.25, 1], [2, 1, 1]),
  });
  const [first, second] = [floats(path.logits).data.slice(0, 3), floats(path.logits).data.slice(3)];
  assert.ok(difference({ data: second, dims: [1, 3] }, floats(whole.logits)) < 1e-5);
  assert.ok(difference({ data: first, dims: [1, 3] }, floats(whole.logits)) > 1e-2);
  await session.release();
});

function numbers({ data }: { data: unknown }): number[] {
  return Array.from(data as BigInt64Array, Number);
}

test(
  'outputs that already give the attention are recognised',
  { skip: !hasFixture('bert') && 'HEADLIGHT_FIXTURES is not set' },
  () => {
    const { sites } = findSites(
      readModel(join(fixturesFolder ?? '', 'bert', 'with-attn-outputs', 'model.onnx')),
    );
    assert.deepEqual(
      sites.map(({ exposed }) => exposed),
      ['attentions.0', 'attentions.1', 'attentions.2'],
    );
  },
);

test(
  'a merged decoder becomes the branch without a cache',
  { skip: !hasFixture('gpt2') && 'HEADLIGHT_FIXTURES is not set' },
  () => {
    const inputsOf = (model: Model): string[] => model.graph.inputs.map(({ name }) => name);
    const merged = readModel(join(fixturesFolder ?? '', 'gpt2', 'merged', 'model.onnx'));
    assert.deepEqual(findSites(merged).sites, []);
    const inlined = withoutPast(merged);
    assert.deepEqual(inputsOf(inlined), ['input_ids', 'attention_mask', 'position_ids']);
    assert.equal(findSites(inlined).sites.length, 3);
    const other = readModel(eager('gpt2'));
    assert.equal(withoutPast(other), other);
  },
);

test(
  'the file of an encoder half names its stack so',
  { skip: !hasFixture('t5') && 'HEADLIGHT_FIXTURES is not set' },
  () => {
    const table = findSites(readModel(join(fixturesFolder ?? '', 't5', 'split-ts', 'encoder_model.onnx')), {
      isEncoderHalf: true,
    });
    assert.deepEqual(
      table.sites.map(({ block, layer }) => `${block}.${layer}`),
      ['encoder.0', 'encoder.1'],
    );
    const decoder = findSites(readModel(join(fixturesFolder ?? '', 't5', 'split-ts', 'decoder_model.onnx')));
    assert.deepEqual(decoder.sites.map(({ block }) => block).sort(), [
      'cross',
      'cross',
      'decoder',
      'decoder',
    ]);
  },
);
