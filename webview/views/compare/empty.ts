import type { PinList } from '../../../src/protocol/pins';
import { button } from '../../controls';
import { emptyState } from '../../emptyState';
import type { ViewContext } from '../../view';

/** What stands where there are not two inspections to compare yet: the way to them. */
export function comparisonSteps({ host, store }: ViewContext, pins: PinList | undefined): HTMLElement {
  const [first] = pins?.pins ?? [];
  const { inspection } = store;
  const isPinned = inspection !== undefined && first?.inspection === inspection.id;
  const next = !inspection
    ? [button('Inspect Selection', () => host.run('inspectSelection'), 'primary')]
    : isPinned
      ? []
      : [button('Pin What Is Shown', () => host.run('pinInspection'), 'primary')];
  return emptyState({
    title: 'Two inspections, side by side',
    steps: [
      { text: ['Inspect some text.'], isDone: inspection !== undefined || first !== undefined },
      {
        text: [first ? `“${first.name}” is pinned.` : 'Pin what is shown: it becomes A.'],
        isDone: first !== undefined,
      },
      {
        text: [
          'Inspect something else: edit the text, choose another model, or switch heads off. That is B.',
        ],
      },
    ],
    actions: [...next, button('Choose Model', () => host.chooseModel())],
  });
}
