import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { AttentionRequest } from '../protocol/engine';
import type { HeadMeasureName, HeadRef, Inspection } from '../protocol/inspection';
import type { Tensor } from '../protocol/tensor';
import { toBase64 } from './json';
import { fullWeight } from './savedPage';

/** Characters that the attention of a page may take: browsers open larger pages, but nobody likes to send them. */
const mostCharacters = 60_000_000;

/** Asks for the attention of heads, as the engine and its client answer it. */
export type FetchAttention = (request: AttentionRequest) => Promise<readonly Tensor[]>;

/** One head's attention as a page holds it. */
export interface PackedHead {
  readonly head: HeadRef;
  readonly dims: readonly number[];
  /** Weights times 65535 as little-endian Uint16, gzipped, as base64: no weight is off by more than 0.000008. */
  readonly weights: string;
}

/** Attention of heads, as many as fit. */
export interface PackedAttention {
  readonly heads: readonly PackedHead[];
  /** Heads that did not fit. */
  readonly left: readonly HeadRef[];
}

/**
 * Token-level attention of all heads of an inspection, those that matter most first, until `most` characters are
 * reached. Word-level attention follows from it and is not kept.
 */
export async function packAttention(
  inspection: Inspection,
  fetch: FetchAttention,
  most = mostCharacters,
): Promise<PackedAttention> {
  const heads: PackedHead[] = [];
  const left: HeadRef[] = [];
  let taken = 0;
  for (const head of headsByWeight(inspection)) {
    // After the first that does not fit, smaller ones could; but a gap in the order would be hard to explain.
    if (left.length > 0) {
      left.push(head);
      continue;
    }
    const [attention] = await fetch({ inspection: inspection.id, heads: [head], level: 'token' });
    const weights = toBase64(await compress(quantised(attention.data)));
    taken += weights.length;
    if (taken > most) left.push(head);
    else heads.push({ head, dims: attention.dims, weights });
  }
  return { heads, left };
}

const compress = promisify(gzip) as (bytes: Uint8Array) => Promise<Uint8Array>;

function quantised(weights: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * weights.length));
  weights.forEach((weight, i) => {
    // Rows that are fully masked may be NaN.
    const share = Number.isFinite(weight) ? Math.min(1, Math.max(0, weight)) : 0;
    view.setUint16(2 * i, Math.round(share * fullWeight), true);
  });
  return new Uint8Array(view.buffer);
}

const weightiest: readonly HeadMeasureName[] = ['importance', 'confidence'];

/** Every head that exists, by falling importance where it is known, else by confidence. */
function headsByWeight({ blocks, model }: Inspection): HeadRef[] {
  return blocks
    .flatMap(({ name, layers, heads, measures }) => {
      const measure = weightiest.map((one) => measures[one]).find((one) => one !== undefined);
      return Array.from({ length: layers }, (_, layer) => {
        const site = model.sites.find((one) => one.block === name && one.layer === layer);
        return Array.from({ length: Math.min(heads, site?.heads ?? heads) }, (__, head) => ({
          head: { block: name, layer, head },
          weight: measure?.[layer * heads + head] ?? 0,
        }));
      }).flat();
    })
    .sort((a, b) => (b.weight || 0) - (a.weight || 0))
    .map(({ head }) => head);
}
