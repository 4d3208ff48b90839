import { px } from './links';

/** Two different places of a row, `left < right`, that an arc joins. */
export interface Span {
  readonly left: number;
  readonly right: number;
}

/** Where an arc touches its two ends, as offsets in pixels from their middles. */
export interface Ports {
  readonly left: Float64Array;
  readonly right: Float64Array;
}

/** Shortest first, then from left to right, so that equal pictures get equal lanes. */
function byLength(spans: readonly Span[]): number[] {
  const length = (i: number) => spans[i].right - spans[i].left;
  return spans
    .map((_, i) => i)
    .sort((a, b) => length(a) - length(b) || spans[a].left - spans[b].left || a - b);
}

/**
 * The lane of each arc, counted from 1: an arc lies above everything that it spans and no higher than that needs.
 * Shorter arcs are laid first, each on the skyline of the gaps between places; so arcs that nest never cross, and two
 * arcs that cross (as in a parse that is not projective) at least never share a line.
 * @param spans arcs over the places `0 .. places − 1`
 * @param places number of places in the row
 */
export function lanes(spans: readonly Span[], places: number): Uint16Array {
  const skyline = new Uint16Array(Math.max(0, places - 1));
  const lane = new Uint16Array(spans.length);
  for (const i of byLength(spans)) {
    const { left, right } = spans[i];
    let highest = 0;
    for (let gap = left; gap < right; gap++) highest = Math.max(highest, skyline[gap]);
    lane[i] = highest + 1;
    skyline.fill(lane[i], left, right);
  }
  return lane;
}

/**
 * Where arcs leave a place that several of them share. From left to right: the arcs to the left, shortest first, the
 * place's own mark (a root's stem) if it has one, the arcs to the right, longest first. In this order the stem of a
 * long arc is always outside the short arc that it spans.
 * @param room pixels that the ports of a place may take, at most
 * @param spacing pixels between two ports where there is room
 * @param marked places that keep a port in the middle for themselves
 */
export function ports(
  spans: readonly Span[],
  room: (place: number) => number,
  spacing: number,
  marked: ReadonlySet<number> = new Set(),
): Ports {
  const order = byLength(spans);
  const toLeft = new Map<number, number[]>();
  const toRight = new Map<number, number[]>();
  const add = (groups: Map<number, number[]>, place: number, arc: number) => {
    const group = groups.get(place);
    if (group) group.push(arc);
    else groups.set(place, [arc]);
  };
  for (const i of order) add(toLeft, spans[i].right, i);
  for (const i of order.reverse()) add(toRight, spans[i].left, i);

  const offsets: Ports = { left: new Float64Array(spans.length), right: new Float64Array(spans.length) };
  for (const place of new Set([...toLeft.keys(), ...toRight.keys()])) {
    const before = toLeft.get(place) ?? [];
    const after = toRight.get(place) ?? [];
    const mark = marked.has(place) ? 1 : 0;
    const count = before.length + mark + after.length;
    const step = count > 1 ? Math.min(spacing, room(place) / (count - 1)) : 0;
    // A mark stands exactly in the middle, whatever the numbers on its two sides.
    const origin = mark ? -before.length * step : (-(count - 1) / 2) * step;
    before.forEach((arc, k) => (offsets.right[arc] = origin + k * step));
    after.forEach((arc, k) => (offsets.left[arc] = origin + (before.length + mark + k) * step));
  }
  return offsets;
}

/** A wish that two places stand at least so far apart: the label of their arc must fit between them. */
export interface Distance extends Span {
  readonly pixels: number;
}

/**
 * Middles of the places of a row, packed from the left as tightly as their widths and the wished distances allow:
 * `x[i]` is the longest path from the left edge to place `i`.
 * @param widths of the places in pixels
 * @param gap pixels between two neighbours, at least; may depend on the place at the right
 */
export function pack(
  widths: ArrayLike<number>,
  gap: (right: number) => number,
  distances: readonly Distance[],
): Float64Array {
  const ending = new Map<number, Distance[]>();
  for (const wish of distances) {
    const group = ending.get(wish.right);
    if (group) group.push(wish);
    else ending.set(wish.right, [wish]);
  }
  const x = new Float64Array(widths.length);
  for (let i = 0; i < x.length; i++) {
    x[i] = widths[i] / 2;
    if (i > 0) x[i] = x[i - 1] + widths[i - 1] / 2 + gap(i) + widths[i] / 2;
    for (const wish of ending.get(i) ?? []) x[i] = Math.max(x[i], x[wish.left] + wish.pixels);
  }
  return x;
}

/** How round an arc is: half axes in pixels of the quarter ellipses at its two shoulders. */
export interface Roundness {
  readonly rx: number;
  readonly ry: number;
}

export const roundness: Roundness = { rx: 20, ry: 24 };

/**
 * SVG path of an arc: two stems with round shoulders and a flat top between them. All arcs of a picture have the same
 * shoulders: a shape moved outwards and upwards never cuts the shape that it was moved from, which is not so for
 * half ellipses of different widths.
 * @param height of the top over the baseline; negative draws the arc below it
 */
export function arcPath(x0: number, x1: number, baseline: number, height: number, round = roundness): string {
  const rx = Math.min(round.rx, Math.abs(x1 - x0) / 2) * Math.sign(x1 - x0 || 1);
  const ry = Math.min(round.ry, Math.abs(height)) * Math.sign(height || 1);
  const top = baseline - height;
  const sweep = rx * ry > 0 ? 1 : 0;
  const shoulder = `${px(Math.abs(rx))},${px(Math.abs(ry))} 0 0 ${sweep}`;
  return (
    `M${px(x0)},${px(baseline)}V${px(top + ry)}A${shoulder} ${px(x0 + rx)},${px(top)}` +
    `H${px(x1 - rx)}A${shoulder} ${px(x1)},${px(top + ry)}V${px(baseline)}`
  );
}

/**
 * Middle of a label of `width` on the top of an arc from `x0` to `x1`: as near to the wished middle as possible, inside
 * the arc, and off the stems of other arcs that pass through. Where nothing fits, the wished middle inside the arc.
 * @param stems places that the label must not touch
 * @param wish defaults to the arc's middle; the middle of its visible part, where a part is out of view
 */
export function placeLabel(
  x0: number,
  x1: number,
  width: number,
  stems: readonly number[] = [],
  wish = (x0 + x1) / 2,
): number {
  const half = width / 2;
  const low = x0 + half;
  const high = x1 - half;
  if (low > high) return (x0 + x1) / 2;
  const inside = Math.min(high, Math.max(low, wish));
  const clear = (x: number) => stems.every((stem) => Math.abs(stem - x) >= half);
  if (clear(inside)) return inside;
  const candidates = stems
    .flatMap((stem) => [stem - half, stem + half])
    .filter((x) => x >= low && x <= high && clear(x))
    .sort((a, b) => Math.abs(a - inside) - Math.abs(b - inside));
  return candidates[0] ?? inside;
}
