import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Tensor as OrtTensor, type InferenceSession } from 'onnxruntime-node';
import { differentiate, gradientName } from '../../src/engine/gradients/differentiate';
import { gradientRules } from '../../src/engine/gradients/registry';
import { operatorName } from '../../src/engine/gradients/unsupported';
import {
  ElementType,
  type ConstantTensor,
  type Model,
  type Node,
  type ValueType,
} from '../../src/engine/onnx/graph';
import { tensorOf } from '../../src/engine/session/feeds';
import { openSession } from '../../src/engine/session/sessions';
import { gradientCases } from './gradientCases';
import { Random, type GradientCase, type Sample, type SampleInput } from './gradientCases/sample';

const samplesPerCase = 4;
const options = { intraOpNumThreads: 1 };
const elementTypes = {
  int64: ElementType.int64,
  int32: ElementType.int32,
  bool: ElementType.bool,
  uint8: ElementType.uint8,
  int8: ElementType.int8,
};

/** A model of one node. Inputs state their sizes, or only how many there are: then broadcasting is undone at run time. */
function modelOf(
  { op, domain = '', opset = 18 }: GradientCase,
  sample: Sample,
  real: ElementType,
  areSizesStated: boolean,
): Model {
  const initializers = new Map<string, ConstantTensor>();
  const inputs: ValueType[] = [];
  const names = sample.inputs.map((input, index) => {
    if (input === undefined) return '';
    const name = `x${index}`;
    const type = input.type === 'real' ? real : elementTypes[input.type];
    if (input.isFixed) {
      const { data } = tensorOf(type, [...input.values], input.dims);
      const bytes = new Uint8Array((data as Float64Array).buffer);
      initializers.set(name, { name, type, dims: input.dims, content: { kind: 'inline', bytes } });
    } else inputs.push({ name, type, dims: areSizesStated ? input.dims : input.dims.map(() => '') });
    return name;
  });
  const outputs = Array.from({ length: sample.outputs ?? 1 }, (_, index) => `y${index}`);
  const node: Node = {
    name: 'node',
    op,
    domain,
    inputs: names,
    outputs,
    attributes: new Map(sample.attributes?.map((entry) => [entry.name, entry])),
  };
  return {
    file: '',
    irVersion: 8,
    producer: '',
    opsets: new Map(
      domain === ''
        ? [['', opset]]
        : [
            ['', opset],
            [domain, 1],
          ],
    ),
    graph: {
      name: 'case',
      nodes: [node],
      initializers,
      inputs,
      outputs: outputs.map((name) => ({ name, type: 0 })),
      valueTypes: new Map(),
      rest: [],
    },
    rest: [],
  };
}

const isVariable = (input: SampleInput | undefined): input is SampleInput =>
  input?.type === 'real' && !input.isFixed;

type Outputs = Readonly<Record<string, ArrayLike<number>>>;

/** Computes all outputs in float64: by the case's own reference, or by onnxruntime's kernel for doubles. */
async function forwardInDoubles(
  entry: GradientCase,
  sample: Sample,
): Promise<(values: readonly Float64Array[]) => Promise<Outputs>> {
  const { reference } = sample;
  if (reference !== undefined) {
    return async (values) =>
      Object.fromEntries(reference(values).map((output, index) => [`y${index}`, output]));
  }
  const session = await openSession(modelOf(entry, sample, ElementType.double, true), options);
  return async (values) => {
    const feeds: Record<string, OrtTensor> = {};
    sample.inputs.forEach((input, index) => {
      if (isVariable(input)) feeds[`x${index}`] = new OrtTensor('float64', values[index], input.dims);
    });
    const results = await session.run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, { data }]) => [name, data as Float64Array]),
    );
  };
}

async function checkSample(
  entry: GradientCase,
  sample: Sample,
  seedOf: Random,
  areSizesStated: boolean,
): Promise<void> {
  const isDouble = sample.reference === undefined;
  const values = sample.inputs.map((input) =>
    Float64Array.from(input?.values ?? [], isDouble || input?.type !== 'real' ? Number : Math.fround),
  );
  const forward = await forwardInDoubles(entry, sample);
  const plain = await forward(values);
  const seeds = new Map(
    Object.entries(plain)
      .filter(([, output]) => output.length > 0 && !(output instanceof BigInt64Array))
      .map(([name, output]) => [name, Float64Array.from(output, () => Math.fround(seedOf.unit() * 2 - 1))]),
  );
  const target = async (): Promise<number> => {
    const outputs = await forward(values);
    let sum = 0;
    for (const [name, seed] of seeds) seed.forEach((weight, at) => (sum += weight * outputs[name][at]));
    return sum;
  };

  const real = isDouble ? ElementType.double : ElementType.float;
  const model = modelOf(entry, sample, real, areSizesStated);
  const variables = sample.inputs.flatMap((input, index) => (isVariable(input) ? [index] : []));
  const session = await openSession(
    differentiate(model, {
      seeds: [...seeds.keys()].map((tensor) => ({ tensor, input: `seed.${tensor}` })),
      of: variables.map((index) => `x${index}`),
    }),
    options,
  );
  const gradients = await session.run(await feedsOf(session, model, sample, values, seeds, real));

  for (const index of variables) {
    const gradient = gradients[gradientName(`x${index}`)];
    const dims = sample.inputs[index]?.dims ?? [];
    assert.deepEqual([...gradient.dims], [...dims], `shape of the gradient of input ${index}`);
    const numeric = new Float64Array(values[index].length);
    const step = 1e-5;
    for (let at = 0; at < numeric.length; at++) {
      const middle = values[index][at];
      values[index][at] = middle + step;
      const above = await target();
      values[index][at] = middle - step;
      numeric[at] = (above - (await target())) / (2 * step);
      values[index][at] = middle;
    }
    const largest = Math.max(1, ...numeric.map(Math.abs));
    const tolerance = isDouble ? 1e-7 : 2e-5;
    numeric.forEach((expected, at) => {
      const actual = Number(gradient.data[at]);
      assert.ok(
        Math.abs(actual - expected) <= tolerance * largest,
        `input ${index}, element ${at} of [${dims.join(', ')}]: ${actual} instead of ${expected}`,
      );
    });
  }
}

/** Seeds have the shapes that the model's outputs have. */
async function feedsOf(
  session: InferenceSession,
  model: Model,
  sample: Sample,
  values: readonly Float64Array[],
  seeds: ReadonlyMap<string, Float64Array>,
  real: ElementType,
): Promise<Record<string, OrtTensor>> {
  const feeds: Record<string, OrtTensor> = {};
  sample.inputs.forEach((input, index) => {
    if (isVariable(input)) feeds[`x${index}`] = tensorOf(real, [...values[index]], input.dims);
  });
  const shapes = await (await openSession(model, options)).run({ ...feeds });
  for (const name of session.inputNames) {
    const seed = seeds.get(name.replace('seed.', ''));
    if (seed !== undefined) feeds[name] = tensorOf(real, [...seed], shapes[name.replace('seed.', '')].dims);
  }
  return feeds;
}

describe('the gradient rule of', () => {
  for (const entry of gradientCases) {
    test(`${entry.name} agrees with central differences in float64`, async () => {
      const random = new Random(
        [...entry.name].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) | 0, 7),
      );
      for (let number = 0; number < samplesPerCase; number++) {
        const sample = entry.sample(random);
        await checkSample(entry, sample, random, number % 2 === 0);
      }
    });
  }
});

test('every rule is checked', () => {
  const checked = new Set(gradientCases.map(({ op, domain = '' }) => operatorName({ op, domain })));
  const flat = [
    'Ceil',
    'Floor',
    'Round',
    'Sign',
    'Hardmax',
    'EyeLike',
    'RandomNormalLike',
    'RandomUniformLike',
    'ConstantOfShape',
  ];
  const elsewhere = [
    'CastLike',
    'Scatter',
    'Swish',
    'DynamicQuantizeLinear',
    'QuantizeLinear',
    'DequantizeLinear',
    'MatMulInteger',
    'ConvInteger',
    'com.microsoft::MatMulNBits',
  ];
  const missing = [...gradientRules.keys()].filter(
    (name) => !checked.has(name) && !flat.includes(name) && !elsewhere.includes(name),
  );
  assert.deepEqual(missing, []);
});
