/** A whole grid on screen. */
export type GridBox = Pick<DOMRect, 'left' | 'top' | 'width' | 'height'>;

/** What a grid is seen through: the window, a scroller. */
export type ViewBox = Pick<DOMRect, 'left' | 'top' | 'right' | 'bottom'>;

/** A part of the grid in CSS pixels from its corner. */
export interface GridWindow {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Real pixels that are painted as a whole; larger grids are painted as far as they are in view. */
const mostPixels = 8_000_000;
/** CSS pixels beyond what is in view: a little scrolling shows no bare cells. */
const margin = 240;

/**
 * What of a grid is to be painted: all of it where it is small, else what can be seen, and a little more.
 * @param grid box of the whole grid on screen @param views boxes that it is seen through
 * @param ratio real pixels per CSS pixel
 */
export function windowOf(grid: GridBox, views: readonly ViewBox[], ratio: number): GridWindow {
  const { width, height } = grid;
  if (width * height * ratio * ratio <= mostPixels) return { left: 0, top: 0, width, height };
  return inView(grid, views, margin);
}

/** The part of a grid that can be seen at this moment. @param around CSS pixels beyond it */
export function inView(grid: GridBox, views: readonly ViewBox[], around = 0): GridWindow {
  const left = Math.max(...views.map((view) => view.left)) - grid.left - around;
  const top = Math.max(...views.map((view) => view.top)) - grid.top - around;
  const right = Math.min(...views.map((view) => view.right)) - grid.left + around;
  const bottom = Math.min(...views.map((view) => view.bottom)) - grid.top + around;
  const [x, y] = [Math.max(0, Math.floor(left)), Math.max(0, Math.floor(top))];
  return {
    left: x,
    top: y,
    width: Math.max(0, Math.min(grid.width, Math.ceil(right)) - x),
    height: Math.max(0, Math.min(grid.height, Math.ceil(bottom)) - y),
  };
}

/** Whether one window lies inside another, so that nothing needs to be painted anew. */
export function isInside(inner: GridWindow, outer: GridWindow): boolean {
  return (
    inner.left >= outer.left &&
    inner.top >= outer.top &&
    inner.left + inner.width <= outer.left + outer.width &&
    inner.top + inner.height <= outer.top + outer.height
  );
}
