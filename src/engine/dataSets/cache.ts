import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

/** First bytes of every file; another version of the layout has others. */
const magic = Buffer.from('HLDATA01');
const digestBytes = 32;
const headBytes = magic.length + digestBytes + 4;
/** Bytes that all files may take together. */
const defaultMost = 1 << 30;
/** Files written between two looks at how much there is. */
const writesPerPruning = 64;

export interface CacheOptions {
  /** Bytes that all files may take together; default 1 GB. */
  readonly most?: number;
}

/** What a file holds: a record, and numbers that are fetched only when they are needed. */
export interface Stored {
  readonly record: unknown;
  /** Bytes of the numbers. */
  readonly bytes: number;
}

/**
 * Results on disk, under names that are hashes of what they were computed from. Files are written beside and renamed, so that a process may
 * end at any moment; every part has a checksum, and a file that does not match is as none. The oldest go when they take too much room.
 */
export class ResultCache {
  private writes = 0;

  constructor(
    private readonly folder: string,
    private readonly options: CacheOptions = {},
  ) {}

  /** The record of a file; undefined where there is none or it is damaged. Marks it as used. */
  async read(key: string): Promise<Stored | undefined> {
    const path = this.pathOf(key);
    try {
      const file = await open(path, 'r');
      try {
        const { size } = await file.stat();
        const head = Buffer.alloc(headBytes);
        await file.read(head, 0, headBytes, 0);
        const length = head.readUInt32LE(headBytes - 4);
        const bytes = size - headBytes - length - digestBytes;
        if (!head.subarray(0, magic.length).equals(magic) || bytes < 0) return undefined;
        const record = Buffer.alloc(length);
        await file.read(record, 0, length, headBytes);
        if (!digestOf(record).equals(head.subarray(magic.length, magic.length + digestBytes)))
          return undefined;
        const now = new Date();
        await utimes(path, now, now).catch(() => undefined);
        return { record: deserialize(record) as unknown, bytes };
      } finally {
        await file.close();
      }
    } catch {
      // Whatever is wrong with it: it is computed again.
      return undefined;
    }
  }

  /** The numbers of a file; undefined where they are gone or damaged. */
  async readNumbers(key: string): Promise<Float32Array | undefined> {
    try {
      const file = await open(this.pathOf(key), 'r');
      try {
        const { size } = await file.stat();
        const head = Buffer.alloc(headBytes);
        await file.read(head, 0, headBytes, 0);
        const start = headBytes + head.readUInt32LE(headBytes - 4);
        const length = size - start - digestBytes;
        if (length < 0 || length % 4 !== 0) return undefined;
        const tail = Buffer.alloc(digestBytes);
        await file.read(tail, 0, digestBytes, start);
        const numbers = new Float32Array(length / 4);
        const view = Buffer.from(numbers.buffer);
        await file.read(view, 0, length, start + digestBytes);
        return digestOf(view).equals(tail) ? numbers : undefined;
      } finally {
        await file.close();
      }
    } catch {
      return undefined;
    }
  }

  /** Keeps a record with its numbers. @throws the file system's error where there is no room or no right to write */
  async write(key: string, record: unknown, numbers: Float32Array = new Float32Array(0)): Promise<void> {
    const packed = serialize(record);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(packed.length);
    const raw = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    await mkdir(this.folder, { recursive: true });
    const path = this.pathOf(key);
    const beside = `${path}.new-${process.pid}`;
    try {
      await writeFile(beside, [magic, digestOf(packed), length, packed, digestOf(raw), raw]);
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true }).catch(() => undefined);
      throw error;
    }
    if (this.writes++ % writesPerPruning === 0) await this.prune();
  }

  /** Removes the files that were not used for longest, until the others have room, and what dead processes left. */
  async prune(): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    const files: { path: string; bytes: number; used: number }[] = [];
    for (const name of names) {
      const path = join(this.folder, name);
      const owner = /^texts-(\d+)-|\.new-(\d+)$/.exec(name);
      if (owner !== null) {
        if (!isAlive(Number(owner[1] ?? owner[2]))) await rm(path, { force: true }).catch(() => undefined);
        continue;
      }
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile()) files.push({ path, bytes: found.size, used: found.mtimeMs });
    }
    files.sort((a, b) => b.used - a.used);
    let room = this.options.most ?? defaultMost;
    for (const { path, bytes } of files) {
      room -= bytes;
      if (room < 0) await rm(path, { force: true }).catch(() => undefined);
    }
  }

  private pathOf(key: string): string {
    return join(this.folder, `${key}.results`);
  }
}

/** A name for what is computed from some settings and the bytes that are added. */
export function keyHash(settings: unknown): Hash {
  return createHash('sha256').update(JSON.stringify(settings)).update('\0');
}

/** Adds a text so that no two sequences of texts look the same. */
export function addText(hash: Hash, bytes: Buffer): void {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  hash.update(length).update(bytes);
}

function digestOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, but another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
