import type { BlockSummary, HeadMeasureName, HeadRef, Inspection } from '../../../src/protocol/inspection';
import { relationAccuracy } from '../../../src/protocol/relations';
import { errorOf, measureDomain, measureOf, rankBy, rankHeads, sizeOf } from './encoding';
import type { RankingContent } from './ranking';

/** The choice to rank by how well heads find the relation that is chosen in all views. */
export const byRelation = 'relation';

/** Whether heads of this block were scored by a relation. */
export function isScoredBy({ syntax }: BlockSummary, relation: string | undefined): boolean {
  return syntax?.relations.some(({ name }) => name === relation) ?? false;
}

/** The heads in the order of a measure, or of how well they find a relation where one is given. */
export function rankingOf(
  inspection: Inspection,
  block: BlockSummary,
  measure: HeadMeasureName | undefined,
  relation: string | undefined,
): Omit<RankingContent, 'countFrom' | 'colour'> | undefined {
  const found = relation === undefined ? undefined : relationAccuracy(inspection, block, relation);
  if (found) {
    const valueOf = ({ layer, head }: HeadRef): number => found[layer * block.heads + head];
    return { ranked: rankBy(inspection, block, valueOf), valueOf, sizeOf: valueOf };
  }
  if (!measure) return undefined;
  const domain = measureDomain(block, measure);
  const valueOf = (head: HeadRef): number => measureOf(block, measure, head);
  return {
    ranked: rankHeads(inspection, block, measure),
    valueOf,
    errorOf: (head) => errorOf(block, measure, head),
    sizeOf: (head) => sizeOf(measure, valueOf(head), domain),
  };
}
