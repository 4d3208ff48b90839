import type { ModelInspection } from '../../../src/protocol/inspection';
import { probability, twoDigits } from '../../../src/protocol/numbers';
import type { Branch, Generation } from '../../../src/protocol/prompt';
import { button } from '../../controls';
import { element, setText } from '../../element';
import { visibleToken } from '../../marks/tokenText';
import { sentenceOf, type Run } from '../../runs';
import { numberSlider } from '../../slider';
import type { ViewContext } from '../../view';
import { isInFile } from './messages';

/** How continuations are drawn; kept over reloads. */
interface Options {
  readonly tokens: number;
  readonly count: number;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
}

const initial: Options = { tokens: 20, count: 3, temperature: 0.8, topP: 0.95, seed: 1 };
/** Strongest share of colour behind a token: that of a certain one. */
const strongest = 45;

const endings: Readonly<Record<NonNullable<Branch['ended']>, string>> = {
  length: '',
  'end of text': 'the model ended the text',
  context: 'the context is full',
};

/** How the prompt may go on: the likeliest continuation and some that are drawn, token by token while they are made. */
export class Continuations {
  readonly element = element('section', 'continuations');
  readonly #context: ViewContext;
  readonly #options;
  readonly #start = button('Continue', () => this.#toggle(), 'primary');
  readonly #message = element('span', 'hint');
  readonly #list = element('ol', 'branches');
  readonly #temperature;
  readonly #topP;
  #run: Run<Generation> | undefined;
  #inspection: ModelInspection | undefined;
  #position = 0;
  /** The place that the continuations on screen belong to. */
  #shownAt: string | undefined;

  constructor(context: ViewContext) {
    this.#context = context;
    this.#options = context.store.viewState<Options>('prompt.sampling', initial);
    this.element.ariaLabel = 'Continuations';
    this.#message.role = 'status';
    const changed = (change: Partial<Options>) => {
      this.#options.value = { ...this.#options.value, ...change };
      this.#showOptions();
    };
    this.#temperature = numberSlider(
      'Temperature: below 1 the likely tokens are drawn more often than the model says, above 1 less often',
      { least: 0.1, most: 2, step: 0.05 },
      (temperature) => changed({ temperature }),
    );
    this.#topP = numberSlider(
      'Top-p: only the likeliest tokens that together reach this probability are drawn',
      { least: 0.05, most: 1, step: 0.05 },
      (topP) => changed({ topP }),
    );
    const numbers = [
      numberInput('Tokens', 1, 200, this.#options.value.tokens, (tokens) => changed({ tokens })),
      numberInput('Samples', 0, 8, this.#options.value.count, (count) => changed({ count })),
      numberInput('Seed', 0, 999_999, this.#options.value.seed, (seed) => changed({ seed })),
    ];
    const controls = element(
      'div',
      'branch-controls',
      this.#start,
      ...numbers,
      field('Temperature', this.#temperature.element),
      field('Top-p', this.#topP.element),
    );
    const head = element(
      'div',
      'section-head',
      element('h3', 'section-title', 'Continuations'),
      this.#message,
    );
    this.element.append(head, controls, this.#list);
    this.#showOptions();
  }

  /** Continuations begin after this token; those of another place are outdated. */
  place(inspection: ModelInspection, position: number): void {
    this.#inspection = inspection;
    this.#position = position;
    const at = `${inspection.id} ${position}`;
    if (this.#run && this.#shownAt !== at) this.#stop('');
    this.#start.disabled = position < 0;
    this.#list.classList.toggle('outdated', this.#shownAt !== at);
    for (const insert of this.#list.querySelectorAll<HTMLButtonElement>('.branch-insert'))
      insert.disabled = this.#shownAt !== at || insert.dataset.empty === 'true' || !this.#canInsert;
  }

  get #canInsert(): boolean {
    return this.#inspection !== undefined && isInFile(this.#inspection, this.#position);
  }

  dispose(): void {
    this.#run?.stop();
  }

  #toggle(): void {
    if (this.#run) this.#stop('Stopped.');
    else this.#generate();
  }

  #stop(words: string): void {
    this.#run?.stop();
    this.#ended(words);
  }

  #ended(words: string): void {
    this.#run = undefined;
    this.#start.textContent = 'Continue';
    setText(this.#message, words);
  }

  #generate(): void {
    const inspection = this.#inspection;
    if (!inspection) return;
    const { runs, host } = this.#context;
    const position = this.#position;
    this.#shownAt = `${inspection.id} ${position}`;
    const request = { ...this.#options.value, inspection: inspection.id, position, withGreedy: true };
    const run = runs.start(
      (number) => host.generate(number, request),
      ({ message, branches }) => {
        setText(this.#message, message);
        if (branches) this.#draw(branches);
      },
    );
    this.#run = run;
    this.#start.textContent = 'Stop';
    this.#list.replaceChildren();
    this.#list.classList.remove('outdated');
    run.answer.then(
      (generation) => {
        if (this.#run !== run) return;
        if (generation) this.#draw(generation.branches);
        this.#ended(generation ? '' : 'Stopped.');
      },
      (error: unknown) => {
        if (this.#run === run) this.#ended(sentenceOf(error));
      },
    );
  }

  #draw(branches: readonly Branch[]): void {
    this.#list.replaceChildren(...branches.map((branch) => this.#branch(branch)));
  }

  #branch({ kind, seed, tokens, text, ended }: Branch): HTMLElement {
    const bits = tokens.reduce((sum, token) => sum - Math.log2(token.probability), 0);
    const spans = tokens.map(({ label, probability: p }) => {
      const span = element('span', 'branch-token', shownText(label));
      span.style.backgroundColor = `color-mix(in srgb, var(--vscode-charts-green, #89d185) ${(strongest * p).toFixed(0)}%, transparent)`;
      span.title = `“${visibleToken(label)}” ${probability(p)}`;
      return span;
    });
    const insert = button('Insert', () => this.#context.host.insertAfter(this.#position, text));
    insert.classList.add('branch-insert');
    insert.title = this.#canInsert
      ? 'Write it at the cursor; can be undone in the editor'
      : 'This place is in what the chat template wrote, not in the file';
    insert.ariaLabel = `Insert the ${kind === 'greedy' ? 'greedy' : `sampled`} continuation`;
    insert.dataset.empty = String(text === '');
    insert.disabled = text === '' || !this.#canInsert;
    const name = kind === 'greedy' ? 'greedy' : `seed ${seed}`;
    const words = [`${twoDigits(bits)} bits`, ended ? endings[ended] : ''].filter(Boolean).join(', ');
    return element(
      'li',
      'branch',
      element(
        'div',
        'branch-head',
        element('span', 'branch-name', name),
        element('span', 'hint', words),
        insert,
      ),
      element('p', 'branch-text', ...spans),
    );
  }

  #showOptions(): void {
    const { temperature, topP } = this.#options.value;
    this.#temperature.show(temperature, temperature.toFixed(2));
    this.#topP.show(topP, topP.toFixed(2));
  }
}

/** Blanks and line breaks as they are; a token that is nothing but a break shows its sign before it. */
function shownText(label: string): string {
  return label.replace(/\r?\n/g, '↵\n');
}

function field(label: string, control: HTMLElement): HTMLElement {
  return element('div', 'field', element('span', 'field-label', label), control);
}

function numberInput(
  label: string,
  least: number,
  most: number,
  value: number,
  change: (value: number) => void,
): HTMLElement {
  const input = element('input', 'number-input');
  input.type = 'number';
  input.min = String(least);
  input.max = String(most);
  input.value = String(value);
  input.ariaLabel = label;
  input.addEventListener('change', () => {
    const chosen = Math.round(Math.min(most, Math.max(least, Number(input.value) || 0)));
    input.value = String(chosen);
    change(chosen);
  });
  return field(label, input);
}
