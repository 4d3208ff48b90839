import { open, readFile } from 'node:fs/promises';
import type { Numbers, Tensor } from '../protocol/tensor';
import { UserError } from './errors';
import { fromFloat16 } from './onnx/constants';

/**
 * The safetensors format: 8 bytes with the length N of the header (u64, little-endian), N bytes of JSON that give
 * every tensor's element type, shape and byte range, then the tensors' bytes, without gaps.
 * Source: https://github.com/huggingface/safetensors#format. Like the hosts that Node supports, files are little-endian.
 */
export interface Safetensors {
  /** In the order of the header. Views into the file's bytes wherever those are aligned; F16 and BF16 become f32. */
  readonly tensors: ReadonlyMap<string, Tensor<Numbers>>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The reference implementation's bound on the header. */
const longestHeader = 100_000_000;

/** How the elements of one type become a typed array. `bytes` are exactly the tensor's, aligned to `size`. */
interface ElementFormat {
  readonly size: number;
  read(buffer: ArrayBufferLike, byteOffset: number, length: number): Numbers;
}

const formats: ReadonlyMap<string, ElementFormat> = new Map<string, ElementFormat>([
  ['F64', { size: 8, read: (buffer, at, length) => new Float64Array(buffer, at, length) }],
  ['F32', { size: 4, read: (buffer, at, length) => new Float32Array(buffer, at, length) }],
  ['F16', { size: 2, read: (buffer, at, length) => widen(new Uint16Array(buffer, at, length), fromFloat16) }],
  ['BF16', { size: 2, read: (buffer, at, length) => widenBfloat16(new Uint16Array(buffer, at, length)) }],
  ['I64', { size: 8, read: (buffer, at, length) => new BigInt64Array(buffer, at, length) }],
  ['I32', { size: 4, read: (buffer, at, length) => new Int32Array(buffer, at, length) }],
  ['I16', { size: 2, read: (buffer, at, length) => new Int16Array(buffer, at, length) }],
  ['U16', { size: 2, read: (buffer, at, length) => new Uint16Array(buffer, at, length) }],
  ['I8', { size: 1, read: (buffer, at, length) => new Int8Array(buffer, at, length) }],
  ['U8', { size: 1, read: (buffer, at, length) => new Uint8Array(buffer, at, length) }],
  ['BOOL', { size: 1, read: (buffer, at, length) => new Uint8Array(buffer, at, length) }],
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

interface Entry {
  readonly name: string;
  readonly format: ElementFormat;
  readonly dims: readonly number[];
  /** Half-open range of bytes after the header. */
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a whole safetensors file from memory. Everything in the header is checked before anything is allocated for it.
 * @param bytes the file; the tensors keep it alive
 * @param name what to call the file in sentences
 * @throws UserError (kind `input`) where the bytes are not such a file, or a tensor's type cannot be read
 */
export function readSafetensors(bytes: Uint8Array, name = 'The safetensors file'): Safetensors {
  const fail: Fail = (what) => {
    throw new UserError(
      `${name} cannot be read: ${what}. Check that it is a complete .safetensors file, or write it again.`,
    );
  };
  if (bytes.length < 8) fail(`it has ${bytes.length} bytes, too few for a header`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(longestHeader)) fail(`its header claims ${length} bytes`);
  const start = 8 + Number(length);
  if (start > bytes.length) fail(`its header claims ${length} bytes, the file has ${bytes.length}`);

  const header = parseHeader(bytes.subarray(8, start), fail);
  const metadata = readMetadata(header, fail);
  const entries = Object.entries(header)
    .filter(([key]) => key !== '__metadata__')
    .map(([key, value]) => readEntry(key, value, fail));
  checkRanges(entries, bytes.length - start, fail);

  const tensors = new Map<string, Tensor<Numbers>>();
  for (const { name: key, format, dims, begin, end } of entries) {
    const at = bytes.byteOffset + start + begin;
    // Typed arrays need aligned addresses; writers align as a rule, but nothing in the format demands it.
    const aligned = at % format.size === 0;
    const buffer = aligned ? bytes.buffer : bytes.slice(start + begin, start + end).buffer;
    tensors.set(key, { data: format.read(buffer, aligned ? at : 0, (end - begin) / format.size), dims });
  }
  return { tensors, metadata };
}

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

function elementType(data: Numbers): string {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Int32Array) return 'I32';
  if (data instanceof BigInt64Array) return 'I64';
  if (data instanceof Uint16Array) return 'U16';
  if (data instanceof Int16Array) return 'I16';
  return data instanceof Int8Array ? 'I8' : 'U8';
}

/**
 * A safetensors file as the pieces that follow one another in it: the header, then the tensors' own bytes, uncopied.
 * Tensors are ordered by falling element size, so that every one is aligned; otherwise in the order given.
 * @throws RangeError where a tensor's shape does not fit its length, or its name is `__metadata__`
 */
export function safetensorsPieces(
  tensors: Iterable<readonly [name: string, tensor: Tensor<Numbers>]>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array[] {
  const ordered = [...new Map(tensors)].sort(
    ([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT,
  );
  // A Map and JSON by hand would be longer; an object without prototype takes any name, `__proto__` included.
  const header = Object.create(null) as Record<string, unknown>;
  if (metadata) header['__metadata__'] = metadata;
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const [name, { data, dims }] of ordered) {
    if (name === '__metadata__') throw new RangeError('No tensor can be named __metadata__.');
    if (dims.reduce((product, size) => product * size, 1) !== data.length) {
      throw new RangeError(
        `The tensor ${name} has ${data.length} elements, not those of [${dims.join(', ')}].`,
      );
    }
    const end = at + data.byteLength;
    header[name] = { dtype: elementType(data), shape: dims, data_offsets: [at, end] };
    pieces.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    at = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces fill the header up to a multiple of 8 bytes.
  const start = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(start.length - 8), true);
  start.set(json, 8);
  return [start, ...pieces];
}

/**
 * Reads a safetensors file.
 * @throws UserError where there is no such file, or it is not valid
 */
export async function readSafetensorsFile(path: string): Promise<Safetensors> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new UserError(`${path} cannot be read: ${sentenceOf(cause)} Check the path.`, 'input', { cause });
  }
  return readSafetensors(bytes, path);
}

/**
 * Writes a safetensors file, piece by piece: beside the tensors themselves only the header takes memory.
 * @throws UserError where the file cannot be written
 */
export async function writeSafetensorsFile(
  path: string,
  tensors: Iterable<readonly [name: string, tensor: Tensor<Numbers>]>,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  const pieces = safetensorsPieces(tensors, metadata);
  try {
    const file = await open(path, 'w');
    try {
      // FileHandle.write may write less than asked for; writeFile on a handle goes on until all is written.
      for (const piece of pieces) await file.writeFile(piece);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new UserError(
      `${path} cannot be written: ${sentenceOf(cause)} Choose another place, or make room there.`,
      'input',
      { cause },
    );
  }
}

/** Node's wording of a failed file operation, without its code and path. */
function sentenceOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return `${message.replace(/^E[A-Z0-9_]+: /, '').replace(/, \w+ '.*$/s, '')}.`;
}
