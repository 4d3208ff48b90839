import { resolve } from 'node:path';
import { Engine } from '../../src/engine/session/engine';
import { headName } from '../../src/protocol/heads';
import type { InspectRequest, Inspection } from '../../src/protocol/inspection';
import type { Tensor } from '../../src/protocol/tensor';
import type { RecordedInspection } from './harness';

const engine = new Engine({
  modelsFolder: resolve(__dirname, '../../media/models'),
  events: { progress: () => undefined, log: () => undefined },
});

/** What the real engine says of a text, with the attention of all heads. */
export async function inspected(request: InspectRequest): Promise<RecordedInspection> {
  const inspection = await engine.inspect(1, request);
  return { inspection, attention: await everyHead(inspection) };
}

/** A file with attention, opened. */
export async function openedFile(path: string): Promise<RecordedInspection<Inspection>> {
  const inspection = await engine.openAttention(1, { path });
  return { inspection, attention: await everyHead(inspection) };
}

async function everyHead(inspection: Inspection): Promise<RecordedInspection['attention']> {
  const tensors = new Map<string, Tensor>();
  for (const { name: block, layers, heads: count } of inspection.blocks) {
    for (let layer = 0; layer < layers; layer++) {
      const heads = Array.from({ length: count }, (_, head) => ({ block, layer, head }));
      for (const level of ['token', 'word'] as const) {
        const fetched = await engine.attention(1, { inspection: inspection.id, heads, level });
        fetched.forEach((tensor, i) => tensors.set(`${level} ${headName(heads[i], 0)}`, tensor));
      }
    }
  }
  return (head, level) => {
    const tensor = tensors.get(`${level} ${headName(head, 0)}`);
    if (!tensor) throw new Error(`There is no head ${headName(head, 0)}.`);
    return tensor;
  };
}
