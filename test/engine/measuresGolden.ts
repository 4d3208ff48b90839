import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readSafetensorsFile } from '../../src/engine/safetensors';
import type { Numbers, Tensor } from '../../src/protocol/tensor';

const fixtures = join(__dirname, '..', 'fixtures');

/** Named tensors of a file of golden values. */
export class Golden {
  private constructor(
    readonly name: string,
    private readonly tensors: ReadonlyMap<string, Tensor<Numbers>>,
    private readonly metadata: ReadonlyMap<string, string>,
  ) {}

  static async read(path: string): Promise<Golden> {
    const { tensors, metadata } = await readSafetensorsFile(path);
    return new Golden(basename(path, '.safetensors'), tensors, metadata);
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  get names(): string[] {
    return [...this.tensors.keys()];
  }

  /** A tensor of floats. */
  floats(name: string): Tensor {
    const tensor = this.tensors.get(name);
    assert.ok(tensor?.data instanceof Float32Array, `${this.name} has no floats ${name}`);
    return { data: tensor.data, dims: tensor.dims };
  }

  integers(name: string): Int32Array {
    const tensor = this.tensors.get(name);
    assert.ok(tensor?.data instanceof Int32Array, `${this.name} has no integers ${name}`);
    return tensor.data;
  }

  words(name: string): Tensor<Uint16Array> {
    const tensor = this.tensors.get(name);
    assert.ok(tensor?.data instanceof Uint16Array, `${this.name} has no 16-bit integers ${name}`);
    return { data: tensor.data, dims: tensor.dims };
  }

  /** JSON from the file's metadata. */
  json(key: string): unknown {
    return JSON.parse(this.metadata.get(key) ?? 'null');
  }

  /** Attention or its gradients of one layer, [H, Sq, Sk], the batch axis dropped. */
  layer(name: string): Tensor {
    const { data, dims } = this.floats(name);
    return { data, dims: dims.slice(1) };
  }

  /** All layers of `NAME.GROUP.0`, `NAME.GROUP.1` ... */
  layers(name: string): Tensor[] {
    const layers: Tensor[] = [];
    while (this.has(`${name}.${layers.length}`)) layers.push(this.layer(`${name}.${layers.length}`));
    return layers;
  }
}

/** The sentences of Dodrio: two of them always, all eight where the full fixtures are. */
export function dodrioFiles(): string[] {
  const full = process.env['HEADLIGHT_FIXTURES'];
  const beside = full ? join(full, '..', 'dodrio') : '';
  const folder = beside && existsSync(beside) ? beside : join(fixtures, 'dodrio');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => join(folder, name));
}

/** Golden values of one text each on a classifier and a causal model. */
export const measureFiles = ['bert-plain', 'gpt2-plain'].map((name) =>
  join(fixtures, 'measures', `${name}.safetensors`),
);

/** Every number within `tolerance` times the largest expected magnitude, NaN only where it is expected. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  let scale = 0;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]) || 0);
  for (let i = 0; i < expected.length; i++) {
    const same = Number.isNaN(expected[i]) && Number.isNaN(actual[i]);
    const isClose = same || Math.abs(actual[i] - expected[i]) <= tolerance * scale;
    assert.ok(isClose, `${what}[${i}] is ${actual[i]}, expected ${expected[i]} (largest ${scale})`);
  }
}
