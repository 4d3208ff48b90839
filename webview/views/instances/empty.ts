import type { HostCalls } from '../../../src/protocol/view';
import { button } from '../../controls';
import { emptyState, nothingLeaves } from '../../emptyState';

/** What stands where no data set is open: what one is, and how to open it. */
export function noDataSet(host: HostCalls): HTMLElement {
  return emptyState({
    title: 'No data set is open',
    steps: [
      'Open a file of texts: lines (.txt), a table (.csv, .tsv, .parquet) or JSON lines (.jsonl). Or take the lines of the editor.',
      'The chosen model reads every text. Pause whenever you like; what is done is kept.',
      'Sort by confidence, filter what it got wrong, draw a lasso around a cluster on the map, and click a text to look inside.',
    ].map((line) => ({ text: [line] })),
    actions: [
      button('Open Data Set…', () => host.run('openDataSet'), 'primary'),
      button('Lines of the Editor', () => host.run('openLinesAsDataSet')),
      button('Choose Model', () => host.chooseModel()),
    ],
    hint: nothingLeaves,
  });
}
