import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { fromFloat16 } from '../../src/engine/onnx/constants';
import { Tensor } from 'onnxruntime-node';
import { ElementType, type Attribute, type ConstantTensor, type Model } from '../../src/engine/onnx/graph';
import { normalise } from '../../src/engine/normalise';
import { openSession } from '../../src/engine/session/sessions';
import { tensorOf } from '../../src/engine/session/feeds';
import { smallModel } from './smallModel';

/** One input of an operator; what it holds and what is known of its shape before a run. */
export interface Operand {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly values: readonly number[];
  /** Axes whose size is not known before a run. */
  readonly open: readonly number[];
  /** A weight of the model, not an input. */
  readonly isWeight: boolean;
}

/** One call of one fused operator. */
export interface FusedCall {
  readonly op: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  readonly opset?: number;
  readonly attributes: readonly Attribute[];
  /** By slot; undefined where left out. */
  readonly inputs: readonly (Operand | undefined)[];
  /** By slot: is the output there? */
  readonly outputs: readonly boolean[];
  /** Of the outputs, where onnxruntime cannot infer it. */
  readonly outputType?: ElementType;
  /** Elements of an output that mean nothing, because the operator never writes them. */
  readonly isUndefined?: (slot: number, index: number, dims: readonly number[]) => boolean;
}

/** Pseudo-random choices and tensors, the same for the same seed (mulberry32). */
export class Draw {
  private state: number;

  constructor(seed: number) {
    this.state = (seed + 1) * 0x9e3779b9;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.uniform() * (to - from + 1));
  }

  chance(share = 0.5): boolean {
    return this.uniform() < share;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.whole(0, choices.length - 1)];
  }

  /** Numbers between −size and size. */
  floats(
    dims: readonly number[],
    { open = [0, 1], size = 1, type = ElementType.float as ElementType } = {},
  ): Operand {
    return this.operand(type, dims, open, () => size * (2 * this.uniform() - 1));
  }

  wholes(
    dims: readonly number[],
    from: number,
    to: number,
    { open = [0, 1], type = ElementType.int32 as ElementType } = {},
  ): Operand {
    return this.operand(type, dims, open, () => this.whole(from, to));
  }

  operand(type: ElementType, dims: readonly number[], open: readonly number[], value: () => number): Operand {
    const values = Array.from({ length: dims.reduce((count, size) => count * size, 1) }, value);
    return { type, dims, values, open: open.filter((axis) => axis < dims.length), isWeight: false };
  }
}

export function given(
  type: ElementType,
  dims: readonly number[],
  values: readonly number[],
  open: readonly number[] = [0, 1],
): Operand {
  return { type, dims, values, open: open.filter((axis) => axis < dims.length), isWeight: false };
}

/** The same operand as a weight of the model. */
export function weight(operand: Operand): Operand {
  return { ...operand, open: [], isWeight: true };
}

function tensor({ type, dims, values }: Operand): OrtTensor {
  if (type === ElementType.uint8) return new Tensor('uint8', Uint8Array.from(values), dims);
  if (type === ElementType.int8) return new Tensor('int8', Int8Array.from(values), dims);
  return tensorOf(type, values, dims);
}

function constant(name: string, operand: Operand): ConstantTensor {
  const array = tensor(operand).data as ArrayBufferView;
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return { name, type: operand.type, dims: operand.dims, content: { kind: 'inline', bytes } };
}

/** A model of this one call. Inputs are `input0`, `input1` …, outputs `output0` … */
export function modelOf(call: FusedCall): Model {
  const operands = call.inputs.flatMap((operand, slot) =>
    operand === undefined ? [] : [{ operand, name: `input${slot}` }],
  );
  const model = smallModel(
    {
      inputs: operands
        .filter(({ operand }) => !operand.isWeight)
        .map(({ operand: { type, dims, open }, name }) => ({
          name,
          type,
          dims: dims.map((size, axis) => (open.includes(axis) ? `${name}_${axis}` : size)),
        })),
      constants: operands
        .filter(({ operand }) => operand.isWeight)
        .map(({ operand, name }) => constant(name, operand)),
      nodes: [
        [
          call.op,
          // Nothing behind the last one: older versions of an operator have fewer.
          call.inputs
            .slice(0, call.inputs.findLastIndex((operand) => operand !== undefined) + 1)
            .map((operand, slot) => (operand === undefined ? '' : `input${slot}`)),
          call.outputs
            .slice(0, call.outputs.lastIndexOf(true) + 1)
            .map((isThere, slot) => (isThere ? `output${slot}` : '')),
          call.attributes,
          call.domain,
        ],
      ],
      outputs: call.outputs.flatMap((isThere, slot) => (isThere ? [`output${slot}`] : [])),
    },
    call.opset ?? 18,
  );
  const { outputType = ElementType.undefined } = call;
  model.graph.outputs = model.graph.outputs.map((output) => ({ ...output, type: outputType }));
  model.irVersion = (call.opset ?? 18) > 22 ? 11 : 8;
  return model;
}

export function feedsOf(call: FusedCall): Record<string, OrtTensor> {
  return Object.fromEntries(
    call.inputs.flatMap((operand, slot) =>
      operand === undefined || operand.isWeight ? [] : [[`input${slot}`, tensor(operand)]],
    ),
  );
}

/** An output as plain numbers. */
export interface Numbers {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

export async function run(model: Model, feeds: Record<string, OrtTensor>): Promise<Record<string, Numbers>> {
  const session = await openSession(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  try {
    const outputs = await session.run(feeds);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data, dims, type }]) => [
        name,
        {
          dims,
          values: Array.from(data as ArrayLike<number | bigint>, (value) =>
            type === 'float16' ? fromFloat16(Number(value)) : Number(value),
          ),
        },
      ]),
    );
  } finally {
    await session.release();
  }
}

/** Distance between the fused result and the rewritten one, relative to the largest value; NaN where shapes differ. */
function distance(call: FusedCall, slot: number, fused: Numbers, plain: Numbers): number {
  if (fused.dims.join() !== plain.dims.join()) return NaN;
  let [worst, largest] = [0, Number.MIN_VALUE];
  fused.values.forEach((value, index) => {
    if (call.isUndefined?.(slot, index, fused.dims) === true) return;
    const apart = Object.is(value, plain.values[index]) ? 0 : Math.abs(value - plain.values[index]);
    if (!(apart <= worst)) worst = apart;
    if (Math.abs(value) < 1e30) largest = Math.max(largest, Math.abs(value));
  });
  return worst / largest;
}

function words({ op, attributes, inputs, outputs }: FusedCall): string {
  const stated = attributes.map(
    ({ name, value }) => `${name}=${JSON.stringify('value' in value ? value.value : '')}`,
  );
  const shapes = inputs.map((operand) => (operand === undefined ? '–' : `[${operand.dims.join()}]`));
  return `${op} ${stated.join(' ')} of ${shapes.join(' ')} with ${outputs.filter(Boolean).length} outputs`;
}

export interface Comparison {
  readonly count: number;
  /** Relative to the largest value; float16 needs another one than float32. */
  readonly bound?: number;
}

/**
 * Compares `count` random calls of an operator, computed by onnxruntime's own kernel, with what {@link normalise} makes of them.
 * Calls that onnxruntime itself refuses do not count, but most must be accepted.
 */
export function sameAsFused(
  title: string,
  callOf: (draw: Draw) => FusedCall,
  { count, bound = 1e-5 }: Comparison,
): void {
  test(title, async () => {
    const failures: string[] = [];
    const refusals = new Set<string>();
    let accepted = 0;
    for (let seed = 0; seed < count; seed++) {
      const call = callOf(new Draw(seed));
      const model = modelOf(call);
      const feeds = feedsOf(call);
      let fused: Record<string, Numbers>;
      try {
        fused = await run(model, feeds);
      } catch (error) {
        refusals.add(`${words(call)}: ${String(error).slice(0, 900)}`);
        continue;
      }
      accepted++;
      try {
        const rewritten = normalise(model, 'everywhere');
        const left = rewritten.graph.nodes.filter(
          ({ op, domain }) => op === call.op && domain === call.domain,
        );
        assert.deepEqual(left, []);
        const plain = await run(rewritten, feeds);
        call.outputs.forEach((isThere, slot) => {
          const name = `output${slot}`;
          const apart = isThere ? distance(call, slot, fused[name], plain[name]) : 0;
          if (!(apart <= bound))
            failures.push(`seed ${seed}, ${name} differs by ${apart.toExponential(1)}: ${words(call)}`);
        });
      } catch (error) {
        failures.push(`seed ${seed}, ${String(error)}: ${words(call)}`);
      }
    }
    assert.equal(failures.length, 0, failures.slice(0, 12).join('\n'));
    assert.ok(
      accepted > 0.8 * count,
      `onnxruntime refuses most calls:\n${[...refusals].slice(0, 6).join('\n')}`,
    );
  });
}
