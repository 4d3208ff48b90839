import { headMeasures } from '../../../src/engine/measures/definitions';
import type { BlockSummary, HeadMeasureName } from '../../../src/protocol/inspection';
import { dropdown } from '../../controls';
import { element } from '../../element';
import type { ViewStore } from '../../store';
import { presentMeasure, presentMeasures } from './encoding';
import { headOrders, orderInWords, type HeadOrder } from './order';

/** How the heads of the overview are ordered: two lists to choose from, and a sentence with the way back where it is not the model's order. */
export class OrderControls {
  readonly orders;
  readonly measures;
  readonly said = element('p', 'hint order-said');
  readonly #order;
  readonly #measure;
  readonly #redraw: () => void;

  constructor(store: ViewStore, redraw: () => void) {
    this.#redraw = redraw;
    this.#order = store.viewState<HeadOrder>('heads.order', 'model');
    this.#measure = store.viewState<string>('heads.orderMeasure', 'confidence');
    this.orders = dropdown<HeadOrder>('Order of the heads', (order) => this.#choose(order));
    this.measures = dropdown('Measure that orders the heads', (measure) => {
      this.#measure.value = measure;
      redraw();
    });
  }

  get order(): HeadOrder {
    return headOrders.find(({ value }) => value === this.#order.value)?.value ?? 'model';
  }

  /** The measure that orders the heads, as far as this block has it. */
  measureOf(block: BlockSummary): HeadMeasureName | undefined {
    return presentMeasure(block, this.#measure.value, ['confidence']);
  }

  show(block: BlockSummary): void {
    const { order } = this;
    const measure = this.measureOf(block);
    this.orders.show(headOrders, order);
    const measures = presentMeasures(block).map((name) => ({ value: name, label: headMeasures[name].label }));
    this.measures.show(measures, measure ?? '');
    const by = this.measures.element.closest<HTMLElement>('.field');
    if (by) by.hidden = order === 'model';
    const words = orderInWords(order, measure);
    this.said.hidden = words === '';
    if (words === '') return;
    const back = element('button', 'link-button', 'Order of the model');
    back.type = 'button';
    back.addEventListener('click', () => this.#choose('model'));
    this.said.replaceChildren(`${words} `, back);
  }

  #choose(order: HeadOrder): void {
    this.#order.value = order;
    this.#redraw();
  }
}
