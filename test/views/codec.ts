import { fromPageJson } from '../../src/export/json';

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

/** What {@link encode} made. */
export const decode = fromPageJson;

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
