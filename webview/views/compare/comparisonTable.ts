import { headMeasures } from '../../../src/engine/measures/definitions';
import { headMeasureNames, type BlockSummary, type Inspection } from '../../../src/protocol/inspection';
import { digits, type Cell } from '../../export/csv';
import { headsOfLayer } from '../heads/encoding';
import {
  changeIn,
  commonBlocks,
  commonMeasures,
  commonSaliency,
  outcomeChanges,
  saliencyChange,
  type AlignedLevel,
  type Pair,
  type SaliencyScale,
} from './changes';

const header = [
  'part',
  'measure',
  'unit',
  'block',
  'layer',
  'head',
  'token A',
  'token B',
  'text A',
  'text B',
  'A',
  'B',
  'B - A',
] as const;

/** What a row has besides its numbers. */
type Named = Partial<Record<Exclude<(typeof header)[number], 'A' | 'B' | 'B - A'>, string | number>>;

/**
 * Everything that a comparison says in numbers: a row for every outcome, every aligned place of the texts by every measure of saliency that
 * both have, and every head by every measure. What is on one side only has no number on the other, and no difference.
 * @param level and scale of the saliency, as they are shown
 */
export function comparisonTable(pair: Pair, level: AlignedLevel, scale: SaliencyScale): Cell[][] {
  return [[...header], ...outcomeRows(pair), ...saliencyRows(pair, level, scale), ...headRows(pair)];
}

/** @param difference NaN where the two cannot be subtracted */
function row(named: Named, a: number, b: number, difference = b - a): Cell[] {
  const numbers = { A: written(a), B: written(b), 'B - A': written(difference) };
  const cells: Partial<Record<(typeof header)[number], Cell>> = { ...named, ...numbers };
  return header.map((name) => cells[name]);
}

function written(value: number): number {
  return Number.isNaN(value) ? NaN : digits(value);
}

function outcomeRows(pair: Pair): Cell[][] {
  return (outcomeChanges(pair) ?? []).map(({ label, a, b }) => {
    const named = { part: 'prediction', measure: 'probability', 'text A': label, 'text B': label };
    return row(named, a, b);
  });
}

function saliencyRows(pair: Pair, level: AlignedLevel, scale: SaliencyScale): Cell[][] {
  return commonSaliency(pair).flatMap((measure) => {
    const change = saliencyChange(pair, measure, level, scale);
    return (change?.columns ?? []).map((column) => {
      const [before, after] = [change?.a[column.a], change?.b[column.b]];
      const named = {
        part: 'saliency',
        measure,
        unit: scale === 'shares' ? `share of the text, per ${level}` : `per ${level}`,
        'token A': before?.token,
        'token B': after?.token,
        'text A': before?.label,
        'text B': after?.label,
      };
      const difference = change ? changeIn(change, column) : NaN;
      return row(named, before?.score ?? NaN, after?.score ?? NaN, difference);
    });
  });
}

/** Heads of blocks that both have with both numbers; those of others, which cannot be subtracted, with their own. */
function headRows(pair: Pair): Cell[][] {
  const common = commonBlocks(pair);
  const rows = common.flatMap((block) =>
    commonMeasures(block).flatMap((measure) =>
      headsOf(pair.a, block.a).map(({ layer, head }) => {
        const at = layer * block.a.heads + head;
        const [a, b] = [block.a, block.b].map(({ measures }) => measures[measure]?.[at] ?? NaN);
        return row(namedHead(block.a, measure, layer, head), a, b);
      }),
    ),
  );
  const apart = (['a', 'b'] as const).flatMap((side) =>
    pair[side].blocks
      .filter((block) => common.every((one) => one[side] !== block))
      .flatMap((block) =>
        headMeasureNames
          .filter((measure) => block.measures[measure])
          .flatMap((measure) =>
            headsOf(pair[side], block).map(({ layer, head }) => {
              const value = block.measures[measure]?.[layer * block.heads + head] ?? NaN;
              const named = namedHead(block, measure, layer, head);
              return side === 'a' ? row(named, value, NaN) : row(named, NaN, value);
            }),
          ),
      ),
  );
  return [...rows, ...apart];
}

function namedHead(
  { name: block }: BlockSummary,
  measure: keyof typeof headMeasures,
  layer: number,
  head: number,
): Named {
  return { part: 'head', measure, unit: headMeasures[measure].unit, block, layer, head };
}

function headsOf(
  inspection: Inspection,
  block: BlockSummary,
): { readonly layer: number; readonly head: number }[] {
  return Array.from({ length: block.layers }, (_, layer) =>
    Array.from({ length: headsOfLayer(inspection, block, layer) }, (__, head) => ({ layer, head })),
  ).flat();
}
