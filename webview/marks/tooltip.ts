import { element } from '../element';

/** Space between the anchor and the tooltip, and between the tooltip and the window's edge. */
const gap = 6;

/** One floating box per view, beside whatever is pointed at. It never takes the pointer or the focus. */
export class Tooltip {
  readonly #box: HTMLElement;
  readonly #id: string;
  #anchor: Element | undefined;

  constructor(parent: HTMLElement) {
    this.#id = `tooltip-${Math.random().toString(36).slice(2)}`;
    this.#box = element('div', 'tooltip');
    this.#box.id = this.#id;
    this.#box.role = 'tooltip';
    this.#box.hidden = true;
    parent.append(this.#box);
  }

  /** Shows `content` beside `anchor`, above it where there is room, and as its description for screen readers. */
  show(anchor: Element, ...content: readonly (Node | string)[]): void {
    this.#release();
    this.#anchor = anchor;
    anchor.setAttribute('aria-describedby', this.#id);
    this.#box.replaceChildren(...content);
    this.#box.hidden = false;
    const { left, top } = placeBeside(
      anchor.getBoundingClientRect(),
      this.#box.getBoundingClientRect(),
      document.documentElement.clientWidth,
      document.documentElement.clientHeight,
    );
    this.#box.style.left = `${left}px`;
    this.#box.style.top = `${top}px`;
  }

  hide(): void {
    this.#release();
    this.#box.hidden = true;
  }

  dispose(): void {
    this.hide();
    this.#box.remove();
  }

  #release(): void {
    this.#anchor?.removeAttribute('aria-describedby');
    this.#anchor = undefined;
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Below the anchor, or above where there is more room; inside the window in any case. In CSS pixels of the window. */
export function placeBeside(
  anchor: Pick<DOMRect, 'left' | 'right' | 'top' | 'bottom'>,
  box: Size,
  windowWidth: number,
  windowHeight: number,
): { readonly left: number; readonly top: number } {
  const centre = (anchor.left + anchor.right) / 2;
  const left = Math.min(Math.max(gap, centre - box.width / 2), windowWidth - box.width - gap);
  const below = anchor.bottom + gap;
  const above = anchor.top - gap - box.height;
  const fits = below + box.height + gap <= windowHeight;
  const top = fits || above < gap ? below : above;
  return { left: Math.max(gap, left), top: Math.max(gap, Math.min(top, windowHeight - box.height - gap)) };
}

/**
 * Shows a tooltip while `anchor` is pointed at or focused, and hides it with Escape, as WCAG 1.4.13 asks.
 * @param content made anew each time
 */
export function describeOnHover(
  tooltip: Tooltip,
  anchor: HTMLElement,
  content: () => readonly (Node | string)[],
): void {
  const show = (): void => tooltip.show(anchor, ...content());
  const hide = (): void => tooltip.hide();
  anchor.addEventListener('pointerenter', show);
  anchor.addEventListener('pointerleave', hide);
  anchor.addEventListener('focus', show);
  anchor.addEventListener('blur', hide);
  anchor.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
  });
}
