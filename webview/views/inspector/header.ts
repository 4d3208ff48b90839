import type { Inspection } from '../../../src/protocol/inspection';
import { checkbox } from '../../controls';
import { element, svgElement } from '../../element';
import type { ViewContext } from '../../view';
import { productMark } from '../../marks/productMark';
import { PinButton } from './pinButton';
import { Prediction } from './prediction';

/** One line that wraps: model, prediction, live. */
export class Header {
  readonly element = element('header', 'inspector-header');
  readonly #context: ViewContext;
  readonly #model = element('button', 'model');
  readonly #prediction: Prediction;
  readonly #live;
  readonly #pin: PinButton;

  /** @param end what stands at the end of the line */
  constructor(context: ViewContext, end: readonly HTMLElement[]) {
    this.#context = context;
    const { host } = context;
    this.#model.type = 'button';
    this.#model.addEventListener('click', () => host.chooseModel());
    this.#prediction = new Prediction(host);
    this.#live = checkbox('Live', false, (live) => host.setLive(live));
    this.#live.element.title = 'Inspect again while the text is edited';
    this.#pin = new PinButton(host);
    const brand = element('div', 'brand', productMark(18));
    brand.title = 'Headlight';
    this.element.append(
      brand,
      this.#model,
      this.#prediction.element,
      element('div', 'header-end', this.#prediction.entropy, this.#live.element, this.#pin.element, ...end),
    );
  }

  drawPin(): void {
    this.#pin.draw(this.#context.store);
  }

  draw(inspection: Inspection): void {
    const { settings } = this.#context.store;
    const { name } = inspection.model;
    const isFromFile = inspection.attentionFile !== undefined;
    this.#model.title = isFromFile
      ? `Read from ${inspection.attentionFile}, with its layers × heads`
      : 'Model, with its layers × heads. Choose another';
    this.#model.disabled = isFromFile;
    this.#live.element.hidden = isFromFile || settings.canFollow === false;
    this.#model.replaceChildren(
      element('span', 'model-name', name),
      ' ',
      element('span', 'model-shape', shapeOf(inspection)),
      ...(isFromFile ? [] : [chevron()]),
    );
    this.#prediction.draw(inspection);
    this.#live.checked = settings.live;
  }
}

/** `12 × 12`: layers by heads, of all blocks that differ. */
function shapeOf({ blocks }: Inspection): string {
  return [...new Set(blocks.map(({ layers, heads }) => `${layers} × ${heads}`))].join(', ');
}

function chevron(): SVGSVGElement {
  return svgElement(
    'svg',
    { width: 10, height: 10, viewBox: '0 0 10 10', 'aria-hidden': 'true' },
    svgElement('path', {
      d: 'M2 3.5 5 6.5 8 3.5',
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 1.2,
    }),
  );
}
