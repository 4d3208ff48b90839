import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { Tensor as OrtTensor } from 'onnxruntime-node';
import { differentiate, gradientName } from '../../src/engine/gradients/differentiate';
import { withoutPast } from '../../src/engine/onnx/branches';
import { readModel } from '../../src/engine/onnx/read';
import type { Tensor } from '../../src/protocol/tensor';
import { fillInputs, toFloat32 } from '../../src/engine/session/feeds';
import { openSession } from '../../src/engine/session/sessions';
import { findSites } from '../../src/engine/sites/find';
import { instrument } from '../../src/engine/sites/instrument';
import { Fixture, fixturesFolder, oneHot, relativeError, type FixtureInput } from './gradientFixtures';

/**
 * Largest relative error by kind of value, over all inputs of a model in one form. `direction`: one minus the mean cosine of the embeddings' gradients
 * with the golden ones.
 */
type Errors = Map<string, number>;

/** Columns and rows that belong to padding are computed differently by each export, and are read by nobody. */
function withoutPadding(
  values: Float32Array,
  { feeds }: FixtureInput,
  dims: readonly number[],
): Float32Array {
  const mask = (feeds.attention_mask as number[][] | undefined)?.[0];
  const columns = dims[dims.length - 1];
  if (mask?.length !== columns || !mask.includes(0)) return values;
  return values.map((value, at) => (mask[at % columns] === 0 ? 0 : value));
}

/** Differentiates a fixture's scalar by embeddings, attention and heads, and compares with PyTorch's gradients in float64. */
async function errorsOf(fixture: Fixture, form: string): Promise<Errors> {
  const original = withoutPast(readModel(fixture.model(form)));
  const table = findSites(original);
  const { model, levers, embedded } = instrument(original, table, { headMask: true });
  const heads = [...levers.keys()];
  const attentions = table.sites.map(({ probabilities }) => probabilities);
  const answer =
    original.graph.outputs.find(({ name }) => /^logits(_per_image)?$/.test(name))?.name ?? 'logits';
  const pixels = original.graph.inputs.flatMap(({ name }) => (name === 'pixel_values' ? [name] : []));
  const session = await openSession(
    differentiate(model, {
      seeds: [{ tensor: answer, input: 'seed' }],
      of: [...new Set([...embedded.values(), ...heads, ...attentions, ...pixels])],
    }),
    { intraOpNumThreads: 1 },
  );
  const errors: Errors = new Map();
  const cosines: number[] = [];
  for (const input of fixture.inputs) {
    if (atCorners.has(`${basename(fixture.folder)}/${form}/${input.name}`)) continue;
    const logits = fixture.value(input, answer) ?? { dims: [1, 1] };
    const feeds: Record<string, OrtTensor> = {
      ...fillInputs(original.graph.inputs, sequenceOf(fixture, input)),
      seed: oneHot(logits.dims, input.scalar.index),
    };
    for (const [name, { block, dims }] of levers) {
      const shape = [
        1,
        Number(dims[1]),
        fixture.value(input, `head_grad.${block}`)?.dims[1] ?? Number(dims[2]),
      ];
      feeds[name] = new OrtTensor('float32', new Float32Array(shape[1] * shape[2]).fill(1), shape);
    }
    const results = await session.run(feeds);
    const note = (
      kind: string,
      actual: Float32Array,
      golden: Tensor<Float32Array>,
      clean = (values: Float32Array) => values,
    ): void => {
      const error = relativeError(clean(actual), clean(golden.data));
      errors.set(kind, Math.max(errors.get(kind) ?? 0, Number.isNaN(error) ? Infinity : error));
    };
    for (const [stream, tensor] of embedded) {
      const suffix = stream === 'self' ? '' : `.${stream}`;
      const gradient = fixture.value(input, `grad.embeddings${suffix}`);
      if (gradient === undefined) continue;
      note('embeddings', toFloat32(results[gradientName(tensor)]), gradient);
      cosines.push(cosine(toFloat32(results[gradientName(tensor)]), gradient.data));
    }
    for (const name of pixels) {
      const gradient = fixture.value(input, `grad.${name}`);
      if (gradient !== undefined) note('pixels', toFloat32(results[gradientName(name)]), gradient);
    }
    for (const name of heads) {
      const gradient = fixture.value(input, `head_grad.${levers.get(name)?.block}`);
      if (gradient !== undefined) note('heads', toFloat32(results[gradientName(name)]), gradient);
    }
    for (const { block, layer, probabilities } of table.sites) {
      const gradient = fixture.value(input, `grad_attentions.${block}.${layer}`);
      if (gradient === undefined) continue;
      note('attentions', toFloat32(results[gradientName(probabilities)]), gradient, (values) =>
        withoutPadding(values, input, gradient.dims),
      );
    }
  }
  await session.release();
  errors.set('direction', 1 - cosines.reduce((sum, each) => sum + each, 0) / cosines.length);
  return errors;
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, squaresA, squaresB] = [0, 0, 0];
  a.forEach((value, at) => {
    dot += value * b[at];
    squaresA += value ** 2;
    squaresB += b[at] ** 2;
  });
  return dot / Math.sqrt(squaresA * squaresB);
}

function sequenceOf(fixture: Fixture, { name, feeds }: FixtureInput): Parameters<typeof fillInputs>[1] {
  const row = (key: string): number[] => (feeds[key] as number[][] | undefined)?.[0] ?? [];
  const given: Record<string, Tensor> = {};
  const stored = fixture.value(
    { name, feeds, golden_prefix: `${name}/`, scalar: { index: [], value: 0 } },
    'pixel_values',
  );
  if (stored !== undefined) given.pixel_values = stored;
  const inputIds = row('input_ids');
  const ones = inputIds.map(() => 1);
  const mask = row('attention_mask');
  return {
    inputIds,
    attentionMask: mask.length === 0 ? ones : mask,
    typeIds: feeds.token_type_ids === undefined ? inputIds.map(() => 0) : row('token_type_ids'),
    decoderInputIds: feeds.decoder_input_ids === undefined ? undefined : row('decoder_input_ids'),
    given,
  };
}

/** onnxruntime's and ONNX's whole attention in one operator: nothing inside can be seen before it is taken apart. */
const wholeAttention = ['Attention', 'MultiHeadAttention', 'GroupQueryAttention', 'EmbedLayerNormalization'];

/**
 * Forms that compute in float32 are exact. Half precision has errors of its own in the forward pass, and so has int8, whose gradients need only point
 * the same way (small models of random weights suffer most from rounding). Four bits make these models other functions; see differentiate.test.ts.
 */
const tolerances: Readonly<Record<string, number>> = { fp16: 5e-2 };
const leastCosine = 0.9;
/** Here one unit of the classifier's ReLU stands at 0.0001, and half precision puts it on the other side of the corner. */
const atCorners = new Set(['distilbert/fp16/code']);
const architectures = ['bert', 'distilbert', 'roberta', 'gpt2', 'llama'];

const small = join(__dirname, '../fixtures/models');
const folders = [
  ...new Set(
    [existsSync(small) ? small : undefined, fixturesFolder].filter((folder) => folder !== undefined),
  ),
];

describe('gradients of golden models', { concurrency: false }, () => {
  test(
    'need the full fixtures for all architectures',
    { skip: fixturesFolder === undefined && 'HEADLIGHT_FIXTURES is not set' },
    () => {
      for (const name of architectures) assert.ok(existsSync(join(fixturesFolder ?? '', name)), name);
    },
  );
  for (const folder of folders) {
    for (const name of readdirSync(folder).filter((entry) =>
      existsSync(join(folder, entry, 'inputs.json')),
    )) {
      const fixture = new Fixture(join(folder, name));
      for (const form of readdirSync(join(folder, name)).filter((entry) =>
        existsSync(fixture.model(entry)),
      )) {
        if (form === 'q4') continue;
        const isWhole = readModel(fixture.model(form)).graph.nodes.some(({ op }) =>
          wholeAttention.includes(op),
        );
        test(`${name}/${form}`, { skip: isWhole && 'its attention is one operator' }, async () => {
          const errors = await errorsOf(fixture, form);
          if (form === 'int8')
            return assert.ok(
              (errors.get('direction') ?? 1) <= 1 - leastCosine,
              `cosine ${1 - (errors.get('direction') ?? 1)}`,
            );
          const tolerance = tolerances[form] ?? 1e-4;
          for (const [kind, error] of errors) assert.ok(error <= tolerance, `${kind}: ${error}`);
          for (const kind of ['heads', 'attentions'])
            assert.ok(errors.has(kind), `gradients of ${kind} were compared`);
        });
      }
    }
  }
});
