import type { Attribute } from '../../../src/engine/onnx/graph';

/** Numbers that are the same in every run. */
export class Random {
  constructor(private state: number) {}

  /** 0 ≤ x < 1 (mulberry32). */
  unit(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  pick<T>(...choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)];
  }

  dims(rank = this.int(1, 3)): number[] {
    return Array.from({ length: rank }, () => this.int(2, 3));
  }

  /** A shape that broadcasts to `dims`: some sizes 1, some leading axes gone. */
  narrowed(dims: readonly number[]): number[] {
    return dims.slice(this.pick(0, 0, Math.min(1, dims.length))).map((dim) => this.pick(1, dim, dim));
  }

  axis(rank: number): number {
    return this.int(-rank, rank - 1);
  }
}

export interface SampleInput {
  readonly dims: readonly number[];
  readonly values: readonly number[];
  readonly type: 'real' | 'int64' | 'int32' | 'bool' | 'uint8' | 'int8';
  /** A weight or parameter: an initialiser, not differentiated. */
  readonly isFixed: boolean;
}

/** One node with its inputs. Left-out inputs are undefined. */
export interface Sample {
  readonly inputs: readonly (SampleInput | undefined)[];
  readonly attributes?: readonly Attribute[];
  readonly outputs?: number;
  /** Computes the outputs in float64, where onnxruntime has the operator in float32 only. */
  readonly reference?: (inputs: readonly Float64Array[]) => readonly ArrayLike<number>[];
}

export interface GradientCase {
  readonly name: string;
  readonly op: string;
  readonly domain?: string;
  readonly opset?: number;
  readonly sample: (random: Random) => Sample;
}

export type Sampler = GradientCase['sample'];

export const count = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** Real numbers between −2 and 2 that keep a distance from 0, where some functions have a corner. */
export function real(random: Random, dims: readonly number[], low = -2, high = 2): SampleInput {
  const values = Array.from({ length: count(dims) }, () => {
    const value = low + (high - low) * random.unit();
    return Math.abs(value) < 0.05 ? value + 0.1 : value;
  });
  return { dims, values, type: 'real', isFixed: false };
}

export const positive = (random: Random, dims: readonly number[]): SampleInput =>
  real(random, dims, 0.5, 2.5);

export const fixed = (input: SampleInput): SampleInput => ({ ...input, isFixed: true });

export function ints(
  values: readonly number[],
  dims: readonly number[] = [values.length],
  type: 'int64' | 'int32' = 'int64',
): SampleInput {
  return { dims, values, type, isFixed: true };
}

export function randomInts(random: Random, dims: readonly number[], low: number, high: number): SampleInput {
  return ints(
    Array.from({ length: count(dims) }, () => random.int(low, high)),
    dims,
  );
}

export const unary =
  (
    make: (random: Random, dims: readonly number[]) => SampleInput = real,
    ...attributes: Attribute[]
  ): Sampler =>
  (random) => ({
    inputs: [make(random, random.dims())],
    attributes,
  });

export const binary =
  (left: (random: Random, dims: readonly number[]) => SampleInput = real, right = left): Sampler =>
  (random) => {
    const dims = random.dims();
    const inputs = [left(random, random.narrowed(dims)), right(random, random.narrowed(dims))];
    return { inputs: random.pick(inputs, [left(random, dims), inputs[1]], [inputs[0], right(random, dims)]) };
  };

/** An elementwise function that onnxruntime has in float32 only. */
export const scalar =
  (compute: (x: number) => number, ...attributes: Attribute[]): Sampler =>
  (random) => ({
    inputs: [real(random, random.dims(), -4, 4)],
    attributes,
    reference: ([x]) => [x.map(compute)],
  });

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Operators of onnxruntime's own. */
export const microsoft = 'com.microsoft';

/** A table of cases that is filled line by line. */
export class CaseTable {
  readonly cases: GradientCase[] = [];

  readonly add = (
    op: string,
    sample: Sampler,
    options: { name?: string; domain?: string; opset?: number } = {},
  ): void => {
    this.cases.push({ op, sample, ...options, name: options.name ?? op });
  };
}
