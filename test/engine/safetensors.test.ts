import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../src/engine/errors';
import {
  readSafetensors,
  readSafetensorsFile,
  safetensorsPieces,
  writeSafetensorsFile,
} from '../../src/engine/safetensors';
import type { Numbers, Tensor } from '../../src/protocol/tensor';

const folder = mkdtempSync(join(tmpdir(), 'headlight-safetensors-'));
after(() => rmSync(folder, { recursive: true }));

/** A file with this header and this many bytes of content. */
function fileOf(header: unknown, contentLength = 0): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([start, json, Buffer.alloc(contentLength)]);
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces));
}

const sample: [string, Tensor<Numbers>][] = [
  ['bytes', { data: Uint8Array.of(1, 2, 3), dims: [3] }],
  ['floats', { data: Float32Array.of(1.5, -2, Infinity, 0), dims: [2, 2] }],
  ['big', { data: BigInt64Array.of(-(2n ** 62n)), dims: [1, 1] }],
  ['nothing', { data: new Int32Array(0), dims: [4, 0] }],
  ['scalar', { data: Float64Array.of(Math.PI), dims: [] }],
  ['__proto__', { data: Int16Array.of(-7), dims: [1] }],
  ['edges', { data: Uint16Array.of(65535), dims: [1] }],
  ['signed', { data: Int8Array.of(-128), dims: [1] }],
];

const read = (bytes: Uint8Array) => () => readSafetensors(bytes, 'x.safetensors');
const refusal = (pattern: RegExp) => (error: unknown) =>
  error instanceof UserError && error.kind === 'input' && pattern.test(error.message);

describe('writing safetensors', () => {
  it('gives back every tensor with its type, shape and numbers, and the metadata', () => {
    const { tensors, metadata } = readSafetensors(concatenated(safetensorsPieces(sample, { text: 'é"\n' })));
    assert.deepEqual([...metadata], [['text', 'é"\n']]);
    assert.equal(tensors.size, sample.length);
    for (const [name, tensor] of sample) assert.deepEqual(tensors.get(name), tensor, name);
  });

  it('copies no tensor: the pieces are the tensors’ own memory', () => {
    const data = new Float32Array(1000);
    const [, piece] = safetensorsPieces([['a', { data, dims: [1000] }]]);
    assert.equal(piece.buffer, data.buffer);
  });

  it('aligns every tensor to its element size', () => {
    const pieces = safetensorsPieces(sample);
    const length = pieces[0].length;
    assert.equal(length % 8, 0);
    const header = JSON.parse(Buffer.from(pieces[0].subarray(8)).toString()) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    for (const [name, { data }] of sample) {
      const entry = Object.entries(header).find(([key]) => key === name);
      assert.ok(entry && entry[1].data_offsets[0] % data.BYTES_PER_ELEMENT === 0, name);
    }
  });

  it('writes only the window that a typed array shows of its buffer', () => {
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const { tensors } = readSafetensors(concatenated(safetensorsPieces([['a', { data, dims: [2] }]])));
    assert.deepEqual([...(tensors.get('a')?.data ?? [])], [1, 2]);
  });

  it('refuses a shape that does not fit', () => {
    assert.throws(() => safetensorsPieces([['a', { data: new Float32Array(3), dims: [2] }]]), RangeError);
    assert.throws(
      () => safetensorsPieces([['__metadata__', { data: new Float32Array(1), dims: [1] }]]),
      RangeError,
    );
  });

  it('goes through a file on disk', async () => {
    const path = join(folder, 'a.safetensors');
    await writeSafetensorsFile(path, sample);
    const { tensors } = await readSafetensorsFile(path);
    assert.deepEqual(tensors.get('floats'), sample[1][1]);
  });

  it('says so where the file cannot be written or read', async () => {
    const path = join(folder, 'no', 'such', 'place');
    await assert.rejects(
      writeSafetensorsFile(path, sample),
      refusal(/place cannot be written: no such file or directory\. Choose/),
    );
    await assert.rejects(readSafetensorsFile(path), refusal(/place cannot be read: no such file/));
    await assert.rejects(readSafetensorsFile(folder), refusal(/cannot be read: illegal operation/));
  });

  it('writes what the reference implementation reads', (t) => {
    const path = join(folder, 'reference.safetensors');
    try {
      execFileSync('python3', ['-c', 'import safetensors.numpy'], { stdio: 'ignore' });
    } catch {
      return t.skip('needs python3 with safetensors and numpy');
    }
    return writeSafetensorsFile(path, sample, { who: 'me' }).then(() => {
      const script =
        'import sys, safetensors.numpy as s; t = s.load_file(sys.argv[1]); print(sorted((k, str(v.dtype), v.shape, v.tolist()) for k, v in t.items() if k == "floats" or k == "big"))';
      assert.equal(
        execFileSync('python3', ['-c', script, path]).toString().trim(),
        "[('big', 'int64', (1, 1), [[-4611686018427387904]]), ('floats', 'float32', (2, 2), [[1.5, -2.0], [inf, 0.0]])]",
      );
    });
  });
});

describe('reading safetensors', () => {
  it('widens half precision', () => {
    const bytes = fileOf(
      {
        half: { dtype: 'F16', shape: [3], data_offsets: [0, 6] },
        brain: { dtype: 'BF16', shape: [2], data_offsets: [6, 10] },
      },
      10,
    );
    new Uint8Array(bytes.buffer, bytes.byteOffset + bytes.length - 10).set([
      0x00, 0x3c, 0x01, 0x80, 0x00, 0xfc, 0xc0, 0x3f, 0x49, 0xc0,
    ]);
    const { tensors } = readSafetensors(bytes);
    assert.deepEqual(tensors.get('half')?.data, Float32Array.of(1, -(2 ** -24), -Infinity));
    assert.deepEqual(tensors.get('brain')?.data, Float32Array.of(1.5, -3.140625));
  });

  it('makes views where the bytes are aligned and copies where they are not', () => {
    const file = concatenated(safetensorsPieces([['a', { data: Float32Array.of(1, 2), dims: [2] }]]));
    assert.equal(readSafetensors(file).tensors.get('a')?.data.buffer, file.buffer);
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    assert.deepEqual(readSafetensors(shifted.subarray(1)).tensors.get('a')?.data, Float32Array.of(1, 2));
  });

  const float = (begin: number, end: number, shape: unknown = [(end - begin) / 4]) => ({
    dtype: 'F32',
    shape,
    data_offsets: [begin, end],
  });

  const hostile: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(0), /0 bytes, too few/],
    [
      'a header longer than the file',
      Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0x7b),
      /claims 9 bytes, the file has 9/,
    ],
    ['a header of 2^64 − 1 bytes', new Uint8Array(16).fill(255), /claims 18446744073709551615 bytes/],
    ['a header that is not JSON', fileOf('{"a":'), /not JSON/],
    ['a header that is not UTF-8', Buffer.concat([fileOf(' ').subarray(0, 8), Buffer.of(0xff)]), /not JSON/],
    ['a header that is a list', fileOf([]), /not a JSON object/],
    ['a header of a million brackets', fileOf('['.repeat(1e6)), /not JSON/],
    ['metadata that are not strings', fileOf({ __metadata__: { a: 1 } }), /metadata "a" is not a string/],
    ['metadata that are not an object', fileOf({ __metadata__: 'a' }), /metadata are not/],
    ['a tensor without description', fileOf({ a: null }), /"a" has no description/],
    [
      'an unknown element type',
      fileOf({ a: { ...float(0, 4), dtype: 'F8_E4M3' } }, 4),
      /type "F8_E4M3", not one of F64, F32/,
    ],
    ['a negative size', fileOf({ a: float(0, 4, [-1]) }, 4), /no valid shape/],
    ['a fraction as size', fileOf({ a: float(0, 4, [0.5]) }, 4), /no valid shape/],
    ['a size beyond exact numbers', fileOf({ a: float(0, 4, [2 ** 53]) }, 4), /no valid shape/],
    [
      'a product beyond exact numbers',
      fileOf({ a: float(0, 0, [2 ** 52, 2 ** 52]) }),
      /needs .* bytes and has 0/,
    ],
    ['a range that ends before it begins', fileOf({ a: float(4, 0, [1]) }, 4), /needs 4 bytes and has -4/],
    ['a range of the wrong length', fileOf({ a: float(0, 8, [1]) }, 8), /needs 4 bytes and has 8/],
    ['a range that leaves the file', fileOf({ a: float(0, 1 << 30) }, 4), /ends 1073741820 bytes after/],
    [
      'a range of three numbers',
      fileOf({ a: { ...float(0, 4), data_offsets: [0, 4, 8] } }, 4),
      /no valid byte range/,
    ],
    ['tensors that overlap', fileOf({ a: float(0, 8), b: float(4, 12) }, 12), /"b" overlaps/],
    [
      'a gap between tensors',
      fileOf({ a: float(0, 4), b: float(8, 12) }, 12),
      /4 bytes before the tensor "b"/,
    ],
    ['bytes after the last tensor', fileOf({ a: float(0, 4) }, 6), /last 2 bytes belong to nothing/],
  ];
  for (const [what, bytes, pattern] of hostile) {
    it(`refuses ${what} with a sentence`, () => {
      assert.throws(read(bytes), refusal(pattern));
      assert.throws(read(bytes), refusal(/^x\.safetensors cannot be read: .*\. Check/));
    });
  }

  const whole = concatenated(safetensorsPieces(sample, { a: 'b' }));

  it('refuses every truncation', () => {
    for (let length = 0; length < whole.length; length++) {
      assert.throws(read(whole.subarray(0, length)), UserError);
    }
  });

  it('either reads a file with flipped bits inside its bounds, or refuses it with a sentence', () => {
    const headerLength = 8 + Number(new DataView(whole.buffer).getBigUint64(0, true));
    const flips = fc.array(fc.tuple(fc.nat(headerLength - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(flips, (changes) => {
        const bytes = whole.slice();
        for (const [at, mask] of changes) bytes[at] ^= mask;
        try {
          for (const { data, dims } of readSafetensors(bytes).tensors.values()) {
            assert.equal(
              data.length,
              dims.reduce((product, size) => product * size, 1),
            );
            assert.ok(data.byteLength <= 2 * bytes.length);
          }
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads golden values as they are published', (t) => {
    const fixtures = process.env['HEADLIGHT_FIXTURES'];
    if (!fixtures) return t.skip('needs HEADLIGHT_FIXTURES');
    const { tensors } = readSafetensors(readFileSync(join(fixtures, 'bert', 'golden.safetensors')));
    assert.deepEqual(tensors.get('plain/attentions.self.0')?.dims.slice(0, 2), [1, 4]);
  });
});
