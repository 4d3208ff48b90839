/** How often the overview is enlarged, from all of it in view to a single head that can be studied. */
export const zoomSteps = [1, 1.4, 2, 2.8, 4];

export interface ZoomEvents {
  /** @param at the point that is to stay where it is, in pixels of the window; default: the middle of what is in view */
  zoom(steps: number, at?: { readonly x: number; readonly y: number }): void;
  reset(): void;
}

/**
 * Zoom by control and the wheel, by + − and 0, and by a double click, which shows all again; pan by dragging. Wheel and
 * trackpad alone scroll, as they do everywhere.
 * @param scroller what the overview scrolls in
 */
export function enableZoom(scroller: HTMLElement, { zoom, reset }: ZoomEvents): void {
  scroller.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1 : -1, { x: event.clientX, y: event.clientY });
    },
    { passive: false },
  );
  scroller.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = { '+': () => zoom(1), '=': () => zoom(1), '-': () => zoom(-1), '0': reset }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  scroller.addEventListener('dblclick', () => reset());
  enableDragging(scroller);
}

/** Pixels after which a press is a drag. */
const threshold = 5;

function enableDragging(scroller: HTMLElement): void {
  let start: { x: number; y: number; left: number; top: number } | undefined;
  let isDragged = false;
  scroller.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    start = { x: event.clientX, y: event.clientY, left: scroller.scrollLeft, top: scroller.scrollTop };
    isDragged = false;
  });
  scroller.addEventListener('pointermove', (event) => {
    if (!start || event.buttons === 0) return;
    const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
    if (!isDragged && Math.hypot(dx, dy) < threshold) return;
    const canScroll =
      scroller.scrollWidth > scroller.clientWidth || scroller.scrollHeight > scroller.clientHeight;
    if (!canScroll) return;
    if (!isDragged) scroller.setPointerCapture(event.pointerId);
    isDragged = true;
    scroller.scrollTo(start.left - dx, start.top - dy);
  });
  for (const end of ['pointerup', 'pointercancel']) {
    scroller.addEventListener(end, () => {
      start = undefined;
    });
  }
  // The end of a drag is a click on whatever lies there, which is not meant.
  scroller.addEventListener(
    'click',
    (event) => {
      if (!isDragged) return;
      isDragged = false;
      event.stopPropagation();
      event.preventDefault();
    },
    { capture: true },
  );
}

/**
 * Keeps a point of the content where it is while its size changes.
 * @param change changes the size
 */
export function keepPoint(
  scroller: HTMLElement,
  content: HTMLElement,
  at: { readonly x: number; readonly y: number } | undefined,
  change: () => void,
): void {
  const view = scroller.getBoundingClientRect();
  const x = at?.x ?? view.left + view.width / 2;
  const y = at?.y ?? view.top + view.height / 2;
  const before = content.getBoundingClientRect();
  const share = {
    x: (x - before.left) / Math.max(1, before.width),
    y: (y - before.top) / Math.max(1, before.height),
  };
  change();
  const after = content.getBoundingClientRect();
  scroller.scrollLeft += after.left + share.x * after.width - x;
  scroller.scrollTop += after.top + share.y * after.height - y;
}
