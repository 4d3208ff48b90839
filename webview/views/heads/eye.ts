import { element, svgElement } from '../../element';

/**
 * The switch of a head: one button that goes to the cell that is pointed at, focused or selected. A button in every cell would
 * be more than anyone wants to see, or to step over.
 */
export class Eye {
  readonly element = element('button', 'head-eye', eyeIcon());

  constructor(press: () => void) {
    const { element: button } = this;
    button.type = 'button';
    // The cell has the focus, and the key O.
    button.tabIndex = -1;
    button.addEventListener('mousedown', (event) => event.preventDefault());
    button.addEventListener('click', (event) => {
      event.stopPropagation();
      press();
    });
  }

  /** Moves to a cell. @param name of the head, as on screen */
  moveTo(cell: HTMLElement, name: string, isOff: boolean): void {
    const { element: button } = this;
    if (button.parentElement !== cell) cell.append(button);
    button.ariaLabel = `Switch head ${name} off`;
    button.title = isOff ? `Switch head ${name} on (O)` : `Switch head ${name} off (O)`;
    button.setAttribute('aria-pressed', String(isOff));
  }

  remove(): void {
    this.element.remove();
  }
}

function eyeIcon(): SVGSVGElement {
  const line = { fill: 'none', stroke: 'currentColor', 'stroke-width': 1.2, 'stroke-linecap': 'round' };
  return svgElement(
    'svg',
    { viewBox: '0 0 14 14', 'aria-hidden': 'true' },
    svgElement('path', { ...line, d: 'M1.5 7C4.5 2.6 9.5 2.6 12.5 7 9.5 11.4 4.5 11.4 1.5 7Z' }),
    svgElement('circle', { cx: 7, cy: 7, r: 1.7, fill: 'currentColor' }),
    svgElement('path', { ...line, class: 'eye-slash', d: 'M2.5 11.5 11.5 2.5' }),
  );
}
