import type { BlockSummary, HeadRef } from '../../src/protocol/inspection';
import type { RecordedInspection } from './harness';

/** The recorded inspection as that of a larger model: its heads are repeated up to `layers` × `heads`. */
export function enlarged(
  { inspection, attention }: RecordedInspection,
  layers: number,
  heads: number,
): RecordedInspection {
  const [block] = inspection.blocks;
  const source = (layer: number, head: number): number =>
    (layer % block.layers) * block.heads + (head % block.heads);
  const cells = Array.from({ length: layers * heads }, (_, i) => source(Math.floor(i / heads), i % heads));
  const { perHead, edges, weights } = block.thumbnails;
  const larger: BlockSummary = {
    ...block,
    layers,
    heads,
    measures: Object.fromEntries(
      Object.entries(block.measures).map(([name, values]) => [
        name,
        Float32Array.from(cells, (cell) => values[cell]),
      ]),
    ),
    thumbnails: {
      perHead,
      edges: Uint16Array.from(
        cells.flatMap((cell) => [...edges.subarray(cell * perHead * 2, (cell + 1) * perHead * 2)]),
      ),
      weights: Uint8Array.from(
        cells.flatMap((cell) => [...weights.subarray(cell * perHead, (cell + 1) * perHead)]),
      ),
    },
    syntax: undefined,
  };
  const sites = Array.from({ length: layers }, (_, layer) => ({
    ...inspection.model.sites[0],
    layer,
    heads,
  }));
  return {
    inspection: {
      ...inspection,
      id: `${inspection.id}, ${layers} × ${heads}`,
      model: { ...inspection.model, sites },
      blocks: [larger],
    },
    attention: ({ block: name, layer, head }: HeadRef, level) =>
      attention({ block: name, layer: layer % block.layers, head: head % block.heads }, level),
  };
}
