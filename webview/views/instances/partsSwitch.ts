import { element } from '../../element';
import type { ViewState } from '../../store';

/** What of the texts is in view. */
export const textParts = ['both', 'table', 'map'] as const;
export type TextParts = (typeof textParts)[number];

/** Sizes of the view from which table and map have room: beside one another, or one above the other. */
const roomBeside = 760;
const roomAbove = 700;

const titles: Readonly<Record<TextParts, string>> = { table: 'Table', map: 'Map', both: 'Both' };

/** Table, map or both: what the user has chosen, else what there is room for. */
export class PartsSwitch {
  readonly element = element('div', 'segments parts-switch');
  readonly #chosen: ViewState<string>;
  readonly #root: HTMLElement;
  readonly #changed: () => void;
  readonly #buttons: ReadonlyMap<TextParts, HTMLButtonElement>;
  readonly #resized: ResizeObserver;

  /** @param root gets `data-parts`, and its size decides where the user has not */
  constructor(root: HTMLElement, chosen: ViewState<string>, changed: () => void) {
    this.#root = root;
    this.#chosen = chosen;
    this.#changed = changed;
    this.element.role = 'group';
    this.element.ariaLabel = 'What is shown of the texts';
    this.#buttons = new Map(
      (['table', 'map', 'both'] as const).map((parts) => {
        const button = element('button', 'segment', titles[parts]);
        button.type = 'button';
        button.addEventListener('click', () => {
          this.#chosen.value = parts;
          this.#apply();
        });
        return [parts, button];
      }),
    );
    this.element.append(...this.#buttons.values());
    this.#resized = new ResizeObserver(() => this.#apply());
    this.#resized.observe(root);
    this.#apply();
  }

  dispose(): void {
    this.#resized.disconnect();
  }

  #apply(): void {
    const { clientWidth, clientHeight } = this.#root;
    const hasRoom = clientWidth >= roomBeside || clientHeight >= roomAbove;
    const shown = textParts.find((parts) => parts === this.#chosen.value) ?? (hasRoom ? 'both' : 'table');
    for (const [parts, button] of this.#buttons) button.setAttribute('aria-pressed', String(parts === shown));
    if (this.#root.dataset.parts === shown) return;
    this.#root.dataset.parts = shown;
    this.#changed();
  }
}
