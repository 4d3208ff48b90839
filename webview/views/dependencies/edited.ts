import type { EditedHead } from '../../interventions/edited';
import type { PickedWeights } from '../../interventions/editor';
import type { HeadRef } from '../../../src/protocol/inspection';
import { queryAndKey } from './edges';
import type { Words } from './model';
import type { Highlight, PictureModel } from './picture';

/** What of a picture is edited. */
export interface EditedPicture {
  /** Slots whose words are attended to otherwise. */
  readonly slots: ReadonlySet<number>;
  /** Pairs of slots, `LEFT RIGHT`, with an edge that is edited. */
  readonly links: ReadonlySet<string>;
}

/** A word is edited where one of its tokens is. */
export function editedPicture(edited: EditedHead, { units, slotOf }: Words): EditedPicture {
  const slots = new Set<number>();
  const links = new Set<string>();
  if (!edited.isEdited) return { slots, links };
  const slotOfToken = new Map<number, number>();
  units.forEach(({ tokens }, unit) => {
    for (const token of tokens) slotOfToken.set(token, slotOf[unit]);
  });
  for (const key of edited.columns) {
    const slot = slotOfToken.get(key);
    if (slot !== undefined) slots.add(slot);
  }
  for (const [query, key] of edited.edges) {
    const [from, to] = [slotOfToken.get(query), slotOfToken.get(key)];
    if (from !== undefined && to !== undefined) links.add(`${Math.min(from, to)} ${Math.max(from, to)}`);
  }
  return { slots, links };
}

/** The weights that an arc or a word of a picture stands for; undefined where that is folded away or no edge is drawn. */
export function pickedWeights(
  model: PictureModel,
  head: HeadRef,
  highlight: Highlight,
): PickedWeights | undefined {
  if ('slot' in highlight) {
    const slot = model.slots[highlight.slot];
    return slot.folded ? undefined : { head, key: partOf(model, slot.units[0]) };
  }
  const { left, right } = highlight;
  const between = model.edges
    .filter((edge) => {
      const ends = [model.slotOf[edge.dependent], model.slotOf[edge.other]];
      return ends.includes(left) && ends.includes(right);
    })
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  if (between.length === 0) return undefined;
  const [query, key] = queryAndKey(between[0], model.direction);
  return {
    head,
    query: partOf(model, query),
    key: partOf(model, key),
    weight: between[0].weight,
  };
}

function partOf({ units }: PictureModel, unit: number): PickedWeights['key'] {
  return { tokens: units[unit].tokens, label: units[unit].text };
}
