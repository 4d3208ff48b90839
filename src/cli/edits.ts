import type { AttentionEdit } from '../protocol/edits';
import type { BlockName } from '../protocol/inspection';
import { WrongUsage } from './wrongUsage';

/**
 * `L.H:Q>K=FACTOR`, an edge; `L.H:>K=FACTOR`, a column. `*` for a layer or head stands for all of them. Several are divided by
 * commas.
 * @throws WrongUsage naming what cannot be read
 */
export function parseEdits(values: readonly string[], block: BlockName): AttentionEdit[] {
  return values.flatMap((value) => value.split(',')).map((text) => parseEdit(text, block));
}

function parseEdit(text: string, block: BlockName): AttentionEdit {
  const match = /^(\d+|\*)\.(\d+|\*):(\d*)>(\d+)=(\d+(?:\.\d+)?|\.\d+)$/.exec(text.trim());
  if (match === null)
    throw new WrongUsage(`--edit wants edges such as 0.3:5>1=0 or columns such as *.*:>1=0.5, not “${text}”`);
  const [, layer, head, query, key, factor] = match;
  return {
    block,
    ...(layer === '*' ? {} : { layer: Number(layer) }),
    ...(head === '*' ? {} : { head: Number(head) }),
    ...(query === '' ? {} : { query: Number(query) }),
    key: Number(key),
    factor: Number(factor),
  };
}
