/** A typed array as JSON has it. */
interface WrittenArray {
  readonly $array: string;
  readonly base64: string;
}

const arrays = {
  Float32Array,
  Float64Array,
  Int32Array,
  BigInt64Array,
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
};

/** Bytes that are turned into characters at once: an engine takes only so many arguments. */
const chunk = 0x2000;

/** Bytes as base64, in Node and in browsers alike. */
export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + chunk)));
  }
  return btoa(parts.join(''));
}

/** What {@link toBase64} wrote. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/**
 * A value of the protocol as JSON that may stand inside a script element: typed arrays keep their type and their bits,
 * NaN and the infinities survive, and no `<` is left that could end the element, whatever the inspected text says.
 */
export function toPageJson(value: unknown): string {
  const json = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'number' && !Number.isFinite(part)) return { nonFinite: String(part) };
    if (!ArrayBuffer.isView(part)) return part;
    const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    return { $array: part.constructor.name, base64: toBase64(bytes) } satisfies WrittenArray;
  });
  return json.replaceAll('<', '\\u003c');
}

/** What {@link toPageJson} wrote. */
export function fromPageJson(json: string): unknown {
  return JSON.parse(json, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null) return part;
    if ('nonFinite' in part) return Number(part.nonFinite);
    if (!isWrittenArray(part)) return part;
    const create = arrays[part.$array as keyof typeof arrays];
    return new create(fromBase64(part.base64).buffer);
  });
}

function isWrittenArray(part: object): part is WrittenArray {
  return '$array' in part && 'base64' in part;
}
