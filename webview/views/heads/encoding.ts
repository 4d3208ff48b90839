import { headMeasures } from '../../../src/engine/measures/definitions';
import {
  headMeasureNames,
  type BlockSummary,
  type HeadMeasureName,
  type HeadRef,
  type Inspection,
} from '../../../src/protocol/inspection';
import { twoDigits } from '../../../src/protocol/numbers';
import { relationsOf } from '../../../src/protocol/relations';
import { measureColour, roleColour, signedColour } from '../../marks/scales';
import type { ThemeKind } from '../../marks/relations';

/** What the colour of a glyph shows: semantic against syntactic, or any one measure. */
export type ColourChoice = 'role' | HeadMeasureName;

/** The measures that this block has numbers of, in the order of measures.md. */
export function presentMeasures({ measures }: BlockSummary): HeadMeasureName[] {
  return headMeasureNames.filter((name) => measures[name]?.some((value) => !Number.isNaN(value)));
}

/** The choice if this block has it, else the first of `preferred` that it has, else any measure. */
export function presentMeasure(
  block: BlockSummary,
  choice: string,
  preferred: readonly HeadMeasureName[],
): HeadMeasureName | undefined {
  const present = presentMeasures(block);
  return [...present.filter((name) => name === choice), ...preferred, ...present].find((name) =>
    present.includes(name),
  );
}

/** Colours by role need both scores. */
export function hasRoles({ measures }: BlockSummary): boolean {
  return measures.semantic !== undefined && measures.syntactic !== undefined;
}

/** Heads of one layer; layers of a block may differ. */
export function headsOfLayer({ model }: Inspection, block: BlockSummary, layer: number): number {
  const site = model.sites.find((other) => other.block === block.name && other.layer === layer);
  return Math.min(site?.heads ?? block.heads, block.heads);
}

/** Value of a measure; NaN where the head has none. */
export function measureOf(block: BlockSummary, name: HeadMeasureName, { layer, head }: HeadRef): number {
  return block.measures[name]?.[layer * block.heads + head] ?? NaN;
}

/** Measures whose scale is the same for every text, so that pictures can be compared; others reach to their largest value. */
const absolute: readonly HeadMeasureName[] = ['confidence', 'semantic', 'syntactic'];

/** Whether a measure has values below zero, which say the opposite: drawn with diverging colours, ranked by size. */
export function isSigned(name: HeadMeasureName): boolean {
  return headMeasures[name].range[0] < 0;
}

/** Standard error of a measure that is estimated; undefined for all others. */
export function errorOf(
  block: BlockSummary,
  name: HeadMeasureName,
  { layer, head }: HeadRef,
): number | undefined {
  return block.errors?.[name]?.[layer * block.heads + head];
}

/** Values at the weakest and the strongest end of a measure's scale; 0 lies in the middle of a signed one. */
export function measureDomain(block: BlockSummary, name: HeadMeasureName): readonly [number, number] {
  const { range } = headMeasures[name];
  if (absolute.includes(name)) return range;
  let low = Number.isFinite(range[0]) ? range[0] : 0;
  let high = low;
  for (const value of block.measures[name] ?? []) {
    if (value > high) high = value;
    if (value < low) low = value;
  }
  if (isSigned(name)) {
    const most = Math.max(high, -low) || 1;
    return [-most, most];
  }
  return high > low ? [low, high] : [low, low + 1];
}

/** How large a value is on its measure's scale, whatever its sign: 0 to 1; NaN for NaN. */
export function sizeOf(name: HeadMeasureName, value: number, domain: readonly [number, number]): number {
  const share = shareOf(value, domain);
  return isSigned(name) ? Math.abs(2 * share - 1) : share;
}

/** Where a value lies in its measure's domain, 0 to 1; NaN for NaN. */
export function shareOf(value: number, [low, high]: readonly [number, number]): number {
  return (value - low) / (high - low);
}

/** Colour of one head under a choice. */
export function headColour(
  block: BlockSummary,
  choice: ColourChoice,
  ref: HeadRef,
  theme: ThemeKind,
): string {
  if (choice === 'role') {
    return roleColour(measureOf(block, 'semantic', ref), measureOf(block, 'syntactic', ref), theme);
  }
  const share = shareOf(measureOf(block, choice, ref), measureDomain(block, choice));
  return isSigned(choice) ? signedColour(2 * share - 1, theme) : measureColour(share, theme);
}

/** A value with its unit: `0.62`, `3.1 bits`. */
export function withUnit(name: HeadMeasureName, value: number): string {
  const { unit } = headMeasures[name];
  return unit && !Number.isNaN(value) ? `${twoDigits(value)} ${unit}` : twoDigits(value);
}

/** A head's value with its unit, and its standard error where it has one: `0.31 ± 0.02`. */
export function valueWithError(block: BlockSummary, name: HeadMeasureName, ref: HeadRef): string {
  const error = errorOf(block, name, ref);
  const value = withUnit(name, measureOf(block, name, ref));
  return error === undefined || Number.isNaN(error) ? value : `${value} ± ${twoDigits(error)}`;
}

/** The heads of a block from the highest value of a measure to the lowest, by size where it is signed; those without a number are left out. */
export function rankHeads(inspection: Inspection, block: BlockSummary, name: HeadMeasureName): HeadRef[] {
  return rankBy(inspection, block, (ref) => {
    const value = measureOf(block, name, ref);
    return isSigned(name) ? Math.abs(value) : value;
  });
}

/** The same by any number. */
export function rankBy(
  inspection: Inspection,
  block: BlockSummary,
  height: (head: HeadRef) => number,
): HeadRef[] {
  const heads: HeadRef[] = [];
  for (let layer = 0; layer < block.layers; layer++) {
    for (let head = 0; head < headsOfLayer(inspection, block, layer); head++) {
      const ref = { block: block.name, layer, head };
      if (!Number.isNaN(height(ref))) heads.push(ref);
    }
  }
  return heads.sort((a, b) => height(b) - height(a));
}

/** The head that says most at first sight: the most syntactic one where there is a parse, else the most important. */
export function firstHead(inspection: Inspection): HeadRef | undefined {
  const [block] = inspection.blocks;
  if (!block) return undefined;
  const name = presentMeasure(block, relationsOf(inspection) ? 'syntactic' : 'importance', [
    'importance',
    'confidence',
  ]);
  return name ? rankHeads(inspection, block, name)[0] : { block: block.name, layer: 0, head: 0 };
}

/** Whether the inspection has this head, e.g. after another model was chosen. */
export function hasHead(inspection: Inspection, ref: HeadRef): boolean {
  const block = inspection.blocks.find(({ name }) => name === ref.block);
  return (
    block !== undefined && ref.layer < block.layers && ref.head < headsOfLayer(inspection, block, ref.layer)
  );
}
