import './heads.css';
import { headMeasures } from '../../../src/engine/measures/definitions';
import {
  headMeasureNames,
  type BlockName,
  type BlockSummary,
  type FurtherHeadMeasureName,
  type HeadMeasureName,
  type HeadRef,
} from '../../../src/protocol/inspection';
import { dropdown, signButton } from '../../controls';
import { element, setText } from '../../element';
import { sameHead } from '../../marks/names';
import { headPaint } from '../../marks/relations';
import { readTheme, type Theme } from '../../marks/theme';
import { describeOnHover, Tooltip } from '../../marks/tooltip';
import { isOff, switchHead } from '../../interventions/wanted';
import { blockOf, shownHeads } from '../../shownHeads';
import { relationsOf } from '../../../src/protocol/relations';
import type { Changed } from '../../store';
import type { CreateView, View, ViewContext } from '../../view';
import { definitionTooltip, headLabel, headTooltip, relationDefinition, roleDefinition } from './describe';
import {
  type ColourChoice,
  hasRoles,
  headColour,
  isSigned,
  measureDomain,
  measureOf,
  presentMeasure,
  presentMeasures,
  sizeOf,
} from './encoding';
import { FurtherMeasures, isFurther } from './further';
import { cellSize, HeadGrid } from './grid';
import { headLegends } from './keys';
import { NumbersSource } from './numbers';
import { Ranking } from './ranking';
import { byRelation, isScoredBy, RankChoice, rankingOf } from './relationRanking';
import { placementOf } from './order';
import { OrderControls } from './orderControls';
import { enableZoom, keepPoint, zoomSteps } from './zoom';

const blockTitles: Readonly<Record<BlockName, string>> = {
  self: 'Self-attention',
  encoder: 'Encoder',
  decoder: 'Decoder',
  cross: 'Cross-attention',
  text: 'Text',
  vision: 'Vision',
};

/** The overview of all heads: a glyph each, legends, and a ranking by any measure. */
export const createHeads: CreateView = (root, context) => new HeadsView(root, context);

class HeadsView implements View {
  readonly #context: ViewContext;
  readonly #grid: HeadGrid;
  readonly #ranking: Ranking;
  readonly #further: FurtherMeasures;
  readonly #numbers: NumbersSource;
  readonly #tooltip: Tooltip;
  readonly #scroller = element('div', 'head-scroller');
  readonly #legends = element('div', 'legends');
  readonly #controls = element('div', 'head-controls');
  readonly #rankTitle = element('h3', 'section-title', 'Highest');
  readonly #blocks;
  readonly #colours;
  readonly #sizes;
  readonly #ranks;
  readonly #zoomOut;
  readonly #zoomIn;
  readonly #order: OrderControls;
  readonly #resize: ResizeObserver;
  readonly #colour;
  readonly #radius;
  readonly #rank: RankChoice;
  readonly #zoom;
  readonly #block;
  #theme: Theme = readTheme(document);
  #width = 0;
  /** Relation that was chosen when this view last looked. */
  #relation?: string;
  /** What is framed; hovering tokens changes the selection many times a second, but not this. */
  #marked = '';

  constructor(root: HTMLElement, context: ViewContext) {
    this.#context = context;
    const { store } = context;
    this.#colour = store.viewState<string>('heads.colour', 'role');
    this.#radius = store.viewState<string>('heads.radius', 'confidence');
    this.#rank = new RankChoice(store);
    this.#zoom = store.viewState('heads.zoom', 0);
    this.#block = store.viewState<string>('heads.block', '');

    this.#order = new OrderControls(store, () => this.#draw());
    const redraw = (state: { value: string }) => (value: string) => {
      state.value = value;
      this.#draw();
      this.#drawFurther();
    };
    this.#blocks = dropdown('Which attention', redraw(this.#block));
    this.#colours = dropdown('Colour of the rings', redraw(this.#colour));
    this.#sizes = dropdown('Size of the rings', redraw(this.#radius));
    this.#ranks = dropdown('Measure that ranks the heads', redraw(this.#rank));
    this.#zoomOut = signButton('−', 'Smaller', () => this.#zoomBy(-1));
    this.#zoomIn = signButton('+', 'Larger', () => this.#zoomBy(1));

    root.classList.add('heads');
    const choose = (head: HeadRef, extend: boolean): void => this.#choose(head, extend);
    this.#tooltip = new Tooltip(root);
    this.#ranking = new Ranking(choose);
    this.#further = new FurtherMeasures(context, this.#tooltip);
    this.#numbers = new NumbersSource(context, () => this.#draw());
    this.#grid = new HeadGrid({
      choose,
      point: (head, cell) => this.#point(head, cell),
      leave: () => this.#tooltip.hide(),
      toggle: (head) => {
        switchHead(context, head);
        this.#draw();
      },
    });
    this.#layOut(root);
    enableZoom(this.#scroller, {
      zoom: (steps, at) => this.#zoomBy(steps, at),
      reset: () => this.#zoomBy(-this.#zoom.value),
    });
    this.#scroller.addEventListener('scroll', this.#reveal, { passive: true });
    window.addEventListener('scroll', this.#reveal, { passive: true });
    this.#resize = new ResizeObserver(([entry]) => {
      if (Math.round(entry.contentRect.width) !== this.#width) this.#draw();
    });
    this.#resize.observe(this.#scroller);
  }

  render(changed: Changed): void {
    this.#theme = readTheme(document);
    this.#numbers.follow(changed);
    const { selection, inspection } = this.#context.store;
    const isElsewhere = selection.head !== undefined && selection.head.block !== this.#shownBlock()?.name;
    if (changed.has('selection') && isElsewhere && selection.head) this.#block.value = selection.head.block;
    const isOtherRelation = selection.relation !== this.#relation;
    this.#relation = selection.relation;
    if (isOtherRelation && inspection) this.#rank.follow(selection.relation ?? '');
    const redrawn = ['inspection', 'settings', 'asked', 'measuring'] as const;
    if (isElsewhere || isOtherRelation || redrawn.some((key) => changed.has(key))) this.#draw();
    else this.#mark();
    this.#drawFurther();
  }

  readonly #reveal = (): void => {
    this.#grid.reveal();
  };

  dispose(): void {
    window.removeEventListener('scroll', this.#reveal);
    this.#resize.disconnect();
    this.#tooltip.dispose();
  }

  #layOut(root: HTMLElement): void {
    const field = (label: string, control: HTMLElement): HTMLElement => {
      const name = element('span', 'field-label', label);
      const box = element('div', 'field', name, control);
      describeOnHover(this.#tooltip, name, () => this.#definitionOf(control));
      return box;
    };
    const title = element('h2', 'section-title', 'Heads');
    const zoom = element('div', 'zoom', this.#zoomOut, this.#zoomIn);
    this.#controls.append(
      this.#blocks.element,
      field('Colour', this.#colours.element),
      field('Size', this.#sizes.element),
      element(
        'div',
        'order-fields',
        field('Order', this.#order.orders.element),
        field('by', this.#order.measures.element),
      ),
    );
    this.#scroller.append(this.#grid.element);
    const ranking = element(
      'section',
      'ranking-section',
      element('div', 'section-head', this.#rankTitle, field('by', this.#ranks.element)),
      this.#ranking.element,
    );
    const hint = element(
      'p',
      'hint',
      'Select with a click, compare with Shift and a click, switch off with the eye or O.',
    );
    const main = element(
      'div',
      'heads-main',
      element('div', 'section-head heads-title', title, zoom),
      this.#numbers.element,
      this.#controls,
      this.#order.said,
      this.#scroller,
      this.#further.element,
      this.#legends,
    );
    root.append(element('div', 'heads-body', main, element('div', 'heads-side', ranking, hint)));
  }

  #definitionOf(control: HTMLElement): readonly (Node | string)[] {
    const block = this.#shownBlock();
    if (!block) return [];
    const chosen = this.#choices(block);
    if (control === this.#colours.element) {
      return chosen.colour === 'role' ? [roleDefinition] : definitionTooltip(chosen.colour);
    }
    const relation = this.#rankRelation(block);
    if (control === this.#ranks.element && relation !== undefined) return relationDefinition(relation);
    if (control === this.#order.orders.element)
      return ['How rows and columns are ordered. Numbers stay those of the model.'];
    const name =
      control === this.#order.measures.element
        ? chosen.order
        : control === this.#sizes.element
          ? chosen.radius
          : chosen.rank;
    return name ? definitionTooltip(name) : [];
  }

  /** What is chosen, as far as this block has it. */
  #choices(block: BlockSummary): {
    readonly colour: ColourChoice;
    readonly radius?: HeadMeasureName;
    readonly rank?: HeadMeasureName;
    readonly order?: HeadMeasureName;
  } {
    const { inspection } = this.#context.store;
    const hasRelations = inspection !== undefined && relationsOf(inspection) !== undefined;
    const wanted = this.#colour.value;
    const measure = presentMeasure(block, wanted, ['importance', 'semantic', 'confidence']);
    return {
      colour: (wanted === 'role' && hasRoles(block)) || !measure ? 'role' : measure,
      radius: presentMeasure(block, this.#radius.value, ['confidence']),
      rank: presentMeasure(block, this.#rank.measure || (hasRelations ? 'syntactic' : 'importance'), [
        'confidence',
      ]),
      order: this.#order.measureOf(block),
    };
  }

  /** Further runs are of the text: means over a data set have none. */
  #drawFurther(): void {
    const isOfText = this.#numbers.inWords === undefined;
    this.#further.element.classList.toggle('of-text', isOfText);
    this.#further.draw(this.#shownBlock(), isOfText ? this.#chosenFurther() : []);
  }

  /** Measures that are chosen and need runs of their own, whether they are there yet or not. */
  #chosenFurther(): FurtherHeadMeasureName[] {
    return [...new Set([this.#colour.value, this.#radius.value, this.#rank.value].filter(isFurther))];
  }

  #shownBlock(): BlockSummary | undefined {
    const blocks = this.#context.store.inspection?.blocks ?? [];
    const block = blocks.find(({ name }) => name === this.#block.value) ?? blocks.at(0);
    return block && this.#numbers.shown(block);
  }

  #draw(): void {
    const { inspection, settings } = this.#context.store;
    const block = this.#shownBlock();
    if (!inspection || !block) return;
    this.#width = Math.round(this.#scroller.clientWidth);
    if (this.#width === 0) return;
    const { countFrom } = settings;
    const { colour, radius, rank, order } = this.#choices(block);
    const colourOf = (head: HeadRef): string => headColour(block, colour, head, this.#theme.kind);
    const domain = radius ? measureDomain(block, radius) : ([0, 1] as const);
    const mean = this.#numbers.inWords;
    const axis = 22;
    const zoom = zoomSteps[this.#zoom.value] ?? 1;
    this.#showChoices(inspection.blocks, block, { colour, radius, rank });
    this.#order.show(block);
    const isOrdered = this.#order.order !== 'model' && order !== undefined;
    this.#scroller.classList.toggle('zoomed', zoom > 1);
    this.#grid.draw(
      {
        inspection,
        block,
        countFrom,
        theme: this.#theme,
        label: (head) => {
          const label = headLabel(block, head, countFrom, isOff(this.#context.store, head));
          return mean ? `${label}, ${mean}` : label;
        },
        isOff: (head) => isOff(this.#context.store, head),
        isFixed: inspection.attentionFile !== undefined,
        ...(isOrdered ? { placement: placementOf(inspection, block, this.#order.order, order) } : {}),
        look: (head) => ({
          colour: colourOf(head),
          magnitude: radius ? sizeOf(radius, measureOf(block, radius, head), domain) : 0.5,
        }),
      },
      cellSize(this.#width - axis, block.heads, zoom),
    );
    this.#scroller.classList.toggle('scrolls', this.#scroller.scrollWidth > this.#scroller.clientWidth);
    const relation = this.#rankRelation(block);
    setText(this.#rankTitle, !relation && rank && isSigned(rank) ? 'Largest' : 'Highest');
    const ranking = rankingOf(inspection, block, rank, relation);
    if (ranking) this.#ranking.draw({ ...ranking, countFrom, colour: colourOf });
    this.#legends.replaceChildren(...headLegends(block, colour, radius, this.#theme.kind, mean));
    this.#marked = '';
    this.#mark();
  }

  #showChoices(
    blocks: readonly BlockSummary[],
    block: BlockSummary,
    { colour, radius, rank }: { colour: ColourChoice; radius?: HeadMeasureName; rank?: HeadMeasureName },
  ): void {
    const { canMeasure } = this.#context.store.settings;
    const present = presentMeasures(block);
    const measures = headMeasureNames
      .filter((name) => present.includes(name) || (canMeasure === true && isFurther(name)))
      .map((name) => ({ value: name, label: headMeasures[name].label }));
    // What is chosen and still being measured stays chosen, while the picture shows something else.
    const chosen = (wanted: string, shown: string): string =>
      canMeasure === true && isFurther(wanted) ? wanted : shown;
    const role = { value: 'role', label: 'Semantic – syntactic' };
    this.#blocks.element.hidden = blocks.length < 2;
    this.#blocks.show(
      blocks.map(({ name }) => ({ value: name, label: blockTitles[name] })),
      block.name,
    );
    this.#colours.show(hasRoles(block) ? [role, ...measures] : measures, chosen(this.#colour.value, colour));
    this.#sizes.show(measures, chosen(this.#radius.value, radius ?? ''));
    const accuracy = { value: byRelation, label: `Finds ${this.#relation ?? ''}` };
    this.#ranks.show(
      isScoredBy(block, this.#relation) ? [accuracy, ...measures] : measures,
      this.#rankRelation(block) ? byRelation : chosen(this.#rank.measure, rank ?? ''),
    );
    this.#zoomOut.disabled = this.#zoom.value <= 0;
    this.#zoomIn.disabled = this.#zoom.value >= zoomSteps.length - 1;
  }

  /** The relation that heads are ranked by; undefined: they are ranked by a measure. */
  #rankRelation(block: BlockSummary): string | undefined {
    return this.#rank.value === byRelation && isScoredBy(block, this.#relation) ? this.#relation : undefined;
  }

  #mark(): void {
    const { inspection, selection } = this.#context.store;
    // Without a selection the other views show the head that says most: it is framed here too.
    const [head, ...compared] = inspection ? shownHeads(inspection, selection) : [];
    const key = JSON.stringify([head, compared]);
    if (key === this.#marked) return;
    this.#marked = key;
    this.#grid.mark(head, compared, headPaint);
    this.#ranking.mark(head);
  }

  #choose(head: HeadRef, extend: boolean): void {
    const { store } = this.#context;
    const [selected, ...compared] = store.inspection ? shownHeads(store.inspection, store.selection) : [];
    if (!extend || !selected) {
      store.select({ head, compared: undefined });
      return;
    }
    if (sameHead(head, selected)) return;
    const others = compared.filter((other) => !sameHead(other, head));
    const next = others.length < compared.length ? others : [...compared, head];
    store.select({ head: selected, compared: next.length > 0 ? next : undefined });
  }

  #point(head: HeadRef, cell: HTMLElement): void {
    const { inspection, settings } = this.#context.store;
    const block = inspection && blockOf(inspection, head);
    if (!block) return;
    const content = headTooltip(block, head, settings.countFrom, this.#numbers.meanOf(block));
    this.#tooltip.show(cell, content, this.#scroller);
  }

  /** @param at the point that stays where it is; default: the middle of what is in view */
  #zoomBy(steps: number, at?: { readonly x: number; readonly y: number }): void {
    const next = this.#zoom.value + steps;
    if (steps === 0 || next < 0 || next >= zoomSteps.length) return;
    keepPoint(this.#scroller, this.#grid.element, at, () => {
      this.#zoom.value = next;
      this.#draw();
    });
    this.#grid.reveal();
  }
}
