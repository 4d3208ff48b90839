import { headMeasures } from '../../../src/engine/measures/definitions';
import type { BlockSummary, HeadMeasureName, HeadRef, Inspection } from '../../../src/protocol/inspection';
import { signedDigits, twoDigits } from '../../../src/protocol/numbers';
import { element } from '../../element';
import { headName, sameHead } from '../../marks/names';
import { measureColour } from '../../marks/scales';
import type { Theme } from '../../marks/theme';
import type { Tooltip } from '../../marks/tooltip';
import { measureDomain, measureOf, presentMeasures, shareOf, withUnit } from '../heads/encoding';
import { cellSize, HeadGrid } from '../heads/grid';
import { changedHeads, measureChange, type CommonBlock } from './changes';
import { changeColour, changeLegend, type SideName } from './paints';

/** Room for the numbers of layers beside a grid. */
const axis = 26;
/** Heads that are listed beside the grid. */
const listed = 12;

/** A grid of glyphs that belongs to the comparison: nothing is switched off in it. */
class Grid {
  readonly element;
  readonly #grid: HeadGrid;
  readonly #tooltip: Tooltip;
  #say: (head: HeadRef) => string = () => '';

  constructor(tooltip: Tooltip, choose: (head: HeadRef) => void) {
    this.#tooltip = tooltip;
    this.#grid = new HeadGrid({
      choose: (head) => choose(head),
      point: (head, cell) => this.#tooltip.show(cell, [element('p', 'tooltip-text', this.#say(head))]),
      leave: () => this.#tooltip.hide(),
      toggle: () => undefined,
    });
    this.element = element('div', 'head-scroller', this.#grid.element);
  }

  draw(
    inspection: Inspection,
    block: BlockSummary,
    width: number,
    theme: Theme,
    countFrom: 0 | 1,
    look: (head: HeadRef) => { readonly colour: string; readonly magnitude: number; readonly said: string },
  ): void {
    this.#say = (head) => look(head).said;
    this.#grid.draw(
      {
        inspection,
        block,
        theme,
        countFrom,
        look,
        label: this.#say,
        isOff: (head) => inspection.ablated?.some((off) => sameHead(off, head)) === true,
        isFixed: true,
      },
      cellSize(width - axis, block.heads, 1),
    );
  }

  mark(head: HeadRef | undefined): void {
    this.#grid.mark(head, [], () => '');
  }
}

/** All heads of a block: how a measure has changed from A to B, or A and B side by side where they cannot be subtracted. */
export class OverviewPart {
  readonly element = element('div', 'compare-overview');
  readonly #grids: Readonly<Record<'change' | SideName, Grid>>;
  readonly #legend = element('div', 'legends');
  readonly #most = element('ol', 'ranking-list');
  readonly #choose: (head: HeadRef) => void;
  #entries: { readonly head: HeadRef; readonly button: HTMLElement }[] = [];

  constructor(tooltip: Tooltip, choose: (head: HeadRef) => void) {
    this.#choose = choose;
    this.#grids = {
      change: new Grid(tooltip, choose),
      a: new Grid(tooltip, choose),
      b: new Grid(tooltip, choose),
    };
  }

  /** One grid of B − A. */
  drawChange(
    block: CommonBlock,
    inspection: Inspection,
    name: HeadMeasureName,
    theme: Theme,
    countFrom: 0 | 1,
  ): void {
    const changes = measureChange(block, name);
    const largest = changes.reduce((most, by) => (Math.abs(by) > most ? Math.abs(by) : most), 0);
    const { unit } = headMeasures[name];
    const grid = this.#grids.change;
    const main = element('div', 'compare-change', grid.element, this.#legend);
    const title = element('h3', 'section-title', 'Changed most');
    this.element.replaceChildren(main, element('div', 'compare-most', title, this.#most));
    grid.draw(inspection, block.b, main.clientWidth, theme, countFrom, (head) => {
      const by = changes[head.layer * block.b.heads + head.head];
      const share = largest > 0 ? by / largest : Number.isNaN(by) ? NaN : 0;
      return {
        colour: changeColour(share, theme),
        magnitude: Math.abs(share),
        said: changeWords(head, block, name, by, countFrom),
      };
    });
    this.#legend.replaceChildren(changeLegend(twoDigits(largest), unit, theme));
    this.#rank(block, name, theme, countFrom);
  }

  /** Two grids on one scale. */
  drawBoth(
    sides: Readonly<Record<SideName, { readonly inspection: Inspection; readonly block: BlockSummary }>>,
    wanted: HeadMeasureName,
    theme: Theme,
    countFrom: 0 | 1,
  ): void {
    const both = (['a', 'b'] as const).map((side) => {
      const { inspection, block } = sides[side];
      const title = `${side.toUpperCase()}: ${block.layers} layers × ${block.heads} heads of ${inspection.model.name}`;
      return element(
        'section',
        'compare-side',
        element('h3', 'side-title', title),
        this.#grids[side].element,
      );
    });
    this.element.replaceChildren(element('div', 'compare-sides', ...both));
    const width = both[0].clientWidth;
    for (const side of ['a', 'b'] as const) {
      const { inspection, block } = sides[side];
      const name = presentMeasures(block).find((one) => one === wanted) ?? 'confidence';
      const domain = measureDomain(block, name);
      this.#grids[side].draw(inspection, block, width, theme, countFrom, (head) => {
        const value = measureOf(block, name, head);
        const share = shareOf(value, domain);
        return {
          colour: measureColour(share, theme.kind),
          magnitude: share,
          said: `Head ${headName(head, countFrom)} of ${side.toUpperCase()}: ${headMeasures[name].label.toLowerCase()} ${withUnit(name, value)}`,
        };
      });
    }
  }

  mark(head: HeadRef | undefined): void {
    for (const grid of Object.values(this.#grids)) grid.mark(head);
    for (const { head: other, button } of this.#entries)
      button.setAttribute('aria-pressed', String(head !== undefined && sameHead(head, other)));
  }

  /** The heads that changed most, as buttons: a ring among hundreds is easily overlooked. */
  #rank(block: CommonBlock, name: HeadMeasureName, theme: Theme, countFrom: 0 | 1): void {
    const changed = changedHeads(block, name).slice(0, listed);
    const largest = changed.reduce((most, { a, b }) => Math.max(most, Math.abs(b - a)), 0) || 1;
    this.#entries = changed.map(({ head, a, b }) => {
      const bar = element('span', 'rank-bar');
      bar.style.width = `${Math.round((100 * Math.abs(b - a)) / largest)}%`;
      bar.style.backgroundColor = changeColour((b - a) / largest, theme);
      const value = element('span', 'rank-value', signedDigits(b - a));
      const button = element(
        'button',
        'rank',
        element('span', 'rank-name', headName({ ...head, block: 'self' }, countFrom)),
        value,
        bar,
      );
      button.type = 'button';
      button.title = changeWords(head, block, name, b - a, countFrom);
      button.addEventListener('click', () => this.#choose(head));
      return { head, button };
    });
    this.#most.replaceChildren(...this.#entries.map(({ button }) => element('li', '', button)));
  }
}

function changeWords(
  head: HeadRef,
  { a, b }: CommonBlock,
  name: HeadMeasureName,
  by: number,
  countFrom: 0 | 1,
): string {
  const values = [a, b].map((block) => withUnit(name, measureOf(block, name, head)));
  return `Head ${headName(head, countFrom)}: ${headMeasures[name].label.toLowerCase()} ${values[0]} in A, ${values[1]} in B, ${signedDigits(by)}`;
}
