import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensorsFile } from '../../src/engine/safetensors';
import type { BlockName, HeadRef, InspectRequest } from '../../src/protocol/inspection';
import type { Numbers, Tensor } from '../../src/protocol/tensor';

/** One input of a fixture: what is fed, what PyTorch computed. */
export interface GoldenInput {
  readonly name: string;
  readonly feeds: NonNullable<InspectRequest['feeds']>;
  readonly scalar: { readonly index: readonly number[]; readonly value: number };
  readonly isPadded: boolean;
  /** The head that is off in the golden `logits_ablated`. */
  readonly ablated?: HeadRef;
  golden(key: string): Tensor<Numbers> | undefined;
  /** The scale by which the golden queries and keys give the scores, by `BLOCK.LAYER`; only where they give them exactly. */
  readonly scales: ReadonlyMap<string, number>;
}

/** One model of the fixtures in one export form. */
export interface Fixture {
  readonly architecture: string;
  readonly form: string;
  readonly task: string;
  readonly folder: string;
  readonly onnx: string;
  inputs(): Promise<GoldenInput[]>;
}

interface InputsFile {
  readonly task: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly feeds?: Readonly<Record<string, unknown>>;
    readonly scalar: { readonly index: readonly number[]; readonly value: number };
    readonly ablated?: { readonly group: BlockName; readonly layer: number; readonly head: number };
    readonly scores_as_scaled_qk?: readonly {
      readonly call: string;
      readonly scale: number;
      readonly max_residual: number;
    }[];
  }[];
}

/** All fixtures of a folder: `ARCHITECTURE/FORM/model.onnx` (or a decoder beside its encoder) with `inputs.json` and `golden.safetensors`. */
export function fixturesIn(folder: string): Fixture[] {
  const fixtures: Fixture[] = [];
  for (const architecture of readdirSync(folder).sort()) {
    const home = join(folder, architecture);
    if (!existsSync(join(home, 'inputs.json'))) continue;
    const description = JSON.parse(readFileSync(join(home, 'inputs.json'), 'utf8')) as InputsFile;
    for (const form of readdirSync(home).sort()) {
      const onnx = ['model.onnx', 'decoder_model.onnx']
        .map((name) => join(home, form, name))
        .find(existsSync);
      if (onnx === undefined) continue;
      fixtures.push({
        architecture,
        form,
        task: description.task,
        folder: home,
        onnx,
        inputs: () => goldenInputs(home, description),
      });
    }
  }
  return fixtures;
}

async function goldenInputs(home: string, { inputs }: InputsFile): Promise<GoldenInput[]> {
  const { tensors } = await readSafetensorsFile(join(home, 'golden.safetensors'));
  return inputs.map(({ name, feeds, scalar, ablated, scores_as_scaled_qk: fits = [] }) => {
    const scales = new Map(fits.filter((fit) => fit.max_residual < 1e-6).map((fit) => [fit.call, fit.scale]));
    const fed: Record<string, Tensor<Float32Array | Int32Array>> = {};
    for (const [key, value] of Object.entries(feeds ?? {})) {
      const stored = tensors.get(`${name}/${key}`);
      fed[key] = Array.isArray(value) ? intTensor(value) : (stored as Tensor);
    }
    return {
      name,
      feeds: fed,
      scalar,
      isPadded: name === 'padded',
      ...(ablated === undefined
        ? {}
        : { ablated: { block: ablated.group, layer: ablated.layer, head: ablated.head } }),
      golden: (key) => tensors.get(`${name}/${key}`),
      scales,
    };
  });
}

function intTensor(nested: readonly unknown[]): Tensor<Int32Array> {
  const dims: number[] = [];
  for (let level: unknown = nested; Array.isArray(level); level = level[0]) dims.push(level.length);
  return { data: Int32Array.from(nested.flat(Infinity) as number[]), dims };
}

/** Largest difference of two tensors; infinite where the lengths differ. Rows for which `skip` is true are left out. */
export function largestDifference(
  a: ArrayLike<number | bigint>,
  b: ArrayLike<number | bigint>,
  skip: (index: number) => boolean = () => false,
): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    if (skip(i)) continue;
    const difference = Math.abs(Number(a[i]) - Number(b[i]));
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

/** Largest absolute value, at least a tiny number: what relative differences are divided by. */
export function largestMagnitude(values: ArrayLike<number | bigint>): number {
  let largest = 1e-30;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(Number(values[i])));
  return largest;
}
