/** Messages as text, for the way between a page and this process; typed arrays keep their type and their bits. */

interface Bytes {
  readonly $array: string;
  readonly base64: string;
}

/** Any message of the protocol as JSON. */
export function encode(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (!ArrayBuffer.isView(part)) return part;
    const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    return { $array: part.constructor.name, base64: bytes.toString('base64') } satisfies Bytes;
  });
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

/** What {@link encode} made. */
export function decode(text: string): unknown {
  return JSON.parse(text, (_key, part: unknown) => {
    if (!isBytes(part)) return part;
    const bytes = Uint8Array.from(Buffer.from(part.base64, 'base64'));
    const array = arrays[part.$array as keyof typeof arrays];
    return new array(bytes.buffer);
  });
}

function isBytes(part: unknown): part is Bytes {
  return typeof part === 'object' && part !== null && '$array' in part && 'base64' in part;
}

/**
 * The page's end, as plain script: `acquireVsCodeApi` as VS Code defines it, over two functions of the page:
 * `headlightPost(text)`, which this process answers, and `headlightReceive(text)`, which it calls.
 */
export const pageShim = `(() => {
  const encode = (value) => JSON.stringify(value, (key, part) => {
    if (!ArrayBuffer.isView(part)) return part;
    let binary = '';
    for (const byte of new Uint8Array(part.buffer, part.byteOffset, part.byteLength)) binary += String.fromCharCode(byte);
    return { $array: part.constructor.name, base64: btoa(binary) };
  });
  const decode = (text) => JSON.parse(text, (key, part) => {
    if (part === null || typeof part !== 'object' || !('$array' in part)) return part;
    return new globalThis[part.$array](Uint8Array.from(atob(part.base64), (letter) => letter.charCodeAt(0)).buffer);
  });
  let acquired = false;
  window.acquireVsCodeApi = () => {
    if (acquired) throw new Error('An instance of the VS Code API has already been acquired');
    acquired = true;
    return {
      postMessage: (message) => void window.headlightPost(encode(message)),
      getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
      setState: (state) => { sessionStorage.setItem('state', JSON.stringify(state)); },
    };
  };
  window.headlightReceive = (text) => window.postMessage(decode(text), '*');
})();`;
