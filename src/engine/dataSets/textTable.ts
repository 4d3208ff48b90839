import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../errors';
import { Column } from './column';

const chunkBytes = 4 << 20;

export interface TextTableOptions {
  /** Where chunks are put that memory should not hold; without it, a folder of the system's for what is temporary. */
  readonly folder?: string;
  /** Bytes that are held in memory. */
  readonly mostInMemory?: number;
}

/** Texts by number, as UTF-8 in large chunks: a hundred thousand strings of their own would take several times the memory. */
export class TextTable {
  private readonly chunks: (Buffer | undefined)[] = [];
  /** Where the chunk stands in the file; parallel to `chunks`. */
  private readonly places: number[] = [];
  private used = 0;
  private inMemory = 0;
  private spilt = 0;
  /** `path`: what is removed in the end. */
  private file: { readonly descriptor: number; readonly path: string } | undefined;
  private readonly chunk = new Column(Uint32Array);
  private readonly start = new Column(Uint32Array);
  private readonly bytes = new Column(Uint32Array);

  constructor(private readonly options: TextTableOptions = {}) {}

  get length(): number {
    return this.chunk.length;
  }

  /** @throws UserError where neither memory nor disk has room for it */
  add(text: string): void {
    const encoded = Buffer.from(text, 'utf8');
    const last = this.chunks.at(-1);
    if (last === undefined || this.used + encoded.length > last.length) this.begin(encoded.length);
    const chunk = this.chunks[this.chunks.length - 1];
    if (chunk !== undefined) encoded.copy(chunk, this.used);
    this.chunk.push(this.chunks.length - 1);
    this.start.push(this.used);
    this.bytes.push(encoded.length);
    this.used += encoded.length;
  }

  /** The UTF-8 bytes of a text; a view that is not to be changed. */
  encoded(index: number): Buffer {
    const number = this.chunk.at(index);
    const [start, length] = [this.start.at(index), this.bytes.at(index)];
    const chunk = this.chunks[number];
    if (chunk !== undefined) return chunk.subarray(start, start + length);
    const read = Buffer.allocUnsafe(length);
    if (this.file !== undefined) readSync(this.file.descriptor, read, 0, length, this.places[number] + start);
    return read;
  }

  get(index: number): string {
    return this.encoded(index).toString('utf8');
  }

  /** Gives memory and disk back; the table is empty of texts from then on. */
  release(): void {
    this.chunks.fill(undefined);
    if (this.file === undefined) return;
    closeSync(this.file.descriptor);
    rmSync(this.file.path, { recursive: true, force: true });
    this.file = undefined;
  }

  private begin(least: number): void {
    const size = Math.max(chunkBytes, least);
    const most = this.options.mostInMemory ?? 128 << 20;
    if (this.inMemory + size > most) this.spill();
    this.chunks.push(Buffer.allocUnsafe(size));
    this.places.push(0);
    this.inMemory += size;
    this.used = 0;
  }

  /** Writes the chunk that was filled last to the file. */
  private spill(): void {
    const number = this.chunks.length - 1;
    const chunk = this.chunks[number];
    if (chunk === undefined) return;
    try {
      this.file ??= openFile(this.options.folder);
      for (let done = 0; done < this.used;)
        done += writeSync(this.file.descriptor, chunk, done, this.used - done, this.spilt + done);
    } catch (cause) {
      this.release();
      throw new UserError(
        'The texts take more memory than there is for them, and the disk has no room for the rest. Read fewer rows.',
        'input',
        { cause },
      );
    }
    this.places[number] = this.spilt;
    this.spilt += this.used;
    this.chunks[number] = undefined;
    this.inMemory -= chunk.length;
  }
}

let files = 0;

function openFile(folder: string | undefined): { descriptor: number; path: string } {
  if (folder === undefined) {
    const own = mkdtempSync(join(tmpdir(), 'headlight-texts-'));
    return { descriptor: openSync(join(own, 'texts'), 'wx+'), path: own };
  }
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `texts-${process.pid}-${++files}`);
  return { descriptor: openSync(path, 'w+'), path };
}
