import type { HeadRef, Inspection } from '../../../src/protocol/inspection';
import type { Selection } from '../../../src/protocol/view';
import { sameHead } from '../../marks/names';

/** Most heads that are compared at once: beyond that no picture is large enough to read. */
const mostHeads = 6;

/** The selected head and those compared with it, each once; without a selection the one that says most. */
export function shownHeads(inspection: Inspection, { head, compared = [] }: Selection): HeadRef[] {
  const wanted = [head ?? tellingHead(inspection), ...compared];
  return wanted
    .filter((one): one is HeadRef => one !== undefined && exists(inspection, one))
    .filter((one, i, all) => all.findIndex((other) => sameHead(one, other)) === i)
    .slice(0, mostHeads);
}

function exists(inspection: Inspection, { block, layer, head }: HeadRef): boolean {
  const summary = inspection.blocks.find(({ name }) => name === block);
  // Words are those of the main text: attention from or to a second text has none.
  return (
    summary !== undefined &&
    summary.queries === 'tokens' &&
    summary.keys === 'tokens' &&
    layer < summary.layers &&
    head < summary.heads
  );
}

/** The head that agrees with most dependencies; where nothing is known of that, the most confident one. */
function tellingHead(inspection: Inspection): HeadRef | undefined {
  const block = inspection.blocks.find(({ queries, keys }) => queries === 'tokens' && keys === 'tokens');
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
