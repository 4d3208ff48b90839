import type { AttentionEdit } from '../../src/protocol/edits';
import type { Inspection } from '../../src/protocol/inspection';
import { tokenLabels } from '../marks/tokenLabels';
import { blockOf } from '../shownHeads';
import { factorInWords } from './edited';

/** Edits of the same weights by the same factor, in several heads: one line of a list. */
export interface EditGroup {
  readonly edits: readonly AttentionEdit[];
  /** `jumps → fox`, `everything → fox` */
  readonly weights: string;
  readonly factor: string;
  /** `head 1.2`, `layer 1`, `all heads`, `37 heads` */
  readonly where: string;
}

/** Edits by what they scale and by how much, in the order in which they were made. */
export function groupEdits(
  edits: readonly AttentionEdit[],
  inspection: Inspection,
  countFrom: 0 | 1,
): EditGroup[] {
  const groups = new Map<string, AttentionEdit[]>();
  for (const edit of edits) {
    const name = [edit.block, edit.query ?? '*', edit.key, edit.factor, edit.isExact].join(' ');
    groups.set(name, [...(groups.get(name) ?? []), edit]);
  }
  return Array.from(groups.values(), (own) => ({
    edits: own,
    weights: weightsInWords(own[0], inspection),
    factor: `${factorInWords(own[0].factor)}${own[0].isExact ? ' exactly' : ''}`,
    where: whereInWords(own, inspection, countFrom),
  }));
}

function weightsInWords({ block, query, key }: AttentionEdit, inspection: Inspection): string {
  const { queries, keys } = blockOf(inspection, { block }) ?? { queries: 'tokens', keys: 'tokens' };
  const to = tokenLabels(inspection, keys)[key] ?? String(key);
  if (query === undefined) return `everything → ${to}`;
  return `${tokenLabels(inspection, queries)[query] ?? String(query)} → ${to}`;
}

function whereInWords(edits: readonly AttentionEdit[], { blocks }: Inspection, countFrom: 0 | 1): string {
  const [{ block, layer, head }] = edits;
  const of = blocks.length > 1 ? `${block} ` : '';
  if (edits.length === 1) {
    if (layer === undefined)
      return head === undefined ? `all ${of}heads` : `${of}head ${head + countFrom} of all layers`;
    if (head === undefined) return `${of}layer ${layer + countFrom}`;
    return `head ${of}${layer + countFrom}.${head + countFrom}`;
  }
  const shape = blocks.find(({ name }) => name === block);
  const heads = edits.reduce(
    (count, edit) =>
      count +
      (edit.head === undefined ? (shape?.heads ?? 1) : 1) *
        (edit.layer === undefined ? (shape?.layers ?? 1) : 1),
    0,
  );
  return `${heads} ${of}heads`;
}
