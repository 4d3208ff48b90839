import type { Highlight, PictureEvents } from './picture';

/**
 * Mouse and keyboard of a picture, by delegation: words are `[data-slot]`, arcs `[data-left][data-right]`, chevrons
 * `[data-fold]`. Arrow keys move the focus from word to word, which is the toolbar pattern of ARIA: one word is in the
 * tab order.
 */
export function listen(
  svg: SVGSVGElement,
  events: PictureEvents & { /** Another word became the one in the tab order. */ focus(slot: number): void },
  slots: () => number,
  focusSlot: (slot: number) => void,
): void {
  svg.addEventListener('pointerover', (event) => events.hover(highlightAt(event.target)));
  svg.addEventListener('pointerleave', () => events.hover(undefined));
  svg.addEventListener('focusin', (event) => {
    const slot = slotAt(event.target);
    if (slot === undefined) return;
    events.focus(slot);
    events.hover({ slot });
  });
  svg.addEventListener('focusout', () => events.hover(undefined));
  svg.addEventListener('click', (event) => {
    const sentence = elementAt(event.target, '[data-fold]')?.getAttribute('data-fold');
    if (sentence) return events.fold(Number(sentence));
    const slot = slotAt(event.target);
    if (slot !== undefined) events.reveal(slot);
  });
  svg.addEventListener('dblclick', (event) => {
    const slot = slotAt(event.target);
    if (slot !== undefined) events.open(slot);
  });
  svg.addEventListener('contextmenu', (event) => {
    const target = elementAt(event.target, '[data-slot], [data-left]');
    const highlight = highlightAt(event.target);
    if (!highlight || !(target instanceof SVGElement)) return;
    event.preventDefault();
    events.edit(highlight, target);
  });
  svg.addEventListener('keydown', (event) => {
    const sentence = elementAt(event.target, '[data-fold]')?.getAttribute('data-fold');
    if (sentence && isActivation(event.key)) {
      event.preventDefault();
      return events.fold(Number(sentence));
    }
    const slot = slotAt(event.target);
    if (slot === undefined) return;
    const next = step(event.key, slot, slots());
    if (next !== undefined) focusSlot(next);
    else if (event.key === 'Enter') events.reveal(slot);
    else if (event.key === ' ') events.open(slot);
    else if (event.key === 'e' || event.key === 'E') {
      const word = elementAt(event.target, '[data-slot]');
      if (word instanceof SVGElement) events.edit({ slot }, word);
    } else if (event.key === 'Escape') events.hover(undefined);
    else return;
    event.preventDefault();
  });
}

function isActivation(key: string): boolean {
  return key === 'Enter' || key === ' ';
}

/** The slot to go to with a key, or undefined where the key moves nothing. */
export function step(key: string, from: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return Math.min(count - 1, from + 1);
    case 'ArrowLeft':
    case 'ArrowUp':
      return Math.max(0, from - 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

function elementAt(target: EventTarget | null, selector: string): Element | undefined {
  return target instanceof Element ? (target.closest(selector) ?? undefined) : undefined;
}

function slotAt(target: EventTarget | null): number | undefined {
  const slot = elementAt(target, '[data-slot]')?.getAttribute('data-slot');
  return slot ? Number(slot) : undefined;
}

function highlightAt(target: EventTarget | null): Highlight | undefined {
  const slot = slotAt(target);
  if (slot !== undefined) return { slot };
  const arc = elementAt(target, '[data-left]');
  if (!arc) return undefined;
  return {
    left: Number(arc.getAttribute('data-left')),
    right: Number(arc.getAttribute('data-right')),
    above: arc.closest('.dependency-links') !== null,
  };
}
