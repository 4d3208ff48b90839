import type { HeadRef } from '../../../src/protocol/inspection';
import { twoDigits } from '../../../src/protocol/numbers';
import { element } from '../../element';
import { headName, sameHead } from '../../marks/names';

/** Heads that are listed before one asks for all. */
const listed = 12;

export interface RankingContent {
  /** From the first to the last. */
  readonly ranked: readonly HeadRef[];
  readonly countFrom: 0 | 1;
  valueOf(head: HeadRef): number;
  /** Its standard error, where it is estimated. */
  errorOf?(head: HeadRef): number | undefined;
  /** How full its bar is, 0 to 1. */
  sizeOf(head: HeadRef): number;
  colour(head: HeadRef): string;
}

/** The heads with the highest values of a measure, as buttons that wrap. */
export class Ranking {
  readonly element = element('div', 'ranking');
  readonly #list = element('ol', 'ranking-list');
  readonly #more = element('button', 'link-button');
  readonly #choose: (head: HeadRef, extend: boolean) => void;
  #entries: { readonly head: HeadRef; readonly button: HTMLButtonElement }[] = [];
  #content: RankingContent | undefined;
  #isWhole = false;

  constructor(choose: (head: HeadRef, extend: boolean) => void) {
    this.#choose = choose;
    this.#more.type = 'button';
    this.#more.addEventListener('click', () => {
      this.#isWhole = !this.#isWhole;
      if (this.#content) this.draw(this.#content);
    });
    this.element.append(this.#list, this.#more);
  }

  draw(content: RankingContent): void {
    this.#content = content;
    const { ranked, countFrom, colour } = content;
    const errors = ranked.map((head) => content.errorOf?.(head));
    this.#entries = (this.#isWhole ? ranked : ranked.slice(0, listed)).map((head, place) => {
      const value = content.valueOf(head);
      const error = errors[place];
      const bar = element('span', 'rank-bar');
      bar.style.width = `${Math.round(100 * content.sizeOf(head))}%`;
      bar.style.backgroundColor = colour(head);
      const button = element(
        'button',
        'rank',
        element('span', 'rank-name', headName({ ...head, block: 'self' }, countFrom)),
        element(
          'span',
          'rank-value',
          error === undefined ? twoDigits(value) : `${twoDigits(value)} ± ${twoDigits(error)}`,
        ),
        bar,
      );
      button.type = 'button';
      button.addEventListener('click', (event) => this.#choose(head, event.shiftKey));
      return { head, button };
    });
    this.#list.classList.toggle(
      'with-errors',
      errors.some((error) => error !== undefined),
    );
    this.#list.replaceChildren(...this.#entries.map(({ button }) => element('li', '', button)));
    this.#more.hidden = ranked.length <= listed;
    this.#more.textContent = this.#isWhole ? `Show the first ${listed}` : `Show all ${ranked.length}`;
  }

  mark(selected: HeadRef | undefined): void {
    for (const { head, button } of this.#entries) {
      const isSelected = selected !== undefined && sameHead(head, selected);
      button.setAttribute('aria-pressed', String(isSelected));
    }
  }
}
