import type { HostCalls } from '../../../src/protocol/view';
import { button } from '../../controls';
import { element } from '../../element';
import { productMark } from '../inspector/mark';

/** What stands where no data set is open: what one is, and how to open it. */
export function emptyState(host: HostCalls): HTMLElement {
  const steps = element(
    'ol',
    'empty-steps',
    element(
      'li',
      '',
      'Open a file of texts: lines (.txt), a table (.csv, .tsv, .parquet) or JSON lines (.jsonl). Or take the lines of the editor.',
    ),
    element('li', '', 'The chosen model reads every text. Pause whenever you like; what is done is kept.'),
    element(
      'li',
      '',
      'Sort by confidence, filter what it got wrong, draw a lasso around a cluster on the map, and click a text to look inside.',
    ),
  );
  const actions = element(
    'div',
    'empty-actions',
    button('Open Data Set…', () => host.run('openDataSet'), 'primary'),
    button('Lines of the Editor', () => host.run('openLinesAsDataSet')),
    button('Choose Model', () => host.chooseModel()),
  );
  return element(
    'div',
    'empty-state',
    productMark(44),
    element('h2', 'empty-title', 'No data set is open'),
    steps,
    actions,
    element('p', 'hint', 'Everything runs on this machine; no text leaves it.'),
  );
}
