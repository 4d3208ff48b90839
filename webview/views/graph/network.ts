import type { SimulationLinkDatum, SimulationNodeDatum } from 'd3';
import type { Tensor } from '../../../src/protocol/tensor';

/** A token as a node. Positions are in pixels around the middle of the drawing. */
export interface GraphNode extends SimulationNodeDatum {
  readonly token: number;
  readonly label: string;
  readonly special: boolean;
  /** Saliency relative to the largest, −1 to 1; NaN where there is none. */
  readonly share: number;
  readonly radius: number;
  /** Width of the label in pixels. */
  readonly width: number;
  x: number;
  y: number;
  /** Set while the user holds the node in place. */
  fx?: number | null;
  fy?: number | null;
}

/** Attention from a query (source) to a key (target); both are the same node for a self-loop. */
export interface GraphEdge extends SimulationLinkDatum<GraphNode> {
  readonly source: GraphNode;
  readonly target: GraphNode;
  readonly weight: number;
}

/** Radii in pixels of the least and the most salient token: areas, not radii, grow with saliency. */
const radii = { least: 4, most: 14, unknown: 6 };

export function nodeRadius(share: number): number {
  if (!Number.isFinite(share)) return radii.unknown;
  return Math.sqrt(radii.least ** 2 + (radii.most ** 2 - radii.least ** 2) * Math.min(1, Math.abs(share)));
}

/**
 * Edges of at least the threshold between the given nodes, weakest first, so that strong ones are drawn on top.
 * @param attention [S, S]
 */
export function edgesBetween(attention: Tensor, nodes: readonly GraphNode[], threshold: number): GraphEdge[] {
  const size = attention.dims[1];
  return nodes
    .flatMap((source) =>
      nodes.flatMap((target): GraphEdge[] => {
        const weight = attention.data[source.token * size + target.token];
        return weight >= threshold && weight > 0 ? [{ source, target, weight }] : [];
      }),
    )
    .sort((a, b) => a.weight - b.weight);
}

/**
 * The threshold over which about one edge per token is left, self-loops not counted, with two significant digits,
 * rounded down.
 * @param attention [S, S]
 * @param tokens that are drawn
 */
export function telling(attention: Tensor, tokens: readonly number[]): number {
  const size = attention.dims[1];
  const weights = Float32Array.from(
    tokens.flatMap((query) =>
      tokens.filter((key) => key !== query).map((key) => attention.data[query * size + key]),
    ),
  ).sort();
  const weight = weights[Math.max(0, weights.length - tokens.length)] ?? 0;
  if (weight < 0.001) return 0;
  const scale = 10 ** (1 - Math.floor(Math.log10(weight)));
  return Math.floor(weight * scale + 1e-6) / scale;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Tokens clockwise from the top, each with as much of the circle as its node or the height of its label needs. */
export function onCircle(nodes: readonly GraphNode[]): Point[] {
  const rooms = nodes.map(({ radius }) => Math.max(16, 2 * radius + 4));
  const around = rooms.reduce((sum, room) => sum + room, 0);
  const radius = Math.max(110, around / (2 * Math.PI));
  let before = 0;
  return rooms.map((room, i) => {
    const angle = (2 * Math.PI * (before + room / 2 - rooms[0] / 2)) / around - Math.PI / 2;
    before += rooms[i];
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
  });
}

/** Tokens in lines as in the text, as many to a line as make the picture about as wide as `aspect` times its height. */
export function inGrid(nodes: readonly GraphNode[], aspect: number): Point[] {
  const cell = { width: Math.max(56, ...nodes.map(({ width }) => width + 14)), height: 58 };
  const columns = Math.max(1, Math.ceil(Math.sqrt((nodes.length * aspect * cell.height) / cell.width)));
  const rows = Math.ceil(nodes.length / columns);
  return nodes.map((_, i) => ({
    x: ((i % columns) - (Math.min(columns, nodes.length) - 1) / 2) * cell.width,
    y: (Math.floor(i / columns) - (rows - 1) / 2) * cell.height,
  }));
}

/** Where a force layout begins: a spiral in reading order, which is the same for the same text. */
export function onSpiral(nodes: readonly GraphNode[]): Point[] {
  return nodes.map((_, i) => {
    const angle = i * Math.PI * (3 - Math.sqrt(5));
    const radius = 16 * Math.sqrt(0.5 + i);
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
  });
}

/** Corners of what a node and its label take; on a circle labels stand along the rays. */
export function bounds({ x, y, radius, width }: GraphNode, onRay: boolean): Point[] {
  if (onRay) {
    const away = (radius + 8 + width) / Math.max(1, Math.hypot(x, y));
    return [
      { x: x - radius, y: y - radius },
      { x: x + radius, y: y + radius },
      { x: x * (1 + away), y: y * (1 + away) },
    ];
  }
  const half = Math.max(radius, width / 2);
  return [
    { x: x - half, y: y - radius - 10 },
    { x: x + half, y: y + radius + 16 },
  ];
}

/** Scale and shift that bring points into a window, at most twice their size. @param margin pixels around the points */
export function fit(
  points: readonly Point[],
  width: number,
  height: number,
  margin: number,
): { readonly scale: number; readonly x: number; readonly y: number } {
  if (points.length === 0) return { scale: 1, x: width / 2, y: height / 2 };
  const [left, right] = extent(points.map(({ x }) => x));
  const [top, bottom] = extent(points.map(({ y }) => y));
  const scale = Math.min(
    1.4,
    (width - 2 * margin) / Math.max(1, right - left),
    (height - 2 * margin) / Math.max(1, bottom - top),
  );
  return {
    scale: Math.max(0.1, scale),
    x: width / 2 - (scale * (left + right)) / 2,
    y: height / 2 - (scale * (top + bottom)) / 2,
  };
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}
