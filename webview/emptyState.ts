import { element } from './element';
import { productMark } from './marks/productMark';

/** How to begin with a view that has nothing to show yet. */
export interface FirstSteps {
  readonly title: string;
  readonly steps: readonly Step[];
  readonly actions: readonly HTMLElement[];
  /** A line below. */
  readonly hint?: string;
}

/** The parts of a line. */
interface Step {
  readonly text: readonly (string | HTMLElement)[];
  readonly isDone?: boolean;
}

/** What stands where a view has nothing to show yet. */
export function emptyState({ title, steps, actions, hint }: FirstSteps): HTMLElement {
  const lines = steps.map(({ text, isDone = false }) =>
    element('li', isDone ? 'done' : '', ...text, isDone ? ' ✓' : ''),
  );
  return element(
    'div',
    'empty-state',
    productMark(44),
    element('h2', 'empty-title', title),
    element('ol', 'empty-steps', ...lines),
    element('div', 'empty-actions', ...actions),
    ...(hint === undefined ? [] : [element('p', 'hint', hint)]),
  );
}

/** Said wherever a user may wonder. */
export const nothingLeaves = 'Everything runs on this machine; no text leaves it.';
