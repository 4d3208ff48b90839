import { open, readFile } from 'node:fs/promises';
import type { Numbers, Tensor } from '../protocol/tensor';
import { UserError } from './errors';
import { elementsOf, headerEnd, lengthBytes, readHeader } from './safetensorsHeader';

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

/**
 * Reads a whole safetensors file from memory. Everything in the header is checked before anything is allocated for it.
 * @param bytes the file; the tensors keep it alive
 * @param name what to call the file in sentences
 * @throws UserError (kind `input`) where the bytes are not such a file, or a tensor's type cannot be read
 */
export function readSafetensors(bytes: Uint8Array, name = 'The safetensors file'): Safetensors {
  const end = headerEnd(bytes.subarray(0, lengthBytes), bytes.length, name);
  const { entries, metadata, start } = readHeader(bytes.subarray(lengthBytes, end), bytes.length, name);
  const tensors = new Map<string, Tensor<Numbers>>();
  for (const entry of entries) {
    const { begin, end: stop, dims } = entry;
    tensors.set(entry.name, { data: elementsOf(entry, bytes.subarray(start + begin, start + stop)), dims });
  }
  return { tensors, metadata };
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
export function sentenceOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return `${message.replace(/^E[A-Z0-9_]+: /, '').replace(/, \w+ '.*$/s, '')}.`;
}
