import { saliencyMeasures } from '../../src/engine/measures/saliencies';
import type { TokenRow } from '../../src/protocol/inspection';
import { twoDigits } from '../../src/protocol/numbers';
import { element } from '../element';
import type { ShownSaliency } from './saliency';
import { saliencyColour, textColour } from './scales';
import type { Theme } from './theme';
import { tokenRuns, type TokenRun, type TokenSource } from './tokenText';

export interface StripEvents {
  /** The token under the pointer or the focus; undefined when it leaves. */
  hover(token: number | undefined, anchor?: HTMLElement): void;
  choose(token: number): void;
}

/** A token on its way into the strip. */
export interface StripPiece {
  readonly run: TokenRun;
  readonly element: HTMLElement;
}

/** How the tokens of a strip are laid out: what stands in it, tokens and the text between them. */
export type Arrange = (pieces: readonly StripPiece[]) => readonly (Node | string)[];

/** One after the other, as text is. */
export function textBetween({ run, element: token }: StripPiece, isFirst: boolean): (Node | string)[] {
  const children: (Node | string)[] = [];
  if (run.before) children.push(run.before);
  // Special tokens stand apart from the text, which has no blank there.
  if (run.isSpecial && !(isFirst && children.length === 0)) children.push(' ');
  children.push(token);
  if (run.isSpecial) children.push(' ');
  if (run.after) children.push(run.after);
  return children;
}

const inline: Arrange = (pieces) => pieces.flatMap((piece, i) => textBetween(piece, i === 0));

/**
 * The text with its tokens coloured by saliency, wrapped as text is. One token is in the tab order; arrow keys move
 * between tokens, Enter chooses.
 */
export class TokenStrip {
  readonly element = element('div', 'token-strip');
  readonly #events: StripEvents;
  readonly #arrange: Arrange;
  #tokens: HTMLElement[] = [];
  #drawn: TokenRow | undefined;
  #chosen: number | undefined;

  constructor(events: StripEvents, arrange: Arrange = inline) {
    this.#events = events;
    this.#arrange = arrange;
    this.element.role = 'listbox';
    this.element.ariaLabel = 'Tokens';
    this.element.addEventListener('pointerover', (event) => {
      const token = tokenOf(event.target);
      if (token !== undefined) events.hover(token, this.#tokens[token]);
    });
    this.element.addEventListener('pointerleave', () => events.hover(undefined));
    this.element.addEventListener('focusin', (event) => {
      const token = tokenOf(event.target);
      if (token !== undefined) events.hover(token, this.#tokens[token]);
    });
    this.element.addEventListener('focusout', () => events.hover(undefined));
    this.element.addEventListener('click', (event) => {
      const token = tokenOf(event.target);
      if (token !== undefined) events.choose(token);
    });
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** Writes the tokens anew where they are others, and colours them. */
  draw(source: TokenSource, saliency: ShownSaliency | undefined, theme: Theme): void {
    if (source.row !== this.#drawn) this.#write(source);
    this.#drawn = source.row;
    this.#colour(source.row, saliency, theme);
  }

  /** Marks the token under the pointer anywhere and the one at the editor's cursor. */
  mark(hovered: number | undefined, chosen: number | undefined): void {
    this.#tokens.forEach((token, i) => {
      token.classList.toggle('hovered', i === hovered);
      token.classList.toggle('chosen', i === chosen);
      token.ariaSelected = String(i === chosen);
    });
    // Once per choice: who scrolls on while hovering is not called back.
    if (chosen !== undefined && chosen !== this.#chosen) this.#reveal(this.#tokens[chosen]);
    this.#chosen = chosen;
  }

  /** Tokens were hidden or shown: one that can be seen stays in the tab order. */
  keepTabStop(): void {
    const stop = this.#tokens.find((token) => token.tabIndex === 0);
    if (stop && this.#isShown(stop)) return;
    const next = this.#tokens.find(this.#isShown);
    if (!next) return;
    if (stop) stop.tabIndex = -1;
    next.tabIndex = 0;
  }

  /** Not in a part that is folded. */
  readonly #isShown = (token: HTMLElement): boolean => {
    const folded = token.closest('[hidden]');
    return folded === null || !this.element.contains(folded);
  };

  #write(source: TokenSource): void {
    const pieces = tokenRuns(source).map((run): StripPiece => {
      const span = element('span', 'token', run.shown);
      span.role = 'option';
      span.dataset.token = String(run.token);
      span.tabIndex = -1;
      span.classList.toggle('special', run.isSpecial);
      span.classList.toggle('mark', run.isMark);
      span.classList.toggle('begins', run.beginsWord);
      span.classList.toggle('ends', run.endsWord);
      return { run, element: span };
    });
    this.#tokens = pieces.map((piece) => piece.element);
    this.element.replaceChildren(...this.#arrange(pieces));
    this.keepTabStop();
    this.element.scrollTop = 0;
    this.#chosen = undefined;
  }

  #colour(row: TokenRow, saliency: ShownSaliency | undefined, theme: Theme): void {
    this.element.ariaLabel = saliency
      ? `Tokens, coloured by ${saliencyMeasures[saliency.name].label}`
      : 'Tokens';
    this.#tokens.forEach((token, i) => {
      const score = saliency?.scores[i] ?? NaN;
      const words = row.pieces[i];
      token.ariaLabel = Number.isNaN(score) ? words : `${words}: ${twoDigits(score)}`;
      if (!saliency || Number.isNaN(score) || saliency.largest === 0) {
        token.style.backgroundColor = '';
        token.style.color = '';
        return;
      }
      const background = saliencyColour(score / saliency.largest, theme);
      token.style.backgroundColor = background;
      token.style.color = textColour(background, theme);
    });
  }

  /** Scrolls the strip itself, never the page. */
  #reveal(token: HTMLElement | undefined): void {
    if (!token) return;
    const { scrollTop, clientHeight } = this.element;
    const top = token.offsetTop;
    if (top < scrollTop || top + token.offsetHeight > scrollTop + clientHeight) {
      this.element.scrollTop = top - clientHeight / 2;
    }
  }

  #onKey(event: KeyboardEvent): void {
    const current = tokenOf(event.target);
    if (current === undefined) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#events.choose(current);
      return;
    }
    const before = (): HTMLElement | undefined => this.#tokens.slice(0, current).findLast(this.#isShown);
    const behind = (): HTMLElement | undefined => this.#tokens.slice(current + 1).find(this.#isShown);
    const targets: Readonly<Record<string, () => HTMLElement | undefined>> = {
      ArrowRight: behind,
      ArrowDown: behind,
      ArrowLeft: before,
      ArrowUp: before,
      Home: () => this.#tokens.find(this.#isShown),
      End: () => this.#tokens.findLast(this.#isShown),
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const token = target() ?? this.#tokens[current];
    this.#tokens[current].tabIndex = -1;
    token.tabIndex = 0;
    token.focus();
  }
}

function tokenOf(target: EventTarget | null): number | undefined {
  const token = target instanceof Element ? target.closest<HTMLElement>('[data-token]') : null;
  return token ? Number(token.dataset.token) : undefined;
}
