import type { BlockSummary, HeadMeasureName, HeadRef, Inspection } from '../../../src/protocol/inspection';
import { relationAccuracy } from '../../../src/protocol/relations';
import type { ViewStore } from '../../store';
import { errorOf, measureDomain, measureOf, rankBy, rankHeads, sizeOf } from './encoding';
import type { RankingContent } from './ranking';

/** The choice to rank by how well heads find the relation that is chosen in all views. */
export const byRelation = 'relation';

/** What ranks the heads: a measure, or a relation while one is chosen. Kept over reloads. */
export class RankChoice {
  readonly #measure;
  readonly #isByRelation;
  /** The relation that was last chosen: a reload does not choose it again. */
  readonly #followed;

  constructor(store: ViewStore) {
    this.#measure = store.viewState<string>('heads.rank', '');
    this.#isByRelation = store.viewState('heads.isByRelation', false);
    this.#followed = store.viewState<string>('heads.followedRelation', '');
  }

  /** The measure, also for texts that do not have the relation; empty where none was chosen. */
  get measure(): string {
    return this.#measure.value;
  }

  /** The measure, or {@link byRelation}. */
  get value(): string {
    return this.#isByRelation.value ? byRelation : this.#measure.value;
  }

  set value(value: string) {
    this.#isByRelation.value = value === byRelation;
    if (value !== byRelation) this.#measure.value = value;
  }

  /** Who lets a relation stand out wants to see which heads find it. @param relation empty where none is chosen any more */
  follow(relation: string): void {
    if (relation !== '' && relation !== this.#followed.value) this.#isByRelation.value = true;
    this.#followed.value = relation;
  }
}

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
