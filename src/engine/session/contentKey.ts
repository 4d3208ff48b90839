import { createHash } from 'node:crypto';
import type { InspectRequest } from '../../protocol/inspection';
import type { LoadedModel } from './loaded';

/** Equal for requests that give the same inspection of the same files. */
export function contentKey(request: InspectRequest, { version }: LoadedModel): string {
  return JSON.stringify([version, request], (_key, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    if (!ArrayBuffer.isView(value)) return value;
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return createHash('sha256').update(bytes).digest('hex');
  });
}
