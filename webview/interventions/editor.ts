import type { EditPlace } from '../../src/protocol/edits';
import { factorAt } from '../../src/protocol/edits';
import type { HeadRef } from '../../src/protocol/inspection';
import { twoDigits } from '../../src/protocol/numbers';
import { dropdown, signButton } from '../controls';
import { element, setText } from '../element';
import { headName } from '../marks/names';
import { placeTooltip } from '../marks/tooltip';
import { factorSlider } from '../slider';
import type { ViewContext } from '../view';
import { factorInWords } from './edited';
import { linkButton } from './linkButton';
import { canIntervene, editsMade, setFactor } from './wanted';

/** Weights that the user picked: of one query on a key, or of all on it. A word is as many tokens as it has pieces. */
export interface PickedWeights {
  readonly head: HeadRef;
  /** Left out: the whole column was picked. */
  readonly query?: { readonly tokens: readonly number[]; readonly label: string };
  readonly key: { readonly tokens: readonly number[]; readonly label: string };
  readonly weight?: number;
}

type Which = 'edge' | 'column';
type Where = 'head' | 'layer' | 'all';

/** Largest factor of the slider. */
const largest = 2;

/** A small box beside what was picked: its factor, for one weight or a column, in this head, its layer or everywhere. */
export class WeightEditor {
  readonly #parent: HTMLElement;
  /** In the document only while it is open. */
  readonly #box = element('div', 'weight-editor');
  readonly #title = element('span', 'weight-editor-title');
  readonly #slider;
  readonly #whichChoice;
  readonly #whereChoice;
  readonly #context: ViewContext;
  #picked: PickedWeights | undefined;
  #which: Which = 'edge';
  #where: Where = 'head';
  #returnTo: HTMLElement | SVGElement | undefined;

  constructor(parent: HTMLElement, context: ViewContext) {
    this.#context = context;
    this.#parent = parent;
    this.#slider = factorSlider('Factor on the weights', largest, (factor) => this.#set(factor));
    this.#whichChoice = dropdown<Which>('Which weights', (value) => {
      this.#which = value;
      this.draw();
    });
    this.#whereChoice = dropdown<Where>('In which heads', (value) => {
      this.#where = value;
      this.draw();
    });
    const close = signButton('×', 'Close', () => this.close());
    const zero = linkButton('Zero', () => this.#set(0));
    const restore = linkButton('Restore', () => this.#set(1));
    restore.title = 'As in the model';
    this.#box.role = 'dialog';
    this.#box.ariaLabel = 'Edit attention';
    this.#box.append(
      element('div', 'weight-editor-head', this.#title, close),
      element('div', 'weight-editor-choices', this.#whichChoice.element, this.#whereChoice.element),
      element('div', 'weight-editor-factor', this.#slider.element, zero, restore),
      element('p', 'hint', 'Rows keep their sum: what one token loses, the others gain in proportion.'),
    );
    this.#box.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.close();
    });
    document.addEventListener('pointerdown', this.#leave);
    window.addEventListener('resize', this.#stayInside);
  }

  /**
   * Opens beside a place on screen, with the focus on its slider.
   * @param returnTo gets the focus back
   */
  open(picked: PickedWeights, at: DOMRect, returnTo: HTMLElement | SVGElement): void {
    if (!canIntervene(this.#context.store)) return;
    this.#picked = picked;
    this.#returnTo = returnTo;
    this.#which = picked.query === undefined ? 'column' : 'edge';
    this.#parent.append(this.#box);
    this.draw();
    const { clientWidth: width, clientHeight: height } = document.documentElement;
    const { left, top } = placeTooltip(at, this.#box.getBoundingClientRect(), { width, height });
    this.#box.style.left = `${left}px`;
    this.#box.style.top = `${top}px`;
    this.#box.querySelector('input')?.focus();
  }

  close(): void {
    if (!this.#picked) return;
    this.#remove();
    this.#returnTo?.focus({ preventScroll: true });
  }

  dispose(): void {
    document.removeEventListener('pointerdown', this.#leave);
    window.removeEventListener('resize', this.#stayInside);
    this.#remove();
  }

  /** A window that has become smaller leaves it in view. */
  readonly #stayInside = (): void => {
    const { clientWidth, clientHeight } = document.documentElement;
    const { left, top, width, height } = this.#box.getBoundingClientRect();
    this.#box.style.left = `${Math.max(0, Math.min(left, clientWidth - width - 6))}px`;
    this.#box.style.top = `${Math.max(0, Math.min(top, clientHeight - height - 6))}px`;
  };

  /** Follows what is edited elsewhere. */
  draw(): void {
    const picked = this.#picked;
    const { inspection, settings } = this.#context.store;
    if (!picked || !inspection) return;
    const { query, key, weight, head } = picked;
    const edge = query ? `${query.label} → ${key.label}` : '';
    const column = `everything → ${key.label}`;
    setText(this.#title, weight === undefined ? edge || column : `${edge || column} ${twoDigits(weight)}`);
    this.#whichChoice.show(
      [...(query ? [{ value: 'edge' as const, label: edge }] : []), { value: 'column', label: column }],
      this.#which,
    );
    const { countFrom } = settings;
    this.#whereChoice.show(
      [
        { value: 'head', label: `in head ${headName(head, countFrom)}` },
        { value: 'layer', label: `in layer ${head.layer + countFrom}` },
        { value: 'all', label: inspection.blocks.length > 1 ? `in all ${head.block} heads` : 'in all heads' },
      ],
      this.#where,
    );
    const [place] = this.#places();
    const factor = factorAt(editsMade(this.#context.store), place);
    this.#slider.show(factor, factorInWords(factor));
  }

  #set(factor: number): void {
    if (!this.#picked) return;
    setFactor(this.#context, this.#places(), factor);
    this.draw();
  }

  #places(): EditPlace[] {
    const { head: picked, query, key } = this.#picked ?? { key: { tokens: [] } };
    if (!picked) return [];
    const { block, layer, head } = picked;
    const heads =
      this.#where === 'head'
        ? { block, layer, head }
        : this.#where === 'layer'
          ? { block, layer }
          : { block };
    if (this.#which === 'column' || !query) return key.tokens.map((token) => ({ ...heads, key: token }));
    return query.tokens.flatMap((from) => key.tokens.map((to) => ({ ...heads, query: from, key: to })));
  }

  #remove(): void {
    this.#box.remove();
    this.#picked = undefined;
  }

  readonly #leave = (event: PointerEvent): void => {
    const { target } = event;
    if (target instanceof Node && !this.#box.contains(target)) this.#remove();
  };
}
