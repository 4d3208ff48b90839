import type { HeadRef } from '../../../src/protocol/inspection';
import { element, setText } from '../../element';
import { effectOf } from '../../marks/change';
import { sameHead } from '../../marks/names';
import type { Changed } from '../../store';
import type { ViewContext } from '../../view';

/** Which heads are off, what that does to the target, and the way back. */
export class HeadSwitches {
  readonly element = element('div', 'switches');
  readonly #context: ViewContext;
  readonly #count = element('span', 'switches-count');
  readonly #effect = element('span', 'switches-effect');
  readonly #undo = linkButton('Undo', () => this.#context.host.run('undoSwitchHeads'));
  readonly #redo = linkButton('Redo', () => this.#context.host.run('redoSwitchHeads'));
  readonly #reset = linkButton('Reset', () => this.#switch([]));
  /** What was asked for and is being computed: it shows at once, and the next switch adds to it. */
  #asked: readonly HeadRef[] | undefined;

  constructor(context: ViewContext) {
    this.#context = context;
    this.#reset.title = 'Switch all heads on';
    const said = element('div', 'switches-said', this.#count, this.#effect);
    said.role = 'status';
    this.element.append(said, element('div', 'switches-ways', this.#undo, this.#redo, this.#reset));
    this.draw();
  }

  /** Heads that are off, or will be as soon as the engine has an answer. */
  get off(): readonly HeadRef[] {
    return this.#asked ?? this.#context.store.inspection?.ablated ?? [];
  }

  isOff(head: HeadRef): boolean {
    return this.off.some((other) => sameHead(other, head));
  }

  /** Switches a head off, or on again. */
  toggle(head: HeadRef): void {
    const others = this.off.filter((other) => !sameHead(other, head));
    this.#switch(others.length < this.off.length ? others : [...others, head]);
  }

  /** Follows the store. @returns whether other heads may be off now than were shown */
  follow(changed: Changed): boolean {
    const isAnswered = changed.has('inspection') || (changed.has('busy') && !this.#context.store.busy);
    const wasAsked = this.#asked !== undefined;
    if (isAnswered) this.#asked = undefined;
    this.draw();
    return isAnswered && wasAsked;
  }

  draw(): void {
    const { inspection, settings } = this.#context.store;
    const { length } = this.off;
    const { canUndoSwitch = false, canRedoSwitch = false } = settings;
    this.element.hidden = length === 0 && !canUndoSwitch && !canRedoSwitch;
    setText(this.#count, length === 0 ? 'All heads on' : length === 1 ? '1 head off' : `${length} heads off`);
    const effect = inspection && length > 0 ? effectOf(inspection) : undefined;
    setText(this.#effect, effect ? `${effect.target} ${effect.before} → ${effect.after}` : '');
    this.#effect.hidden = effect === undefined;
    this.#effect.classList.toggle('stale', this.#asked !== undefined);
    this.#undo.hidden = !canUndoSwitch;
    this.#redo.hidden = !canRedoSwitch;
    this.#reset.hidden = length === 0;
  }

  #switch(heads: readonly HeadRef[]): void {
    this.#asked = heads;
    this.draw();
    this.#context.host.switchHeads(heads);
  }
}

function linkButton(label: string, action: () => void): HTMLButtonElement {
  const button = element('button', 'link-button', label);
  button.type = 'button';
  button.addEventListener('click', action);
  return button;
}
