import type { HostCalls } from '../../../src/protocol/view';
import { element, setText } from '../../element';
import type { ViewStore } from '../../store';

/** Pins what is shown, and leads to the comparison as soon as there is something to compare. */
export class PinButton {
  readonly element = element('span', 'pin');
  readonly #pin = button();
  readonly #compare = button();
  #isPinned = false;

  constructor(host: HostCalls) {
    this.#pin.addEventListener('click', () => host.run(this.#isPinned ? 'unpinInspection' : 'pinInspection'));
    setText(this.#compare, 'Compare');
    this.#compare.addEventListener('click', () => host.run('comparePin'));
    this.#compare.title = 'Compare pinned inspections, or one with what is shown';
    this.element.append(this.#pin, this.#compare);
  }

  draw({ pins, inspection }: ViewStore): void {
    const list = pins?.pins ?? [];
    this.element.hidden = pins === undefined;
    this.#isPinned = list.some((pin) => pin.inspection === inspection?.id);
    setText(this.#pin, this.#isPinned ? 'Pinned' : 'Pin');
    this.#pin.setAttribute('aria-pressed', String(this.#isPinned));
    this.#pin.title = this.#isPinned
      ? 'Pinned for comparison. Let go of it'
      : 'Pin this inspection, to compare it with another text, model or heads switched off';
    this.#compare.hidden = list.length - Number(this.#isPinned) < 1;
  }
}

function button(): HTMLButtonElement {
  const created = element('button', 'link-button');
  created.type = 'button';
  return created;
}
