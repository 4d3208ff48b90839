import type { Random } from './random';

/** A damaged copy of a file's bytes, and in a few words what was done. */
export type ByteMutation = (bytes: Uint8Array, random: Random) => { bytes: Uint8Array; what: string };

const truncated: ByteMutation = (bytes, random) => {
  const length = random.below(bytes.length);
  return { bytes: bytes.slice(0, length), what: `cut off after ${length} of ${bytes.length} bytes` };
};

const bitsFlipped: ByteMutation = (bytes, random) => {
  const copy = bytes.slice();
  const count = 1 + random.below(16);
  for (let flip = 0; flip < count; flip++) copy[random.below(copy.length)] ^= 1 << random.below(8);
  return { bytes: copy, what: `${count} bits flipped` };
};

/** Most bytes of a model are weights; the graph and the names lie elsewhere. */
const structureFlipped: ByteMutation = (bytes, random) => {
  const copy = bytes.slice();
  const places = fieldsOf(bytes);
  const count = 1 + random.below(4);
  for (let flip = 0; flip < count && places.length > 0; flip++) {
    const { start, content } = random.pick(places);
    copy[start + random.below(Math.max(1, content - start + 2))] ^= 1 << random.below(8);
  }
  return { bytes: copy, what: `${count} bits of the structure flipped` };
};

const spliced: ByteMutation = (bytes, random) => {
  const length = 1 + random.below(Math.min(4096, bytes.length));
  const from = random.below(bytes.length - length + 1);
  const to = random.below(bytes.length);
  const piece = bytes.subarray(from, from + length);
  switch (random.below(3)) {
    case 0: {
      const copy = bytes.slice();
      copy.set(piece.subarray(0, copy.length - to), to);
      return { bytes: copy, what: `${length} bytes from ${from} written over ${to}` };
    }
    case 1:
      return {
        bytes: Buffer.concat([bytes.subarray(0, to), piece, bytes.subarray(to)]),
        what: `${length} bytes from ${from} put in at ${to}`,
      };
    default:
      return {
        bytes: Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]),
        what: `${length} bytes at ${from} taken out`,
      };
  }
};

const wrongWireType: ByteMutation = (bytes, random) => {
  const places = fieldsOf(bytes);
  if (places.length === 0) return truncated(bytes, random);
  const copy = bytes.slice();
  const { start, number } = random.pick(places);
  const wire = random.below(8);
  copy[start] = (copy[start] & ~7) | wire;
  return { bytes: copy, what: `field ${number} at ${start} with wire type ${wire}` };
};

const wrongLength: ByteMutation = (bytes, random) => {
  const places = fieldsOf(bytes).filter(({ isMessage }) => isMessage);
  if (places.length === 0) return truncated(bytes, random);
  const { start, content, number } = random.pick(places);
  const huge = random.pick([
    [0xff, 0xff, 0xff, 0xff, 0x07],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    [0x00],
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
  ]);
  return {
    bytes: Buffer.concat([bytes.subarray(0, start + 1), Uint8Array.from(huge), bytes.subarray(content)]),
    what: `field ${number} at ${start} with the length ${huge.map((byte) => byte.toString(16)).join(' ')}`,
  };
};

export const byteMutations: readonly ByteMutation[] = [
  truncated,
  bitsFlipped,
  structureFlipped,
  spliced,
  wrongWireType,
  wrongLength,
];

interface FieldPlace {
  /** Of the tag. */
  readonly start: number;
  /** Of the bytes behind tag and length. */
  readonly content: number;
  readonly number: number;
  readonly isMessage: boolean;
}

/** Messages of onnx.proto3 whose fields are looked into: graph (7) → operator (1), weight (5), types (11, 12, 13), and their parts. */
const opened: Readonly<Record<number, readonly number[]>> = {
  0: [7, 8],
  1: [1, 5, 11, 12, 13],
  2: [5, 2, 13],
};
const mostPlaces = 20_000;

/** Where the fields of a protobuf file begin; a damaged file gives those before the damage. */
function fieldsOf(bytes: Uint8Array): FieldPlace[] {
  const places: FieldPlace[] = [];
  const varint = (at: number): [value: number, end: number] => {
    let value = 0;
    for (let index = 0; index < 10 && at + index < bytes.length; index++) {
      value += (bytes[at + index] & 0x7f) * 2 ** (7 * index);
      if (bytes[at + index] < 0x80) return [value, at + index + 1];
    }
    return [0, bytes.length + 1];
  };
  const walk = (from: number, to: number, depth: number): void => {
    let at = from;
    while (at < to && places.length < mostPlaces) {
      const [tag, behindTag] = varint(at);
      const number = tag >> 3;
      const wire = tag & 7;
      if (number === 0 || behindTag > to) return;
      let end = behindTag + (wire === 5 ? 4 : 8);
      let content = behindTag;
      if (wire === 0) [, end] = varint(behindTag);
      else if (wire === 2) {
        const [length, begin] = varint(behindTag);
        [content, end] = [begin, begin + length];
      } else if (wire !== 1 && wire !== 5) return;
      if (end > to) return;
      places.push({ start: at, content, number, isMessage: wire === 2 });
      if (wire === 2 && opened[depth]?.includes(number)) walk(content, end, depth + 1);
      at = end;
    }
  };
  walk(0, bytes.length, 0);
  return places;
}
