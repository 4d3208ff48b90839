import type { Candidate, ModelInspection } from '../../../src/protocol/inspection';
import { probability, twoDigits } from '../../../src/protocol/numbers';
import type { NextTokens } from '../../../src/protocol/prompt';
import { button } from '../../controls';
import { element, setText } from '../../element';
import { visibleToken } from '../../marks/tokenText';
import { sentenceOf, type Run } from '../../runs';
import type { ViewContext } from '../../view';
import { isInFile } from './messages';

/** Candidates of “what if” that are shown. */
const shownIf = 10;
/** Characters of the text before the place that remind of where it is. */
const context = 28;

/** What may come at the cursor: the likeliest tokens as bars, what each would lead to, and what can be done with it. */
export class NextTokenList {
  readonly element = element('section', 'next-tokens');
  /** The user asked why a token is likely: the text is to be coloured by it. */
  onExplain: () => void = () => undefined;
  readonly #context: ViewContext;
  readonly #place = element('p', 'next-place');
  readonly #entropy = element('span', 'hint');
  readonly #actual = element('p', 'hint next-actual');
  readonly #message = element('p', 'hint');
  readonly #list = element('ol', 'next-list');
  readonly #further = element('div', 'next-further');
  #rows: HTMLElement[] = [];
  #shown: NextTokens | undefined;
  #inspection: ModelInspection | undefined;
  #asked = '';
  #run: Run<NextTokens> | undefined;
  #whatIf: Run<NextTokens> | undefined;
  #hovered: number | undefined;
  /** A candidate that the next one to be clicked is contrasted with. */
  #contrasted: Candidate | undefined;

  constructor(viewContext: ViewContext) {
    this.#context = viewContext;
    this.element.ariaLabel = 'Next token';
    this.#entropy.title = 'Entropy of the whole distribution: 0 bits where the model is certain.';
    this.#message.role = 'status';
    const head = element('div', 'section-head', element('h3', 'section-title', 'Next token'), this.#entropy);
    const body = element('div', 'next-columns', this.#list, this.#further);
    this.element.append(head, this.#place, this.#actual, this.#message, body);
    this.#list.addEventListener('pointerleave', () => this.#hover(undefined));
    this.#list.addEventListener('keydown', (event) => this.#onKey(event));
    this.#further.ariaLive = 'polite';
  }

  /** Asks for what follows a token, unless that is shown. The last list stays until the new one is there. */
  show(inspection: ModelInspection, position: number): void {
    const asked = `${inspection.id} ${position}`;
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#inspection = inspection;
    this.#run?.stop();
    this.#stopWhatIf();
    if (position < 0) {
      this.#say('Nothing stands before the cursor, so nothing is expected there.');
      this.#clear();
      return;
    }
    const { runs, host } = this.#context;
    this.#run = runs.start((run) => host.distribution(run, { inspection: inspection.id, position }));
    this.#run.answer.then(
      (next) => {
        if (asked === this.#asked && next) this.#draw(next);
      },
      (error: unknown) => {
        if (asked !== this.#asked) return;
        this.#clear();
        this.#say(sentenceOf(error));
      },
    );
  }

  /** Candidates are the same, the target is another. */
  markTarget(inspection: ModelInspection): void {
    const { target } = inspection;
    this.#rows.forEach((row, i) => {
      const isTarget =
        this.#shown?.position === target.position && this.#shown.candidates[i]?.id === target.id;
      row.classList.toggle('explained', isTarget);
    });
  }

  dispose(): void {
    this.#run?.stop();
    this.#stopWhatIf();
  }

  #clear(): void {
    this.#shown = undefined;
    this.#rows = [];
    this.#list.replaceChildren();
    this.#further.replaceChildren();
    setText(this.#entropy, '');
    setText(this.#place, '');
    setText(this.#actual, '');
  }

  #draw(next: NextTokens): void {
    const hadFocus = this.#list.contains(document.activeElement);
    this.#shown = next;
    this.#contrasted = undefined;
    this.#hovered = undefined;
    this.#say('');
    setText(this.#entropy, `entropy ${twoDigits(next.entropy)} bits`);
    setText(this.#place, this.#describePlace(next));
    const { actual } = next;
    setText(
      this.#actual,
      actual
        ? `Here stands ${quoted(actual.label)}: ${probability(actual.probability)}, rank ${actual.rank.toLocaleString('en')}.`
        : '',
    );
    const largest = next.candidates[0]?.probability || 1;
    this.#rows = next.candidates.map((candidate, i) => this.#row(candidate, i, largest, actual?.id));
    this.#list.replaceChildren(...this.#rows);
    this.#further.replaceChildren(element('p', 'hint', 'Point at a token to see what would come after it.'));
    if (this.#inspection) this.markTarget(this.#inspection);
    if (hadFocus) this.#rowButton(0)?.focus();
  }

  #describePlace({ position }: NextTokens): string {
    const { text: own = '', tokens, chat } = this.#inspection ?? {};
    const text = chat?.text ?? own;
    const end = (chat ?? tokens)?.offsets[2 * position + 1] ?? -1;
    if (end < 0) return 'At the beginning';
    const before = text.slice(Math.max(0, end - context), end);
    return `after “${end > context ? '…' : ''}${visibleToken(before)}”`;
  }

  #row(candidate: Candidate, i: number, largest: number, actual: number | undefined): HTMLElement {
    const bar = element('span', 'bar');
    bar.style.width = `${((100 * candidate.probability) / largest).toFixed(1)}%`;
    const choose = element(
      'button',
      'next-row',
      element('span', 'next-rank', String(i + 1)),
      element('span', 'bar-label', visibleToken(candidate.label)),
      element('span', 'bar-track', bar),
      element('span', 'bar-value', probability(candidate.probability)),
    );
    choose.type = 'button';
    choose.tabIndex = i === 0 ? 0 : -1;
    choose.ariaExpanded = 'false';
    const item = element('li', 'next-item', choose);
    item.classList.toggle('actual', candidate.id === actual);
    choose.addEventListener('pointerenter', () => this.#hover(i));
    choose.addEventListener('focus', () => this.#hover(i));
    choose.addEventListener('click', () => this.#choose(i));
    choose.addEventListener('dblclick', () => this.#insert(i));
    return item;
  }

  #rowButton(i: number): HTMLElement | null | undefined {
    return this.#rows[i]?.querySelector<HTMLElement>('.next-row');
  }

  /** Opens what can be done with a candidate; or completes a contrast. */
  #choose(i: number): void {
    const candidate = this.#shown?.candidates[i];
    if (!candidate) return;
    const first = this.#contrasted;
    if (first) {
      this.#contrasted = undefined;
      this.#say('');
      if (first.id !== candidate.id) this.#explain(first.id, candidate.id);
      return;
    }
    const isOpen = this.#rowButton(i)?.ariaExpanded === 'true';
    for (const [at, row] of this.#rows.entries()) {
      row.querySelector('.next-actions')?.remove();
      const rowButton = this.#rowButton(at);
      if (rowButton) rowButton.ariaExpanded = 'false';
    }
    if (isOpen) return;
    const opened = this.#rowButton(i);
    if (opened) opened.ariaExpanded = 'true';
    const insert = button('Insert', () => this.#insert(i), 'primary');
    insert.title = this.#canInsert
      ? 'Write it at the cursor; can be undone in the editor'
      : 'This place is in what the chat template wrote, not in the file';
    insert.disabled = !this.#canInsert || !this.#shown?.texts[i];
    const why = button('Why this token', () => this.#explain(candidate.id));
    why.title = 'Colour the text by how much each token matters for this one';
    const contrast = button('Contrast with…', () => this.#beginContrast(candidate));
    contrast.title = 'Colour the text by what speaks for this token rather than another';
    this.#rows[i].append(element('div', 'next-actions', insert, why, contrast));
  }

  get #canInsert(): boolean {
    return (
      this.#shown !== undefined &&
      this.#inspection !== undefined &&
      isInFile(this.#inspection, this.#shown.position)
    );
  }

  #beginContrast(candidate: Candidate): void {
    this.#contrasted = candidate;
    this.#say(`Why ${quoted(candidate.label)} rather than … Choose the other token; Escape gives up.`);
  }

  #explain(id: number, contrast?: number): void {
    const position = this.#shown?.position;
    this.#context.host.retarget({
      id,
      position,
      ...(contrast === undefined ? {} : { contrast: { id: contrast } }),
    });
    this.onExplain();
  }

  #insert(i: number): void {
    const text = this.#shown?.texts[i];
    if (this.#shown && text && this.#canInsert) this.#context.host.insertAfter(this.#shown.position, text);
  }

  /** Shows what would come after a candidate. */
  #hover(i: number | undefined): void {
    if (i === this.#hovered) return;
    this.#hovered = i;
    const candidate = i === undefined ? undefined : this.#shown?.candidates[i];
    const inspection = this.#inspection;
    this.#whatIf?.stop();
    if (!candidate || !inspection || !this.#shown) return;
    const { runs, host } = this.#context;
    const place = { inspection: inspection.id, position: this.#shown.position, after: [candidate.id] };
    const run = runs.start((number) => host.distribution(number, place));
    this.#whatIf = run;
    run.answer.then(
      (next) => {
        if (this.#whatIf === run && next) this.#drawFurther(candidate, next);
      },
      (error: unknown) => {
        if (this.#whatIf === run) this.#further.replaceChildren(element('p', 'hint', sentenceOf(error)));
      },
    );
  }

  #stopWhatIf(): void {
    this.#whatIf?.stop();
    this.#whatIf = undefined;
  }

  #drawFurther(candidate: Candidate, next: NextTokens): void {
    const largest = next.candidates[0]?.probability || 1;
    const rows = next.candidates.slice(0, shownIf).map(({ label, probability: p }) => {
      const bar = element('span', 'bar');
      bar.style.width = `${((100 * p) / largest).toFixed(1)}%`;
      return element(
        'li',
        'further-row',
        element('span', 'bar-label', visibleToken(label)),
        element('span', 'bar-track', bar),
        element('span', 'bar-value', probability(p)),
      );
    });
    this.#further.replaceChildren(
      element('p', 'further-title', `What if ${quoted(candidate.label)}: then`),
      element('ol', 'further-list', ...rows),
    );
  }

  #say(words: string): void {
    setText(this.#message, words);
    this.#message.hidden = words === '';
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.#contrasted) {
      this.#contrasted = undefined;
      this.#say('');
      return;
    }
    const current = this.#rows.findIndex((row) => row.contains(document.activeElement));
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      Home: 0,
      End: this.#rows.length - 1,
    };
    const next = targets[event.key];
    if (next === undefined || current < 0) return;
    event.preventDefault();
    const to = Math.min(this.#rows.length - 1, Math.max(0, next));
    for (const at of this.#rows.keys()) {
      const row = this.#rowButton(at);
      if (row) row.tabIndex = at === to ? 0 : -1;
    }
    this.#rowButton(to)?.focus();
  }
}

function quoted(label: string): string {
  return `“${visibleToken(label)}”`;
}
