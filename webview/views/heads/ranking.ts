import type { BlockSummary, HeadMeasureName, HeadRef, Inspection } from '../../../src/protocol/inspection';
import { twoDigits } from '../../../src/protocol/numbers';
import { element } from '../../element';
import { headName, sameHead } from '../../marks/names';
import { errorOf, measureDomain, measureOf, rankHeads, sizeOf } from './encoding';

/** Heads that are listed before one asks for all. */
const listed = 12;

export interface RankingContent {
  readonly inspection: Inspection;
  readonly block: BlockSummary;
  readonly measure: HeadMeasureName;
  readonly countFrom: 0 | 1;
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
    const { inspection, block, measure, countFrom, colour } = content;
    const ranked = rankHeads(inspection, block, measure);
    const domain = measureDomain(block, measure);
    this.#entries = (this.#isWhole ? ranked : ranked.slice(0, listed)).map((head) => {
      const value = measureOf(block, measure, head);
      const error = errorOf(block, measure, head);
      const bar = element('span', 'rank-bar');
      bar.style.width = `${Math.round(100 * sizeOf(measure, value, domain))}%`;
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
    this.#list.classList.toggle('with-errors', block.errors?.[measure] !== undefined);
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
