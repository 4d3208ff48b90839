import type { PinList } from '../../../src/protocol/pins';
import { button } from '../../controls';
import { element } from '../../element';
import type { ViewContext } from '../../view';

/** What stands where there are not two inspections to compare yet: the way to them. */
export function comparisonSteps({ host, store }: ViewContext, pins: PinList | undefined): HTMLElement {
  const [first] = pins?.pins ?? [];
  const { inspection } = store;
  const isPinned = inspection !== undefined && first?.inspection === inspection.id;
  const step = (text: string, isDone: boolean): HTMLElement => {
    const item = element('li', isDone ? 'done' : '', isDone ? `${text} ✓` : text);
    return item;
  };
  const steps = element(
    'ol',
    'empty-steps',
    step('Inspect some text.', inspection !== undefined || first !== undefined),
    step(first ? `“${first.name}” is pinned.` : 'Pin what is shown: it becomes A.', first !== undefined),
    step(
      'Inspect something else: edit the text, choose another model, or switch heads off. That is B.',
      false,
    ),
  );
  const actions = element('div', 'empty-actions');
  if (inspection && !isPinned)
    actions.append(button('Pin What Is Shown', () => host.run('pinInspection'), 'primary'));
  if (!inspection) actions.append(button('Inspect Selection', () => host.run('inspectSelection'), 'primary'));
  actions.append(button('Choose Model', () => host.chooseModel()));
  return element(
    'div',
    'empty-state',
    element('h2', 'empty-title', 'Two inspections, side by side'),
    steps,
    actions,
  );
}
