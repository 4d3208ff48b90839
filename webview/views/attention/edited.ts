import type { HeadRef } from '../../../src/protocol/inspection';
import { EditedHead, factorInWords } from '../../interventions/edited';
import { editsMade } from '../../interventions/wanted';
import { headName } from '../../marks/names';
import type { ViewStore } from '../../store';
import type { Pointed } from './lines';

/**
 * What of a token's weights is edited in the heads shown, in words: `Head 1.2: as key × 0.4`. Empty where nothing is.
 * @param token number in its row
 */
export function editsInWords(
  store: ViewStore,
  heads: readonly HeadRef[],
  side: Pointed['side'],
  token: number,
): string {
  const edits = editsMade(store);
  if (edits.length === 0) return '';
  return heads
    .flatMap((head) => {
      const edited = new EditedHead(edits, head);
      const column = side === 'key' ? edited.columnFactor(token) : undefined;
      const own = edited.edges.filter(([query, key]) => (side === 'query' ? query : key) === token);
      const said = [
        ...(column === undefined ? [] : [`attention to it ${factorInWords(column)}`]),
        ...(own.length === 0 ? [] : [own.length === 1 ? '1 edge edited' : `${own.length} edges edited`]),
      ];
      return said.length === 0
        ? []
        : [`Head ${headName(head, store.settings.countFrom)}: ${said.join(', ')}`];
    })
    .join('; ');
}
