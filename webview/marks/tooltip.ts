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

  /**
   * Shows `content` below or above `anchor`, and as its description for screen readers. With `beside`, an element that is not to
   * be covered, it stands at the right of that where there is room.
   */
  show(anchor: Element, content: readonly (Node | string)[], beside?: Element): void {
    this.#release();
    this.#anchor = anchor;
    anchor.setAttribute('aria-describedby', this.#id);
    this.#box.replaceChildren(...content);
    this.#box.hidden = false;
    const { left, top } = placeTooltip(
      anchor.getBoundingClientRect(),
      this.#box.getBoundingClientRect(),
      { width: document.documentElement.clientWidth, height: document.documentElement.clientHeight },
      beside?.getBoundingClientRect(),
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

type Edges = Pick<DOMRect, 'left' | 'right' | 'top' | 'bottom'>;

/**
 * Where a tooltip stands, in CSS pixels of the window and always inside it: at the right of `beside` where it fits there,
 * else below the anchor, or above where there is no room below.
 */
export function placeTooltip(
  anchor: Edges,
  box: Size,
  window: Size,
  beside?: Edges,
): { readonly left: number; readonly top: number } {
  const inside = (start: number, length: number, whole: number): number =>
    Math.max(gap, Math.min(start, whole - length - gap));
  if (beside && beside.right + gap + box.width + gap <= window.width) {
    const top = (anchor.top + anchor.bottom - box.height) / 2;
    return { left: beside.right + gap, top: inside(top, box.height, window.height) };
  }
  const left = (anchor.left + anchor.right - box.width) / 2;
  const below = anchor.bottom + gap;
  const above = anchor.top - gap - box.height;
  const fits = below + box.height + gap <= window.height;
  const top = fits || above < gap ? below : above;
  return { left: inside(left, box.width, window.width), top: inside(top, box.height, window.height) };
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
  const show = (): void => tooltip.show(anchor, content());
  const hide = (): void => tooltip.hide();
  anchor.addEventListener('pointerenter', show);
  anchor.addEventListener('pointerleave', hide);
  anchor.addEventListener('focus', show);
  anchor.addEventListener('blur', hide);
  anchor.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
  });
}
