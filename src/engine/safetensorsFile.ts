import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Numbers, Tensor } from '../protocol/tensor';
import { UserError } from './errors';
import { sentenceOf } from './safetensors';
import { elementsOf, headerEnd, lengthBytes, readHeader } from './safetensorsHeader';
import type { Entry, SafetensorsHeader } from './safetensorsHeader';

/** A safetensors file of which tensors are read when they are asked for, whole or in part: only the header is in memory. */
export class SafetensorsFile {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #start: number;
  readonly metadata: ReadonlyMap<string, string>;

  private constructor(
    readonly path: string,
    /** Bytes of the file when it was opened. */
    readonly size: number,
    { entries, metadata, start }: SafetensorsHeader,
  ) {
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.#start = start;
    this.metadata = metadata;
  }

  /** @throws UserError where there is no such file, or its header is not valid */
  static open(path: string): Promise<SafetensorsFile> {
    return withFile(path, async (file) => {
      const { size } = await file.stat();
      const end = headerEnd(await bytesAt(file, 0, Math.min(size, lengthBytes)), size, path);
      const json = await bytesAt(file, lengthBytes, end - lengthBytes);
      return new SafetensorsFile(path, size, readHeader(json, size, path));
    });
  }

  /** Names of all tensors, in the order of the header. */
  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Shape of a tensor; undefined where there is none of this name. */
  dimsOf(name: string): readonly number[] | undefined {
    return this.#entries.get(name)?.dims;
  }

  /** Element type of a tensor as the format names it: `F32`. */
  typeOf(name: string): string | undefined {
    return this.#entries.get(name)?.format.name;
  }

  /** A whole tensor; undefined where there is none of this name. F16 and BF16 become f32. */
  async read(name: string): Promise<Tensor<Numbers> | undefined> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const length = (entry.end - entry.begin) / entry.format.size;
    return { data: await this.elements(name, 0, length), dims: entry.dims };
  }

  /**
   * Elements of a tensor in row-major order.
   * @throws RangeError where it has no such elements; UserError where the file has changed since it was opened
   */
  async elements(name: string, from: number, count: number): Promise<Numbers> {
    const entry = this.#entries.get(name);
    const bytes = count * (entry?.format.size ?? 1);
    const at = (entry?.begin ?? 0) + from * (entry?.format.size ?? 1);
    if (entry === undefined || from < 0 || count < 0 || at + bytes > entry.end)
      throw new RangeError(`${name} has no elements ${from} to ${from + count}.`);
    return withFile(this.path, async (file) => {
      const { size } = await file.stat();
      if (size !== this.size)
        throw new UserError(`${this.path} has changed since it was opened. Open it again.`, 'input');
      return elementsOf(entry, await bytesAt(file, this.#start + at, bytes));
    });
  }
}

/** The file is open only while it is read: it may be moved or written anew in between. */
async function withFile<Result>(path: string, use: (file: FileHandle) => Promise<Result>): Promise<Result> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return await use(file);
  } catch (cause) {
    if (cause instanceof UserError || cause instanceof RangeError) throw cause;
    throw new UserError(`${path} cannot be read: ${sentenceOf(cause)} Check the path.`, 'input', { cause });
  } finally {
    await file?.close();
  }
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw new UserError('The file ended while it was read. Open it again.', 'input');
    done += bytesRead;
  }
  return bytes;
}
