import type { HeadRef } from '../../../src/protocol/inspection';
import { twoDigits } from '../../../src/protocol/numbers';
import type { Tensor } from '../../../src/protocol/tensor';
import { AttentionCache } from '../../attention';
import { dropdown } from '../../controls';
import { element, setText } from '../../element';
import { headName } from '../../marks/names';
import { isWithinText } from '../../shownHeads';
import { weightSlider } from '../../slider';
import type { CreateView, ViewContext } from '../../view';
import { createAttention } from '../attention/attention';
import { createDependencies } from '../dependencies/dependencies';
import { measureTexts } from '../dependencies/textWidth';
import { createMatrix } from '../matrix/matrix';
import type { Column } from './alignment';
import { edgeChanges, type Pair } from './changes';
import { edgeSentence } from './describe';
import { differenceLegend, drawDifference, labelOf, type ColumnWords } from './differenceArcs';
import type { PointedUnit } from './saliencyPart';
import { Twins, type TwinsEvents } from './twins';

type Mode = 'dependencies' | 'attention' | 'matrix' | 'difference';

const views: Readonly<Record<Exclude<Mode, 'difference'>, CreateView>> = {
  dependencies: createDependencies,
  attention: createAttention,
  matrix: createMatrix,
};

const modes: readonly { readonly value: Mode; readonly label: string }[] = [
  { value: 'dependencies', label: 'Dependencies, side by side' },
  { value: 'attention', label: 'Attention, side by side' },
  { value: 'matrix', label: 'Matrix, side by side' },
  { value: 'difference', label: 'Difference B − A' },
];

/** Changes that are drawn at once: more cannot be told apart. */
const mostArcs = 60;
/** Smaller changes are rounding. */
const smallest = 0.005;

/** One head in both inspections: the same view twice, or the difference of its attention on the words they have in common. */
export class DetailPart {
  readonly element: HTMLElement;
  readonly #context: ViewContext;
  readonly #mode;
  readonly #least;
  readonly #twins: Twins;
  readonly #title = element('h2', 'section-title');
  readonly #modes = dropdown<Mode>('How the head is shown', (mode) => {
    this.#mode.value = mode;
    this.#show();
  });
  readonly #threshold;
  readonly #picture = element('div', 'difference-picture');
  readonly #sentence = element('p', 'difference-said');
  readonly #difference: HTMLElement;
  readonly #texts;
  readonly #caches: { a: AttentionCache; b: AttentionCache };
  #shown: { readonly pair: Pair; readonly columns: readonly Column[]; readonly head: HeadRef } | undefined;
  #drawing = 0;

  constructor(context: ViewContext, events: TwinsEvents) {
    this.#context = context;
    const { store, host } = context;
    this.#mode = store.viewState<Mode>('compare.mode', 'dependencies');
    this.#least = store.viewState('compare.least', 0.1);
    this.#twins = new Twins(context, events);
    this.#caches = {
      a: new AttentionCache(host, () => this.#shown?.pair.a.id),
      b: new AttentionCache(host, () => this.#shown?.pair.b.id),
    };
    this.#threshold = weightSlider('Least change that is drawn', (least) => {
      this.#least.value = Math.max(smallest, least);
      void this.#drawDifference();
    });
    this.#sentence.role = 'status';
    this.#difference = element('div', 'difference', differenceLegend(), this.#picture, this.#sentence);
    this.element = element(
      'section',
      'compare-section',
      element('div', 'section-head', this.#title, this.#modes.element, this.#threshold.element),
      this.#difference,
      this.#twins.element,
    );
    this.element.ariaLabel = 'The selected head';
    this.#texts = measureTexts(this.#picture);
  }

  /** @param columns the words of both texts in one row */
  draw(pair: Pair, columns: readonly Column[], head: HeadRef | undefined): void {
    this.element.hidden = head === undefined;
    this.#shown = head && { pair, columns, head };
    this.#show();
  }

  point(unit: PointedUnit | undefined): void {
    if (unit) this.#twins.point(unit.side, unit.token);
    else this.#twins.point('a', undefined);
  }

  dispose(): void {
    this.#twins.dispose();
  }

  #show(): void {
    if (!this.#shown) return;
    const { pair, head } = this.#shown;
    const { countFrom } = this.#context.store.settings;
    const canSubtract = [pair.a, pair.b].every((inspection) =>
      inspection.blocks.some((block) => block.name === head.block && isWithinText(block)),
    );
    const offered = modes.filter(({ value }) => value !== 'difference' || canSubtract);
    const mode = offered.find(({ value }) => value === this.#mode.value)?.value ?? 'dependencies';
    setText(this.#title, `Head ${headName(head, countFrom)}`);
    this.#modes.show(offered, mode);
    const isDifference = mode === 'difference';
    this.#difference.hidden = this.#threshold.element.hidden = !isDifference;
    this.#twins.element.hidden = isDifference;
    if (isDifference) void this.#drawDifference();
    else
      this.#twins.show(views[mode], pair, head, {
        a: `A: ${pair.a.model.name}`,
        b: `B: ${pair.b.model.name}`,
      });
  }

  async #drawDifference(): Promise<void> {
    const mine = ++this.#drawing;
    if (!this.#shown) return;
    const { pair, columns, head } = this.#shown;
    this.#threshold.show(this.#least.value, `change ≥ ${twoDigits(this.#least.value)}`);
    let tensors: readonly Tensor[];
    try {
      tensors = await Promise.all([this.#caches.a.get(head, 'word'), this.#caches.b.get(head, 'word')]);
    } catch (error) {
      if (mine === this.#drawing)
        setText(this.#sentence, error instanceof Error ? error.message : String(error));
      return;
    }
    if (mine !== this.#drawing) return;
    const words = columns.map(({ a, b }): ColumnWords => ({
      a: a < 0 ? undefined : pair.a.words.text[a],
      b: b < 0 ? undefined : pair.b.words.text[b],
    }));
    const changes = edgeChanges(columns, tensors[0], tensors[1], this.#least.value);
    this.#texts.refresh();
    const drawn = changes.slice(0, mostArcs);
    const textWidth = (text: string): number => this.#texts.width(text, 'word');
    const picture = drawDifference({ columns, words, changes: drawn, textWidth });
    const labels = words.map(labelOf);
    const sentence = edgeSentence(head, changes, labels, this.#context.store.settings.countFrom);
    picture.setAttribute('aria-label', sentence);
    this.#picture.replaceChildren(picture);
    const more =
      changes.length > drawn.length ? ` The ${drawn.length} largest of ${changes.length} are drawn.` : '';
    setText(this.#sentence, sentence + more);
  }
}
