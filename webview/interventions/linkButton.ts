import { element } from '../element';

/** A button that looks like a link. */
export function linkButton(label: string, action: () => void): HTMLButtonElement {
  const button = element('button', 'link-button', label);
  button.type = 'button';
  button.addEventListener('click', action);
  return button;
}
