import type { Numbers } from '../protocol/tensor';
import { UserError } from './errors';
import { fromFloat16 } from './onnx/constants';

/** The reference implementation's bound on the header. */
const longestHeader = 100_000_000;

/** How the elements of one type become a typed array. `bytes` are exactly the tensor's, aligned to `size`. */
export interface ElementFormat {
  /** As the header names it: `F32`. */
  readonly name: string;
  /** Bytes of one element. */
  readonly size: number;
  read(buffer: ArrayBufferLike, byteOffset: number, length: number): Numbers;
}

const formats: ReadonlyMap<string, ElementFormat> = new Map<string, ElementFormat>([
  ['F64', { name: 'F64', size: 8, read: (buffer, at, length) => new Float64Array(buffer, at, length) }],
  ['F32', { name: 'F32', size: 4, read: (buffer, at, length) => new Float32Array(buffer, at, length) }],
  [
    'F16',
    {
      name: 'F16',
      size: 2,
      read: (buffer, at, length) => widen(new Uint16Array(buffer, at, length), fromFloat16),
    },
  ],
  [
    'BF16',
    {
      name: 'BF16',
      size: 2,
      read: (buffer, at, length) => widenBfloat16(new Uint16Array(buffer, at, length)),
    },
  ],
  ['I64', { name: 'I64', size: 8, read: (buffer, at, length) => new BigInt64Array(buffer, at, length) }],
  ['I32', { name: 'I32', size: 4, read: (buffer, at, length) => new Int32Array(buffer, at, length) }],
  ['I16', { name: 'I16', size: 2, read: (buffer, at, length) => new Int16Array(buffer, at, length) }],
  ['U16', { name: 'U16', size: 2, read: (buffer, at, length) => new Uint16Array(buffer, at, length) }],
  ['I8', { name: 'I8', size: 1, read: (buffer, at, length) => new Int8Array(buffer, at, length) }],
  ['U8', { name: 'U8', size: 1, read: (buffer, at, length) => new Uint8Array(buffer, at, length) }],
  ['BOOL', { name: 'BOOL', size: 1, read: (buffer, at, length) => new Uint8Array(buffer, at, length) }],
]);

function widen(halves: Uint16Array, toNumber: (bits: number) => number): Float32Array {
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = toNumber(halves[i]);
  return floats;
}

/** A bfloat16 is the upper half of a float32. */
function widenBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return new Float32Array(bits.buffer);
}

/** One tensor as the header describes it. */
export interface Entry {
  readonly name: string;
  readonly format: ElementFormat;
  readonly dims: readonly number[];
  /** Half-open range of bytes after the header. */
  readonly begin: number;
  readonly end: number;
}

/**
 * Elements of a tensor from their bytes: a view where these are aligned, else of a copy.
 * @param bytes a whole number of elements
 */
export function elementsOf({ format }: Pick<Entry, 'format'>, bytes: Uint8Array): Numbers {
  // Typed arrays need aligned addresses; writers align as a rule, but nothing in the format demands it.
  const isAligned = bytes.byteOffset % format.size === 0;
  const { buffer, byteOffset } = isAligned ? bytes : bytes.slice();
  return format.read(buffer, byteOffset, bytes.length / format.size);
}

/** The header of a safetensors file, checked. */
export interface SafetensorsHeader {
  /** In the order of the file's JSON. */
  readonly entries: readonly Entry[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the tensors' bytes begin. */
  readonly start: number;
}

/** Bytes before the header: its length. */
export const lengthBytes = 8;

/**
 * How many bytes the beginning of a file takes up to the tensors.
 * @param first the first 8 bytes
 * @param size of the whole file in bytes
 * @param name what to call the file in sentences
 * @throws UserError where that cannot be
 */
export function headerEnd(first: Uint8Array, size: number, name: string): number {
  const fail = failureOf(name);
  if (first.length < lengthBytes) fail(`it has ${first.length} bytes, too few for a header`);
  const length = new DataView(first.buffer, first.byteOffset, lengthBytes).getBigUint64(0, true);
  if (length > BigInt(longestHeader)) fail(`its header claims ${length} bytes`);
  const end = lengthBytes + Number(length);
  if (end > size) fail(`its header claims ${length} bytes, the file has ${size}`);
  return end;
}

/**
 * Reads a header. Every size in it is checked against the file, so that whatever is allocated for a tensor is really there.
 * @param json the bytes of the header
 * @param size of the whole file in bytes
 * @param name what to call the file in sentences
 * @throws UserError (kind `input`) where it is not valid, or a tensor's type cannot be read
 */
export function readHeader(json: Uint8Array, size: number, name: string): SafetensorsHeader {
  const fail = failureOf(name);
  const header = parseHeader(json, fail);
  const metadata = readMetadata(header, fail);
  const entries = Object.entries(header)
    .filter(([key]) => key !== '__metadata__')
    .map(([key, value]) => readEntry(key, value, fail));
  const start = lengthBytes + json.length;
  checkRanges(entries, size - start, fail);
  return { entries, metadata, start };
}

function failureOf(name: string): Fail {
  return (what) => {
    throw new UserError(
      `${name} cannot be read: ${what}. Check that it is a complete .safetensors file, or write it again.`,
    );
  };
}

/** Ends the reading of a file with a sentence about what is wrong with it. */
type Fail = (what: string) => never;

function parseHeader(bytes: Uint8Array, fail: Fail): Readonly<Record<string, unknown>> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    fail('its header is not JSON');
  }
  return isRecord(header) ? header : fail('its header is not a JSON object');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readMetadata(header: Readonly<Record<string, unknown>>, fail: Fail): ReadonlyMap<string, string> {
  if (!Object.hasOwn(header, '__metadata__')) return new Map();
  const metadata = header['__metadata__'];
  if (!isRecord(metadata)) return fail('its metadata are not a JSON object');
  return new Map(
    Object.entries(metadata).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : fail(`its metadata "${key}" is not a string`),
    ]),
  );
}

function readEntry(name: string, value: unknown, fail: Fail): Entry {
  if (!isRecord(value)) return fail(`the tensor "${name}" has no description`);
  const { dtype, shape, data_offsets: range } = value;
  const format = typeof dtype === 'string' ? formats.get(dtype) : undefined;
  if (!format) {
    return fail(
      `the tensor "${name}" has the element type ${JSON.stringify(dtype)}, not one of ${[...formats.keys()].join(', ')}`,
    );
  }
  if (!isSizes(shape)) return fail(`the tensor "${name}" has no valid shape`);
  if (!isSizes(range) || range.length !== 2) return fail(`the tensor "${name}" has no valid byte range`);
  const [begin, end] = range;
  const bytes = shape.reduce((product, size) => product * size, format.size);
  if (end - begin !== bytes) {
    return fail(
      `the tensor "${name}" of shape [${shape.join(', ')}] needs ${bytes} bytes and has ${end - begin}`,
    );
  }
  return { name, format, dims: shape, begin, end };
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** The ranges must follow one another without overlap or gap and fill the file: so nothing hides in it. */
function checkRanges(entries: readonly Entry[], available: number, fail: Fail): void {
  let at = 0;
  // Empty tensors come before what begins at the same byte.
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < at) fail(`the tensor "${name}" overlaps another`);
    if (begin > at) fail(`${begin - at} bytes before the tensor "${name}" belong to nothing`);
    at = end;
    if (at > available) fail(`the tensor "${name}" ends ${at - available} bytes after the end of the file`);
  }
  if (at < available) fail(`the last ${available - at} bytes belong to nothing`);
}
