import { closeSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../errors';
import {
  ElementType,
  elementSize,
  elementTypeName,
  isOnnx,
  type ConstantTensor,
  type Model,
  type Node,
} from './graph';
import type { Wiring } from './wiring';

/** Number of elements; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** The bytes of a constant, read from disk where they are external. Little-endian, row-major. */
export function bytesOf(model: Model, tensor: ConstantTensor): Uint8Array {
  const { content } = tensor;
  if (content.kind === 'inline') return content.bytes;
  if (content.kind === 'strings') return new Uint8Array(0);
  const bytes = new Uint8Array(content.length);
  const path = join(dirname(model.file), content.location);
  const file = openSync(path, 'r');
  try {
    for (let done = 0; done < bytes.length;) {
      const count = readSync(
        file,
        bytes,
        done,
        Math.min(bytes.length - done, 1 << 30),
        content.offset + done,
      );
      if (count === 0)
        throw new UserError(
          `“${path}” ends before the weights of “${tensor.name}”. Copy the model's files again.`,
          'model',
        );
      done += count;
    }
  } finally {
    closeSync(file);
  }
  return bytes;
}

/** A half-precision number from its bits (IEEE 754 binary16). */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

/**
 * The elements of a constant as JavaScript numbers (64-bit integers beyond 2^53 lose precision: shapes and axes never get there,
 * and “to the end” markers stay very large). Meant for small tensors: shapes, scales, axes.
 * @throws UserError for element types that hold no numbers.
 */
export function numbersOf(model: Model, tensor: ConstantTensor): number[] {
  const bytes = bytesOf(model, tensor);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = elementCount(tensor.dims);
  const size = elementSize(tensor.type);
  if (bytes.length < Math.ceil(count * size)) {
    throw new UserError(
      `The tensor “${tensor.name}” has fewer bytes than its shape needs. The file is damaged; copy it again.`,
      'model',
    );
  }
  const read = ((): ((index: number) => number) => {
    switch (tensor.type) {
      case ElementType.float:
        return (i) => view.getFloat32(4 * i, true);
      case ElementType.double:
        return (i) => view.getFloat64(8 * i, true);
      case ElementType.int64:
        return (i) => Number(view.getBigInt64(8 * i, true));
      case ElementType.uint64:
        return (i) => Number(view.getBigUint64(8 * i, true));
      case ElementType.int32:
        return (i) => view.getInt32(4 * i, true);
      case ElementType.uint32:
        return (i) => view.getUint32(4 * i, true);
      case ElementType.int16:
        return (i) => view.getInt16(2 * i, true);
      case ElementType.uint16:
        return (i) => view.getUint16(2 * i, true);
      case ElementType.int8:
        return (i) => view.getInt8(i);
      case ElementType.uint8:
      case ElementType.bool:
        return (i) => view.getUint8(i);
      case ElementType.float16:
        return (i) => fromFloat16(view.getUint16(2 * i, true));
      case ElementType.bfloat16: {
        const word = new DataView(new ArrayBuffer(4));
        return (i) => {
          word.setUint16(0, view.getUint16(2 * i, true));
          return word.getFloat32(0);
        };
      }
      default:
        throw new UserError(
          `The tensor “${tensor.name}” has elements of type ${elementTypeName(tensor.type)}, which cannot be read as numbers.`,
          'model',
        );
    }
  })();
  return Array.from({ length: count }, (_, i) => read(i));
}

/** The constant behind a tensor name: an initialiser, or the value of a `Constant` node (also through `Identity`). */
export function constantOf(wiring: Wiring, name: string): ConstantTensor | undefined {
  let from = name;
  for (;;) {
    const initializer = wiring.graph.initializers.get(from);
    if (initializer !== undefined) return initializer;
    const node = wiring.producer(from);
    if (node === undefined) return undefined;
    if (!isOnnx(node, 'Identity')) return isOnnx(node, 'Constant') ? valueOfConstantNode(node) : undefined;
    from = node.inputs[0];
  }
}

function valueOfConstantNode(node: Node): ConstantTensor | undefined {
  const name = node.outputs[0];
  for (const { name: key, value } of node.attributes.values()) {
    if (key === 'value' && value.kind === 'tensor') return { ...value.value, name };
    if (key === 'value_float' && value.kind === 'float') return floatTensor(name, [value.value], []);
    if (key === 'value_floats' && value.kind === 'floats') return floatTensor(name, value.value);
    if (key === 'value_int' && value.kind === 'int') return int64Tensor(name, [value.value], []);
    if (key === 'value_ints' && value.kind === 'ints') return int64Tensor(name, value.value);
  }
  return undefined;
}

/** The only element of a constant of one element; undefined for everything else. */
export function scalarOf(model: Model, wiring: Wiring, name: string): number | undefined {
  const tensor = constantOf(wiring, name);
  if (tensor === undefined || elementCount(tensor.dims) !== 1 || tensor.type === ElementType.string)
    return undefined;
  return numbersOf(model, tensor)[0];
}

const inline = (array: ArrayBufferView): ConstantTensor['content'] => ({
  kind: 'inline',
  bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
});

/** A float32 constant; a vector unless `dims` says otherwise. */
export function floatTensor(
  name: string,
  values: ArrayLike<number>,
  dims: readonly number[] = [values.length],
): ConstantTensor {
  return { name, type: ElementType.float, dims, content: inline(Float32Array.from(values)) };
}

/** An int64 constant; a vector unless `dims` says otherwise. */
export function int64Tensor(
  name: string,
  values: ArrayLike<number>,
  dims: readonly number[] = [values.length],
): ConstantTensor {
  return {
    name,
    type: ElementType.int64,
    dims,
    content: inline(BigInt64Array.from(Array.from(values), BigInt)),
  };
}

/** A boolean constant; a vector unless `dims` says otherwise. */
export function boolTensor(
  name: string,
  values: readonly boolean[],
  dims: readonly number[] = [values.length],
): ConstantTensor {
  return { name, type: ElementType.bool, dims, content: inline(Uint8Array.from(values, Number)) };
}

/** A float32 or double scalar-or-vector constant in the element type asked for (float16 included). */
export function realTensor(
  name: string,
  type: ElementType,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): ConstantTensor {
  if (type === ElementType.double) return { name, type, dims, content: inline(Float64Array.from(values)) };
  if (type === ElementType.float16)
    return { name, type, dims, content: inline(Uint16Array.from(values, toFloat16)) };
  return floatTensor(name, values, dims);
}

/** The bits of the half-precision number nearest to `value` (ties to even). */
export function toFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const scaled = (size / 2 ** exponent) * 1024;
  let rounded = Math.round(scaled);
  if (Math.abs(scaled - Math.trunc(scaled) - 0.5) < Number.EPSILON && rounded % 2 === 1) rounded -= 1;
  // A fraction that rounds up to 2048 carries into the exponent by plain addition.
  return exponent === -14 && rounded < 1024
    ? sign | rounded
    : sign | (((exponent + 15) << 10) + (rounded - 1024));
}
