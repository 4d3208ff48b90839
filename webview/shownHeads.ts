import type { BlockSummary, HeadRef, Inspection } from '../src/protocol/inspection';
import type { Selection } from '../src/protocol/view';
import { headName, sameHead } from './marks/names';

/** Most heads that are compared at once: beyond that no picture is large enough to read. */
const mostHeads = 6;

/** Whether a block's attention is from the main text to itself; only such attention has words. */
export function isWithinText({ queries, keys }: BlockSummary): boolean {
  return queries === 'tokens' && keys === 'tokens';
}

export function blockOf(inspection: Inspection, { block }: Pick<HeadRef, 'block'>): BlockSummary | undefined {
  return inspection.blocks.find(({ name }) => name === block);
}

/**
 * The selected head and those compared with it, each once; without a selection the one that says most.
 * @param possible which blocks the view can draw
 */
export function shownHeads(
  inspection: Inspection,
  { head, compared = [] }: Selection,
  possible: (block: BlockSummary) => boolean = () => true,
): HeadRef[] {
  const exists = (one: HeadRef): boolean => {
    const block = blockOf(inspection, one);
    return block !== undefined && possible(block) && one.layer < block.layers && one.head < block.heads;
  };
  const wanted = [head, ...compared].filter((one): one is HeadRef => one !== undefined && exists(one));
  const fallback = wanted.length === 0 ? tellingHead(inspection, possible) : undefined;
  return (fallback ? [fallback] : wanted)
    .filter((one, i, all) => all.findIndex((other) => sameHead(one, other)) === i)
    .slice(0, mostHeads);
}

/**
 * A sentence where the selected head is not among those shown, because the view cannot draw its block; otherwise
 * undefined.
 */
export function otherHeadShown(
  shown: readonly HeadRef[],
  { head }: Selection,
  countFrom: 0 | 1,
): string | undefined {
  if (!head || shown.length === 0 || shown.some((one) => sameHead(one, head))) return undefined;
  return `Head ${headName(head, countFrom)} looks from one text to another, which this view cannot draw; head ${headName(shown[0], countFrom)} is shown.`;
}

/** The head that agrees with most dependencies; where nothing is known of that, the most confident one. */
function tellingHead(
  inspection: Inspection,
  possible: (block: BlockSummary) => boolean,
): HeadRef | undefined {
  const block = inspection.blocks.find(possible);
  if (!block) return undefined;
  const count = block.layers * block.heads;
  const scores =
    block.syntax?.overall.subarray(0, count) ?? block.measures.confidence ?? new Float32Array(count);
  let best = 0;
  scores.forEach((score, i) => {
    if (score > scores[best]) best = i;
  });
  return { block: block.name, layer: Math.floor(best / block.heads), head: best % block.heads };
}
