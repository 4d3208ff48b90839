import { element, setText, svgElement } from '../../element';
import type { ViewStore } from '../../store';

/** What is running, as a thin line that never moves the page, and what went wrong, above the last picture. */
export class Status {
  readonly line = element('div', 'progress-line');
  readonly banner = element('div', 'failure');
  readonly message = element('div', 'progress-message');
  readonly #bar = element('div', 'progress-bar');
  readonly #sentence = element('span', 'failure-sentence');

  constructor() {
    this.line.append(this.#bar);
    this.line.role = 'progressbar';
    this.line.ariaLabel = 'Progress';
    this.message.role = 'status';
    this.banner.role = 'alert';
    this.banner.append(warningSign(), this.#sentence);
  }

  draw({ busy, failure, inspection }: Pick<ViewStore, 'busy' | 'failure' | 'inspection'>): void {
    this.line.classList.toggle('running', busy !== undefined);
    this.line.ariaHidden = String(busy === undefined);
    this.#bar.classList.toggle('unknown', busy?.fraction === undefined);
    this.#bar.style.width = busy?.fraction === undefined ? '' : `${Math.round(busy.fraction * 100)}%`;
    if (busy?.fraction === undefined) this.line.removeAttribute('aria-valuenow');
    else this.line.ariaValueNow = String(Math.round(busy.fraction * 100));
    setText(this.message, busy?.message ?? '');
    this.message.hidden = busy === undefined || inspection === undefined;
    this.banner.hidden = failure === undefined;
    setText(this.#sentence, failure ?? '');
  }
}

function warningSign(): SVGSVGElement {
  return svgElement(
    'svg',
    { width: 16, height: 16, viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    svgElement('path', {
      d: 'M8 1.8 15 14H1L8 1.8Z M8 6.2v4 M8 11.6v1',
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 1.2,
      'stroke-linejoin': 'round',
    }),
  );
}
