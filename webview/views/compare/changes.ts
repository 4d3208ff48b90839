import { headMeasures } from '../../../src/engine/measures/definitions';
import {
  headMeasureNames,
  saliencyNames,
  type BlockSummary,
  type HeadMeasureName,
  type HeadRef,
  type Inspection,
  type SaliencyName,
} from '../../../src/protocol/inspection';
import type { Tensor } from '../../../src/protocol/tensor';
import { shownSaliency } from '../../marks/saliency';
import { headsOfLayer } from '../heads/encoding';
import { scoredUnits, type ScoredUnit } from '../saliency/units';
import { align, type Column } from './alignment';

/** Two inspections that are compared. Differences are B − A: what has changed from A to B. */
export interface Pair {
  readonly a: Inspection;
  readonly b: Inspection;
}

/** One outcome with what both models give it; NaN where it is not among those listed. */
export interface OutcomeChange {
  readonly label: string;
  readonly a: number;
  readonly b: number;
}

/** Outcomes of a vocabulary that are shown of each side. */
const listedTokens = 5;
const listedClasses = 12;

/** Outcomes of both sides, the likeliest first; undefined where one of them says nothing, or they say different kinds of things. */
export function outcomeChanges({ a, b }: Pair): OutcomeChange[] | undefined {
  if (!a.prediction || !b.prediction) return undefined;
  const isOfClasses = a.prediction.kind === 'class';
  if (isOfClasses !== (b.prediction.kind === 'class')) return undefined;
  const all = [a.prediction, b.prediction].map(
    ({ candidates }) => new Map(candidates.map(({ label, probability }) => [label, probability])),
  );
  const count = isOfClasses ? listedClasses : listedTokens;
  const shown = new Set(
    [a.prediction, b.prediction].flatMap(({ candidates }) =>
      candidates.slice(0, count).map(({ label }) => label),
    ),
  );
  return [...shown]
    .map((label) => ({ label, a: all[0].get(label) ?? NaN, b: all[1].get(label) ?? NaN }))
    .sort((x, y) => Math.max(y.a || 0, y.b || 0) - Math.max(x.a || 0, x.b || 0))
    .slice(0, isOfClasses ? listedClasses : 2 * listedTokens);
}

/** How scores are put on one scale: as they are, or each as its share of all of its text. */
export type SaliencyScale = 'scores' | 'shares';
export type AlignedLevel = 'word' | 'piece';

/** Saliency of both texts in one row. */
export interface SaliencyChange {
  readonly name: SaliencyName;
  readonly columns: readonly Column[];
  readonly a: readonly ScoredUnit[];
  readonly b: readonly ScoredUnit[];
}

/** Saliency measures that both sides have. */
export function commonSaliency({ a, b }: Pair): SaliencyName[] {
  return saliencyNames.filter((name) => a.saliency[name] !== undefined && b.saliency[name] !== undefined);
}

/** The scores of both texts by one measure, aligned; undefined where they have none in common. */
export function saliencyChange(
  pair: Pair,
  wanted: SaliencyName,
  level: AlignedLevel,
  scale: SaliencyScale,
): SaliencyChange | undefined {
  const common = commonSaliency(pair);
  const name = common.find((one) => one === wanted) ?? common.at(0);
  if (name === undefined) return undefined;
  const [a, b] = [pair.a, pair.b].map((inspection) => {
    const shown = shownSaliency(inspection, name);
    const units = shown ? scoredUnits(inspection, shown, level === 'piece' ? 'token' : level) : [];
    return scale === 'shares' ? sharesOf(units) : units;
  });
  const columns = align(
    a.map(({ label }) => label),
    b.map(({ label }) => label),
  );
  return { name, columns, a, b };
}

function sharesOf(units: readonly ScoredUnit[]): ScoredUnit[] {
  const total = units.reduce((sum, { score }) => sum + Math.abs(score), 0) || 1;
  return units.map((unit) => ({ ...unit, score: unit.score / total }));
}

/** Score of B less that of A in a column; NaN where only one of them has it. */
export function changeIn({ a, b }: Pick<SaliencyChange, 'a' | 'b'>, column: Column): number {
  return column.a < 0 || column.b < 0 ? NaN : b[column.b].score - a[column.a].score;
}

/** A block that both sides have, with the same layers and heads. */
export interface CommonBlock {
  readonly a: BlockSummary;
  readonly b: BlockSummary;
}

/** Blocks that can be subtracted from one another. */
export function commonBlocks({ a, b }: Pair): CommonBlock[] {
  return a.blocks.flatMap((block) => {
    const other = b.blocks.find(
      ({ name, layers, heads }) => name === block.name && layers === block.layers && heads === block.heads,
    );
    return other ? [{ a: block, b: other }] : [];
  });
}

/** Measures of heads that both blocks have numbers of. */
export function commonMeasures({ a, b }: CommonBlock): HeadMeasureName[] {
  const has = ({ measures }: BlockSummary, name: HeadMeasureName): boolean =>
    measures[name]?.some((value) => !Number.isNaN(value)) === true;
  return headMeasureNames.filter((name) => has(a, name) && has(b, name));
}

/** [L, H] measure of B less that of A; NaN where one of them has no number. */
export function measureChange({ a, b }: CommonBlock, name: HeadMeasureName): Float32Array {
  const [before, after] = [a.measures[name], b.measures[name]];
  return Float32Array.from(
    { length: a.layers * a.heads },
    (_, i) => (after?.[i] ?? NaN) - (before?.[i] ?? NaN),
  );
}

/** One head's measure on both sides. */
export interface HeadChange {
  readonly head: HeadRef;
  readonly a: number;
  readonly b: number;
}

/** Heads by how much a measure has changed, the most first; those without a number on one side are left out. */
export function changedHeads(block: CommonBlock, name: HeadMeasureName): HeadChange[] {
  const { heads, measures, name: blockName } = block.a;
  return Array.from(measureChange(block, name))
    .map((change, i) => ({ change: Math.abs(change), i }))
    .filter(({ change }) => !Number.isNaN(change))
    .sort((x, y) => y.change - x.change || x.i - y.i)
    .map(({ i }) => ({
      head: { block: blockName, layer: Math.floor(i / heads), head: i % heads },
      a: measures[name]?.[i] ?? NaN,
      b: block.b.measures[name]?.[i] ?? NaN,
    }));
}

/** Whether both sides have this head, in whatever model. */
export function hasHeadIn({ a, b }: Pair, ref: HeadRef): boolean {
  return [a, b].every((inspection) => {
    const block = inspection.blocks.find(({ name }) => name === ref.block);
    return (
      block !== undefined && ref.layer < block.layers && ref.head < headsOfLayer(inspection, block, ref.layer)
    );
  });
}

/** The words of both texts in one row. */
export function wordColumns({ a, b }: Pair): Column[] {
  return align(a.words.text, b.words.text);
}

/** One word's attention to another in both texts. */
export interface EdgeChange {
  /** Columns of the common row. */
  readonly query: number;
  readonly key: number;
  readonly a: number;
  readonly b: number;
}

/**
 * Attention between words that both texts have, B − A: the largest changes first.
 * @param a [W, W] of the first text @param b [W', W'] of the second
 * @param least changes below this are left out
 */
export function edgeChanges(columns: readonly Column[], a: Tensor, b: Tensor, least: number): EdgeChange[] {
  const shared = columns.flatMap((column, at) => (column.a >= 0 && column.b >= 0 ? [{ ...column, at }] : []));
  const changes: EdgeChange[] = [];
  for (const query of shared) {
    for (const key of shared) {
      const [before, after] = [a.data[query.a * a.dims[1] + key.a], b.data[query.b * b.dims[1] + key.b]];
      if (Math.abs(after - before) >= least)
        changes.push({ query: query.at, key: key.at, a: before, b: after });
    }
  }
  return changes.sort((x, y) => Math.abs(y.b - y.a) - Math.abs(x.b - x.a));
}

/** Unit of a head measure, for numbers on screen. */
export function unitOf(name: HeadMeasureName): string {
  return headMeasures[name].unit;
}
