import { select } from 'd3';
import type { BlockSummary, HeadRef } from '../../../src/protocol/inspection';
import { dropdown } from '../../controls';
import { element } from '../../element';
import { headName, sameHead } from '../../marks/names';
import { headPaint } from '../../marks/relations';

export interface HeadBarEvents {
  /** The heads to show; the first is the selected one. */
  choose(heads: readonly HeadRef[]): void;
}

/** The choice of a layer, and a square for each of its heads in the colour of its lines. */
export class HeadBar {
  readonly element = element('div', 'head-bar');
  readonly #squares = element('div', 'head-squares');
  readonly #layers;
  readonly #events: HeadBarEvents;
  #shown: readonly HeadRef[] = [];

  constructor(events: HeadBarEvents) {
    this.#events = events;
    this.#layers = dropdown<string>('Layer', (value) => {
      const [block, layer] = value.split(' ');
      const heads = this.#shown.filter((head) => head.block === block || this.#shown.length === 1);
      const moved = heads.map((head) => ({
        ...head,
        block: block as HeadRef['block'],
        layer: Number(layer),
      }));
      events.choose(moved.filter((head, i) => moved.findIndex((other) => sameHead(other, head)) === i));
    });
    this.#squares.role = 'group';
    this.#squares.ariaLabel = 'Heads of the layer';
    this.element.append(this.#layers.element, this.#squares);
  }

  show(blocks: readonly BlockSummary[], shown: readonly HeadRef[], countFrom: 0 | 1): void {
    this.#shown = shown;
    const [first] = shown;
    this.#layers.show(
      blocks.flatMap(({ name, layers }) =>
        Array.from({ length: layers }, (_, layer) => ({
          value: `${name} ${layer}`,
          label: `${blocks.length > 1 ? `${name} ` : ''}layer ${layer + countFrom}`,
        })),
      ),
      `${first.block} ${first.layer}`,
    );
    const block = blocks.find(({ name }) => name === first.block);
    const heads = Array.from({ length: block?.heads ?? 0 }, (_, head): HeadRef => ({ ...first, head }));
    const placeOf = (head: HeadRef) => shown.findIndex((one) => sameHead(one, head));
    select(this.#squares)
      .selectAll<HTMLButtonElement, HeadRef>('button')
      .data(heads)
      .join('button')
      .attr('type', 'button')
      .attr('class', 'head-square')
      .attr('title', (head) => `Head ${headName(head, countFrom)}; with Shift: besides the others`)
      .attr('aria-label', (head) => `Head ${headName(head, countFrom)}`)
      .attr('aria-pressed', (head) => String(placeOf(head) >= 0))
      .style('--paint', (head) => (placeOf(head) >= 0 ? headPaint(placeOf(head)) : null))
      .text(({ head }) => head + countFrom)
      .on('click', (event: MouseEvent, head) =>
        this.#click(head, event.shiftKey || event.ctrlKey || event.metaKey),
      );
  }

  #click(head: HeadRef, besides: boolean): void {
    const others = this.#shown.filter((one) => !sameHead(one, head));
    if (!besides) this.#events.choose([head]);
    else if (others.length === this.#shown.length) this.#events.choose([...this.#shown, head]);
    else if (others.length > 0) this.#events.choose(others);
  }
}
