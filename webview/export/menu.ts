import './menu.css';
import { element } from '../element';

/** One entry of the menu. */
export interface SaveEntry {
  readonly label: string;
  readonly name: string;
  save(): void;
}

/** A quiet button that opens a list of what can be saved; the list is made anew whenever it is opened. */
export function saveMenu(entries: () => readonly SaveEntry[]): HTMLElement {
  const list = element('div', 'save-list');
  list.role = 'menu';
  list.id = 'save-list';
  list.popover = 'auto';
  const button = element('button', 'link-button save-button', 'Save…');
  button.type = 'button';
  button.title = 'Save a picture, the numbers or the whole page';
  button.ariaHasPopup = 'menu';
  button.popoverTargetElement = list;
  const items = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>('[role="menuitem"]')];
  list.addEventListener('beforetoggle', (event) => {
    if (event.newState !== 'open') return;
    list.replaceChildren(
      ...entries().map(({ label, name, save }) => {
        const item = element('button', `save-item save-${name}`, label);
        item.type = 'button';
        item.role = 'menuitem';
        item.addEventListener('click', () => {
          list.hidePopover();
          save();
        });
        return item;
      }),
    );
    const { bottom, right } = button.getBoundingClientRect();
    list.style.top = `${bottom + 4}px`;
    list.style.right = `${Math.max(4, window.innerWidth - right)}px`;
  });
  list.addEventListener('toggle', (event) => {
    if (event.newState === 'open') items()[0]?.focus();
  });
  list.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const all = items();
    const at = all.findIndex((item) => item === document.activeElement);
    all[(at + step + all.length) % all.length]?.focus();
  });
  return element('div', 'save-menu', button, list);
}
