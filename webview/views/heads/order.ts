import { headMeasures } from '../../../src/engine/measures/definitions';
import type { BlockSummary, HeadMeasureName, HeadRef, Inspection } from '../../../src/protocol/inspection';
import { headsOfLayer, measureOf } from './encoding';

/** In which order the overview shows heads: as the model has them, or the highest values of a measure first. */
export type HeadOrder = 'model' | 'heads' | 'layers' | 'both';

export const headOrders: readonly { readonly value: HeadOrder; readonly label: string }[] = [
  { value: 'model', label: 'As in the model' },
  { value: 'heads', label: 'Heads in each layer' },
  { value: 'layers', label: 'Layers' },
  { value: 'both', label: 'Layers and heads' },
];

/** Where each head stands in the grid. */
export interface Placement {
  /** [L] layer of each row, from the bottom. */
  readonly rows: readonly number[];
  /** [L] by layer: its heads from left to right. */
  readonly columns: readonly (readonly number[])[];
  /** Columns are the heads of the same number in every row, so that they have a number themselves. */
  readonly isAligned: boolean;
}

/**
 * Places the heads of a block. Layers stand by the mean of their heads, the highest at the top; heads in their row from the
 * highest to the lowest; those without a number last.
 */
export function placementOf(
  inspection: Inspection,
  block: BlockSummary,
  order: HeadOrder,
  measure: HeadMeasureName | undefined,
): Placement {
  const layers = Array.from({ length: block.layers }, (_, layer) => layer);
  const heads = layers.map((layer) =>
    Array.from({ length: headsOfLayer(inspection, block, layer) }, (_, head) => head),
  );
  if (order === 'model' || measure === undefined) return { rows: layers, columns: heads, isAligned: true };
  const valueOf = (layer: number, head: number): number => {
    const ref: HeadRef = { block: block.name, layer, head };
    const value = measureOf(block, measure, ref);
    return Number.isNaN(value) ? -Infinity : value;
  };
  const meanOf = (layer: number): number => {
    const known = heads[layer].map((head) => valueOf(layer, head)).filter(Number.isFinite);
    return known.length === 0 ? -Infinity : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  const means = layers.map(meanOf);
  return {
    rows: order === 'heads' ? layers : layers.toSorted((a, b) => means[a] - means[b] || a - b),
    columns:
      order === 'layers'
        ? heads
        : heads.map((row, layer) => row.toSorted((a, b) => valueOf(layer, b) - valueOf(layer, a) || a - b)),
    isAligned: order === 'layers',
  };
}

/** What the order is, in words; empty where it is the model's. */
export function orderInWords(order: HeadOrder, measure: HeadMeasureName | undefined): string {
  if (order === 'model' || measure === undefined) return '';
  const by = headMeasures[measure].label.toLowerCase();
  if (order === 'heads') return `In each layer the head of the highest ${by} is at the left.`;
  if (order === 'layers') return `The layer of the highest mean ${by} is at the top.`;
  return `The layer of the highest mean ${by} is at the top, its head of the highest at the left.`;
}
