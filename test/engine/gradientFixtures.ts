import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tensor as OrtTensor, type InferenceSession } from 'onnxruntime-node';
import { elementCount } from '../../src/engine/onnx/constants';
import { ElementType, isOnnx, type Model } from '../../src/engine/onnx/graph';
import { readModel } from '../../src/engine/onnx/read';
import { TensorTypes } from '../../src/engine/onnx/types';
import { Wiring } from '../../src/engine/onnx/wiring';
import { differentiate, gradientName } from '../../src/engine/gradients/differentiate';
import { openSession } from '../../src/engine/session/sessions';
import { tensorOf } from '../../src/engine/session/feeds';
import { readSafetensors } from '../../src/engine/safetensors';
import type { Tensor } from '../../src/protocol/tensor';

/** One input of a fixture: what to feed, and what is explained. */
export interface FixtureInput {
  readonly name: string;
  readonly feeds: Readonly<Record<string, unknown>>;
  readonly golden_prefix: string;
  readonly scalar: { readonly index: readonly number[]; readonly value: number };
}

/** A model folder with golden values (see test/fixtures). */
export class Fixture {
  readonly inputs: readonly FixtureInput[];
  private readonly golden: ReadonlyMap<string, Tensor<Float32Array>>;

  constructor(readonly folder: string) {
    const described = JSON.parse(readFileSync(join(folder, 'inputs.json'), 'utf8')) as {
      inputs: FixtureInput[];
    };
    this.inputs = described.inputs;
    this.golden = readSafetensors(readFileSync(join(folder, 'golden.safetensors'))).tensors as ReadonlyMap<
      string,
      Tensor<Float32Array>
    >;
  }

  value(input: FixtureInput, key: string): Tensor<Float32Array> | undefined {
    return this.golden.get(input.golden_prefix + key);
  }

  keys(input: FixtureInput, start: string): string[] {
    const prefix = input.golden_prefix + start;
    return [...this.golden.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(input.golden_prefix.length));
  }

  model(variant: string): string {
    return join(this.folder, variant, 'model.onnx');
  }
}

/** The folder of the full fixtures, where there is one. */
export const fixturesFolder = process.env.HEADLIGHT_FIXTURES;

export function hasFixture(name: string): boolean {
  return fixturesFolder !== undefined && existsSync(join(fixturesFolder, name, 'inputs.json'));
}

function flattened(values: unknown, dims: number[] = [], depth = 0): number[] {
  if (!Array.isArray(values)) return [Number(values)];
  dims[depth] = values.length;
  return values.flatMap((value) => flattened(value, dims, depth + 1));
}

/** Feeds of a fixture's input, in the types that the model wants. */
export function feedsOf(model: Model, fixture: Fixture, input: FixtureInput): Record<string, OrtTensor> {
  const feeds: Record<string, OrtTensor> = {};
  for (const { name, type } of model.graph.inputs) {
    const given = input.feeds[name];
    const tensor = fixture.value(input, name);
    if (Array.isArray(given)) {
      const dims: number[] = [];
      const values = flattened(given, dims);
      feeds[name] = tensorOf(type, values, dims);
    } else if (tensor !== undefined) feeds[name] = tensorOf(type, tensor.data, tensor.dims);
  }
  return feeds;
}

/** Outputs of the word-embedding look-ups, found by data flow from a graph input of token ids. */
export function embeddingOf(model: Model, ids: string): string | undefined {
  const wiring = new Wiring(model.graph);
  const types = new TensorTypes(model);
  const queue = [ids];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    for (const { node, slot } of wiring.consumers(name)) {
      if (isOnnx(node, 'Gather') && slot === 1) {
        if (isFloat(types, node.outputs[0])) return node.outputs[0];
        // A quantised table is looked up first and made real afterwards.
        const real = wiring.consumers(node.outputs[0]).find((use) => isOnnx(use.node, 'DequantizeLinear'));
        if (real !== undefined) return real.node.outputs[0];
      }
      if (isOnnx(node, 'Cast', 'Reshape', 'Identity', 'Unsqueeze', 'Squeeze', 'Flatten') && slot === 0)
        queue.push(node.outputs[0]);
    }
  }
  return undefined;
}

function isFloat(types: TensorTypes, name: string): boolean {
  return [ElementType.float, ElementType.float16, ElementType.double].includes(types.elementType(name) as 1);
}

/** Outputs of all attention Softmaxes, in graph order. */
export function probabilitiesOf(model: Model): string[] {
  return model.graph.nodes.filter((node) => isOnnx(node, 'Softmax')).map((node) => node.outputs[0]);
}

/** A session with the backward pass, ready for any target on `logits`. */
export async function openGradients(
  file: string,
  tensorsOf: (model: Model) => readonly string[],
  options: InferenceSession.SessionOptions = {},
): Promise<{ model: Model; of: readonly string[]; session: InferenceSession; output: string }> {
  const model = readModel(file);
  const of = tensorsOf(model);
  const output =
    model.graph.outputs.find(({ name }) => name.startsWith('logits'))?.name ?? model.graph.outputs[0].name;
  const differentiated = differentiate(model, { seeds: [{ tensor: output, input: `seed.${output}` }], of });
  return { model, of, output, session: await openSession(differentiated, options) };
}

/** Weights that pick one element (index without the batch axis). */
export function oneHot(dims: readonly number[], index: readonly number[]): OrtTensor {
  const weights = new Float32Array(elementCount(dims));
  const place = [...Array.from({ length: dims.length - index.length }, () => 0), ...index];
  weights[place.reduce((offset, at, axis) => offset * dims[axis] + at, 0)] = 1;
  return new OrtTensor('float32', weights, dims);
}

/** Largest difference, relative to the largest golden value. */
export function relativeError(actual: ArrayLike<number>, golden: ArrayLike<number>): number {
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < golden.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - golden[i]));
    largest = Math.max(largest, Math.abs(golden[i]));
    if (Number.isNaN(actual[i])) return NaN;
  }
  return actual.length === golden.length ? difference / largest : NaN;
}

export { gradientName };
