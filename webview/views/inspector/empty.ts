import type { HostCalls } from '../../../src/protocol/view';
import { button } from '../../controls';
import { element } from '../../element';
import { productMark } from './mark';

/** What stands where there is nothing yet: how to begin. */
export function emptyState(host: HostCalls): HTMLElement {
  const steps = element(
    'ol',
    'empty-steps',
    element(
      'li',
      '',
      'Select a sentence, a prompt or some code in the editor, or put the cursor into a paragraph.',
    ),
    element(
      'li',
      '',
      'Right-click and choose ',
      element('b', '', 'Headlight: Inspect Selection'),
      ', or press ',
      shortcut(),
      '.',
    ),
    element('li', '', 'See here what each head attends to, and which tokens the prediction depends on.'),
  );
  const actions = element(
    'div',
    'empty-actions',
    button('Inspect Selection', () => host.run('inspectSelection'), 'primary'),
    button('Try a Sample', () => host.run('trySample')),
    button('Choose Model', () => host.chooseModel()),
  );
  return element(
    'div',
    'empty-state',
    productMark(44),
    element('h2', 'empty-title', 'Nothing is inspected yet'),
    steps,
    actions,
    element('p', 'hint', 'Everything runs on this machine; no text leaves it.'),
  );
}

/** The default key binding of `headlight.inspectSelection` in package.json. */
function shortcut(): HTMLElement {
  const control = navigator.userAgent.includes('Mac') ? '⌘' : 'Ctrl';
  return element('span', 'shortcut', element('kbd', '', `${control}+K`), ' ', element('kbd', '', 'H'));
}
