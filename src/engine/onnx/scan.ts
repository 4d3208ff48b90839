import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '../errors';

/** Raw tensor contents from this size on stay in the file; smaller ones (shapes, scales, biases) are read. */
const leaveOnDisk = 1024;
const windowSize = 1 << 16;

/**
 * A model file without its weights: the same protobuf, in which every large `raw_data` (and packed `float_data`) of an
 * initialiser has become an external reference to its offset in the very file that was read. A file of 2 GB gives a few hundred
 * kilobytes, and no weight is ever copied.
 * @returns protobuf bytes of a ModelProto.
 * @throws UserError where the file is not a complete ONNX model.
 */
export function skeletonOf(path: string): Uint8Array {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw new UserError(
      `The model file “${path}” cannot be opened. Check that it exists and that you may read it.`,
      'model',
      { cause },
    );
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new UserError(`“${path}” is not a file.`, 'model');
    if (stats.size === 0) throw damaged(path, 'it is empty');
    const source = new FileSource(file, stats.size, path);
    return copyModel(source, basename(path));
  } finally {
    closeSync(file);
  }
}

function damaged(path: string, why: string): UserError {
  return new UserError(
    `“${path}” is not a complete ONNX model: ${why}. Download or export it again.`,
    'model',
  );
}

/** Reads a file front to back through a small window; skipping costs nothing. */
class FileSource {
  position = 0;
  private readonly window = Buffer.alloc(windowSize);
  private windowStart = 0;
  private windowEnd = 0;

  constructor(
    private readonly file: number,
    readonly size: number,
    readonly path: string,
  ) {}

  private byte(): number {
    if (this.position >= this.size) throw damaged(this.path, 'it ends in the middle of a field');
    if (this.position < this.windowStart || this.position >= this.windowEnd) {
      const count = readSync(this.file, this.window, 0, windowSize, this.position);
      if (count === 0) throw damaged(this.path, 'it ends in the middle of a field');
      this.windowStart = this.position;
      this.windowEnd = this.position + count;
    }
    return this.window[this.position++ - this.windowStart];
  }

  /** An unsigned number; beyond 53 bits not exact. */
  varint(): number {
    return numberOf(this.digits());
  }

  /** A number as it stands in the file: negative ones take all 64 bits, which a JavaScript number does not have. */
  digits(): number[] {
    const digits: number[] = [];
    for (let count = 0; count < 10; count++) {
      const byte = this.byte();
      digits.push(byte);
      if (byte < 0x80) return digits;
    }
    throw damaged(this.path, `there is a malformed number at byte ${this.position}`);
  }

  take(length: number, end: number): Uint8Array {
    this.check(length, end);
    const bytes = new Uint8Array(length);
    // What the window already holds need not be read again: most fields of a model are tiny.
    const held = Math.max(0, Math.min(length, this.windowEnd - this.position));
    if (this.position >= this.windowStart && held > 0) {
      bytes.set(
        this.window.subarray(this.position - this.windowStart, this.position - this.windowStart + held),
      );
    }
    let done = this.position >= this.windowStart ? held : 0;
    while (done < length) {
      const count = readSync(this.file, bytes, done, Math.min(length - done, 1 << 30), this.position + done);
      if (count === 0) throw damaged(this.path, 'it ends in the middle of a field');
      done += count;
    }
    this.position += length;
    return bytes;
  }

  skip(length: number, end: number): void {
    this.check(length, end);
    this.position += length;
  }

  private check(length: number, end: number): void {
    if (this.position + length > end)
      throw damaged(this.path, `a field at byte ${this.position} is longer than what is left`);
  }
}

/** The value of the digits of a protobuf number. */
function numberOf(digits: readonly number[]): number {
  return digits.reduce((value, digit, place) => value + (digit & 0x7f) * 2 ** (7 * place), 0);
}

interface Field {
  readonly number: number;
  readonly wire: WireType;
  /** Only for length-delimited fields. */
  readonly length: number;
  /** Only for numbers: as they stand in the file. */
  readonly digits: readonly number[];
}

/** The next field's tag (and length or number); fixed-width fields are left unread. */
function nextField(source: FileSource, end: number): Field {
  const tag = source.varint();
  const number = Math.floor(tag / 8);
  const wire = tag % 8;
  if (number === 0) throw damaged(source.path, `there is no field at byte ${source.position}`);
  if (wire === WireType.LengthDelimited) {
    const length = source.varint();
    if (source.position + length > end)
      throw damaged(source.path, `a field at byte ${source.position} is longer than what is left`);
    return { number, wire, length, digits: [] };
  }
  if (wire === WireType.Varint) return { number, wire, length: 0, digits: source.digits() };
  if (wire === WireType.Bit32) return { number, wire, length: 4, digits: [] };
  if (wire === WireType.Bit64) return { number, wire, length: 8, digits: [] };
  throw damaged(source.path, `byte ${source.position} is not protobuf`);
}

/** Copies a field as it is. */
function copyField(source: FileSource, field: Field, end: number, to: BinaryWriter): void {
  to.tag(field.number, field.wire);
  if (field.wire === WireType.Varint) to.raw(Uint8Array.from(field.digits));
  else if (field.wire === WireType.LengthDelimited) to.bytes(source.take(field.length, end));
  else to.raw(source.take(field.length, end));
}

function copyModel(source: FileSource, location: string): Uint8Array {
  const writer = new BinaryWriter();
  let graphs = 0;
  while (source.position < source.size) {
    const field = nextField(source, source.size);
    if (field.number === 7 && field.wire === WireType.LengthDelimited) {
      graphs++;
      writer
        .tag(7, WireType.LengthDelimited)
        .bytes(copyGraph(source, source.position + field.length, location));
    } else {
      copyField(source, field, source.size, writer);
    }
  }
  if (graphs === 0) throw damaged(source.path, 'it holds no graph');
  return writer.finish();
}

function copyGraph(source: FileSource, end: number, location: string): Uint8Array {
  const writer = new BinaryWriter();
  while (source.position < end) {
    const field = nextField(source, end);
    if (field.number === 5 && field.wire === WireType.LengthDelimited && field.length >= leaveOnDisk) {
      writer
        .tag(5, WireType.LengthDelimited)
        .bytes(copyTensor(source, source.position + field.length, location));
    } else {
      copyField(source, field, end, writer);
    }
  }
  return writer.finish();
}

function copyTensor(source: FileSource, end: number, location: string): Uint8Array {
  const writer = new BinaryWriter();
  while (source.position < end) {
    const field = nextField(source, end);
    // 9: raw_data; 4: packed float_data, which is the same bytes.
    const isWeights = (field.number === 9 || field.number === 4) && field.wire === WireType.LengthDelimited;
    // “The data lie here”, said in words: no longer so once they are referred to.
    if (field.number === 14 && field.wire === WireType.Varint && numberOf(field.digits) === 0) continue;
    if (!isWeights || field.length < leaveOnDisk) {
      copyField(source, field, end, writer);
      continue;
    }
    const entries = { location, offset: String(source.position), length: String(field.length) };
    for (const [key, value] of Object.entries(entries)) {
      const entry = new BinaryWriter();
      entry.tag(1, WireType.LengthDelimited).string(key).tag(2, WireType.LengthDelimited).string(value);
      writer.tag(13, WireType.LengthDelimited).bytes(entry.finish());
    }
    writer.tag(14, WireType.Varint).int32(1);
    source.skip(field.length, end);
  }
  return writer.finish();
}
