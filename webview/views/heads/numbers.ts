import type { DataSetScores } from '../../../src/protocol/dataSet';
import type { DataSetState } from '../../../src/protocol/dataSetView';
import type { BlockSummary } from '../../../src/protocol/inspection';
import { element, setText } from '../../element';
import type { Changed, ViewState } from '../../store';
import type { ViewContext } from '../../view';

type Source = 'text' | 'mean';

/** Whose numbers the overview shows: those of the text, or their means over the data set that is open. */
export class NumbersSource {
  readonly element = element('div', 'numbers-source');
  readonly #context: ViewContext;
  readonly #chosen: ViewState<string>;
  readonly #changed: () => void;
  readonly #choices = element('div', 'segments');
  readonly #buttons: Readonly<Record<Source, HTMLButtonElement>>;
  readonly #score = element('button', 'link-button');
  readonly #said = element('span', 'hint');
  /** Which data set, and how many of its rows, the scores are of. */
  #asked = '';
  #scores: DataSetScores | undefined;

  /** @param changed is called when other numbers are to be drawn */
  constructor(context: ViewContext, changed: () => void) {
    this.#context = context;
    this.#changed = changed;
    this.#chosen = context.store.viewState<string>('heads.numbers', 'text');
    this.#buttons = { text: this.#button('text', 'This text'), mean: this.#button('mean', '') };
    this.#choices.role = 'group';
    this.#choices.ariaLabel = 'Whose numbers are shown';
    this.#choices.append(this.#buttons.text, this.#buttons.mean);
    this.#score.type = 'button';
    this.#score.title = 'Measures every head on every text, for means and for the relations that heads find';
    this.#score.addEventListener('click', () => context.host.scoreHeads());
    this.#said.role = 'status';
    this.element.append(this.#choices, this.#score, this.#said);
    this.#draw();
  }

  /** Follows the store: scores are fetched when there are new ones. */
  follow(changed: Changed): void {
    if (!changed.has('dataSet') && !changed.has('inspection')) return;
    void this.#fetch();
    this.#draw();
  }

  /** The block with the numbers that are chosen. */
  shown(block: BlockSummary): BlockSummary {
    return (this.#isMean && this.meanOf(block)) || block;
  }

  /** The block with the means for its numbers, where there are any. */
  meanOf(block: BlockSummary): BlockSummary | undefined {
    if (!this.#state) return undefined;
    const means = this.#scores?.blocks.find(
      ({ name, layers, heads }) => name === block.name && layers === block.layers && heads === block.heads,
    );
    return means && { ...block, measures: means.measures };
  }

  /** `mean over 40 texts` where means are shown; else nothing. */
  get inWords(): string | undefined {
    return this.#isMean && this.#state && this.#scores ? meanOver(this.#scores.texts) : undefined;
  }

  get #isMean(): boolean {
    return this.#chosen.value === 'mean';
  }

  /** The data set, where its numbers are of the same model as the text's. */
  get #state(): DataSetState | undefined {
    const { dataSet, inspection } = this.#context.store;
    return dataSet?.model.reference === inspection?.model.reference ? dataSet : undefined;
  }

  #button(source: Source, label: string): HTMLButtonElement {
    const button = element('button', 'segment', label);
    button.type = 'button';
    button.addEventListener('click', () => {
      this.#chosen.value = source;
      this.#draw();
      this.#changed();
    });
    return button;
  }

  #draw(): void {
    const state = this.#state;
    const { scores } = state ?? {};
    this.element.hidden = !state || state.rows === 0;
    this.#choices.hidden = this.#scores === undefined;
    setText(this.#buttons.mean, this.#scores ? sentenceCase(meanOver(this.#scores.texts)) : '');
    this.#buttons.mean.title = `Every number is the mean over the texts of ${state?.name ?? 'the data set'}`;
    for (const source of ['text', 'mean'] as const)
      this.#buttons[source].setAttribute('aria-pressed', String((source === 'mean') === this.#isMean));
    this.#score.hidden = scores !== undefined;
    setText(this.#score, `Score heads over ${state?.name ?? ''}`);
    const isRunning = scores?.activity === 'running' || scores?.activity === 'opening';
    setText(
      this.#said,
      isRunning
        ? `Scoring heads: ${scores.done.toLocaleString('en')} of ${state?.rows.toLocaleString('en')} texts`
        : '',
    );
  }

  async #fetch(): Promise<void> {
    const state = this.#state;
    const { scores } = state ?? {};
    if (!state || !scores || scores.done === 0) {
      if (!scores) this.#forget();
      return;
    }
    const key = `${state.id} ${scores.done}`;
    const isMoving = scores.activity === 'running' || scores.activity === 'opening';
    if (isMoving || key === this.#asked) return;
    this.#asked = key;
    try {
      const found = await this.#context.host.dataSetScores(state.id);
      if (key !== this.#asked) return;
      this.#scores = found;
      this.#draw();
      this.#changed();
    } catch {
      // Another data set was opened meanwhile, or the engine failed, which its own view says.
      if (key === this.#asked) this.#asked = '';
    }
  }

  #forget(): void {
    if (!this.#scores && this.#asked === '') return;
    this.#asked = '';
    this.#scores = undefined;
    this.#changed();
  }
}

function meanOver(texts: number): string {
  return `mean over ${texts.toLocaleString('en')} ${texts === 1 ? 'text' : 'texts'}`;
}

function sentenceCase(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
