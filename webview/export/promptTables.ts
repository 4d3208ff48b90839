import type { Inspection } from '../../src/protocol/inspection';
import { tokenLabels } from '../marks/tokenLabels';
import type { ViewContext } from '../view';
import type { Cell } from './csv';

/** Every token of a prompt with its place in the text, in UTF-16 units, and its surprisal in bits. */
export async function surprisalTable(
  inspection: Inspection,
  { host, runs }: ViewContext,
): Promise<Cell[][] | undefined> {
  const bits =
    inspection.saliency.surprisal ??
    (await runs.start((number) => host.surprisal(number, inspection.id)).answer);
  const { tokens } = inspection;
  const rows = tokenLabels(inspection, 'tokens').map((label, token): Cell[] => {
    const [from, to] = [tokens.offsets[2 * token], tokens.offsets[2 * token + 1]];
    const range = from < 0 ? [undefined, undefined] : [from, to];
    return [token, label, tokens.ids[token], ...range, bits?.[token]];
  });
  return bits && [['token', 'text', 'id', 'from', 'to', 'bits'], ...rows];
}

/** Every edit with its effect, and the probability of the target with and without it. */
export async function changesTable(
  inspection: Inspection,
  { host, runs }: ViewContext,
): Promise<Cell[][] | undefined> {
  const changes = await runs.start((number) => host.changes(number, inspection.id)).answer;
  const rows = changes?.edits.map(
    ({ range, removed, inserted, effect, effectAlone, without, alone }): Cell[] => [
      ...range,
      removed,
      inserted,
      effect,
      effectAlone,
      without.probability,
      alone.probability,
    ],
  );
  const head = ['from', 'to', 'removed', 'inserted', 'effect', 'effect alone', 'without it', 'with it only'];
  return rows && [head, ...rows];
}
