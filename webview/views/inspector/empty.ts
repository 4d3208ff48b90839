import type { HostCalls } from '../../../src/protocol/view';
import { button } from '../../controls';
import { element } from '../../element';
import { emptyState, nothingLeaves } from '../../emptyState';

/** What stands where there is no inspection yet. */
export function noInspection(host: HostCalls): HTMLElement {
  const command = element('b', '', 'Headlight: Inspect Selection');
  return emptyState({
    title: 'Nothing is inspected yet',
    steps: [
      {
        text: ['Select a sentence, a prompt or some code in the editor, or put the cursor into a paragraph.'],
      },
      { text: ['Right-click and choose ', command, ', or press ', shortcut(), '.'] },
      { text: ['See here what each head attends to, and which tokens the prediction depends on.'] },
    ],
    actions: [
      button('Inspect Selection', () => host.run('inspectSelection'), 'primary'),
      button('Try a Sample', () => host.run('trySample')),
      button('Choose Model', () => host.chooseModel()),
    ],
    hint: nothingLeaves,
  });
}

/** The default key binding of `headlight.inspectSelection` in package.json. */
function shortcut(): HTMLElement {
  const control = navigator.userAgent.includes('Mac') ? '⌘' : 'Ctrl';
  return element('span', 'shortcut', element('kbd', '', `${control}+K`), ' ', element('kbd', '', 'H'));
}
