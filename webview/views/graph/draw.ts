import type { Pen } from '../../marks/pen';
import { saliencyColour, textColour } from '../../marks/scales';
import type { Theme } from '../../marks/theme';
import type { GraphEdge, GraphNode } from './network';

/** How the graph lies in its window: window = position · scale + shift. */
export interface Camera {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** Everything that one frame shows. */
export interface Frame {
  readonly nodes: readonly GraphNode[];
  /** Weakest first. */
  readonly edges: readonly GraphEdge[];
  readonly camera: Camera;
  readonly hovered: GraphNode | undefined;
  readonly selected: number | undefined;
  readonly theme: Theme;
  readonly colours: { readonly out: string; readonly in: string; readonly plain: string };
  readonly fontFamily: string;
  readonly layout: 'force' | 'radial' | 'grid';
}

/** Of labels, in pixels at the picture's own scale, and on the screen at least. */
const textSize = 11;
const smallestText = 9;

/** Draws edges, then nodes, then labels; with a hovered node only its edges and the tokens at their ends stay strong. */
export function drawGraph(canvas: Pen, frame: Frame): void {
  const { nodes, edges, hovered, camera } = frame;
  canvas.save();
  canvas.translate(camera.x, camera.y);
  canvas.scale(camera.scale, camera.scale);
  const lit = new Map<GraphNode, number[]>();
  for (const edge of edges) {
    const isOut = edge.source === hovered;
    const isIn = edge.target === hovered;
    if (hovered && !isOut && !isIn) continue;
    drawEdge(
      canvas,
      edge,
      frame.layout === 'radial',
      isOut ? frame.colours.out : isIn ? frame.colours.in : frame.colours.plain,
      hovered !== undefined,
    );
    if (!hovered || edge.source === edge.target) continue;
    const other = isOut ? edge.target : edge.source;
    lit.set(other, [...(lit.get(other) ?? []), edge.weight]);
  }
  for (const node of nodes) {
    const strong = !hovered || node === hovered || lit.has(node);
    canvas.globalAlpha = strong ? 1 : 0.18;
    drawNode(canvas, node, frame);
  }
  for (const node of nodes) {
    const weights = lit.get(node);
    canvas.globalAlpha = !hovered || node === hovered || weights ? 1 : 0.18;
    drawLabel(canvas, node, weights, frame);
  }
  canvas.restore();
}

/** A curve from the query's rim to the key's, bent to one side so that an edge back is another curve. */
function drawEdge(
  canvas: Pen,
  { source, target, weight }: GraphEdge,
  towardsMiddle: boolean,
  colour: string,
  lit: boolean,
): void {
  canvas.strokeStyle = colour;
  canvas.fillStyle = colour;
  canvas.globalAlpha = lit ? 0.5 + 0.5 * weight : 0.2 + 0.8 * weight;
  canvas.lineWidth = 0.75 + 3 * weight;
  canvas.beginPath();
  if (source === target) {
    canvas.arc(source.x, source.y - source.radius - 4, 5, 0.75 * Math.PI, 2.25 * Math.PI);
    canvas.stroke();
    return;
  }
  const { bendX, bendY } = bendOf(source, target, towardsMiddle);
  const [x0, y0] = rim(source, bendX, bendY, 0);
  const head = 3.5 + 2 * weight;
  const [x1, y1] = rim(target, bendX, bendY, 1);
  const towards = Math.atan2(target.y - bendY, target.x - bendX);
  canvas.moveTo(x0, y0);
  canvas.quadraticCurveTo(bendX, bendY, x1 - head * Math.cos(towards), y1 - head * Math.sin(towards));
  canvas.stroke();
  canvas.beginPath();
  canvas.moveTo(x1, y1);
  for (const side of [0.42, -0.42]) {
    canvas.lineTo(x1 - 1.8 * head * Math.cos(towards + side), y1 - 1.8 * head * Math.sin(towards + side));
  }
  canvas.fill();
}

/** Control point of an edge's curve; on a circle edges are drawn to its middle, so that they leave the rim free. */
function bendOf(
  source: GraphNode,
  target: GraphNode,
  towardsMiddle: boolean,
): { bendX: number; bendY: number } {
  const [dx, dy] = [target.x - source.x, target.y - source.y];
  // Near neighbours are joined near the rim, far ones through the middle.
  const apart = Math.hypot(dx, dy) / Math.max(1, Math.hypot(source.x, source.y));
  const [bend, pull] = towardsMiddle ? [0.05, 1 - 0.5 * Math.min(1, apart)] : [0.14, 1];
  return {
    bendX: (pull * (source.x + target.x)) / 2 - bend * dy,
    bendY: (pull * (source.y + target.y)) / 2 + bend * dx,
  };
}

/** Where the way from a node to a point leaves the node, and `gap` pixels farther. */
function rim(node: GraphNode, x: number, y: number, gap: number): [number, number] {
  const angle = Math.atan2(y - node.y, x - node.x);
  return [node.x + (node.radius + gap) * Math.cos(angle), node.y + (node.radius + gap) * Math.sin(angle)];
}

function drawNode(canvas: Pen, node: GraphNode, { theme, hovered, selected, colours }: Frame): void {
  canvas.beginPath();
  canvas.arc(node.x, node.y, node.radius, 0, 2 * Math.PI);
  canvas.fillStyle = Number.isFinite(node.share) ? saliencyColour(node.share, theme) : theme.background;
  canvas.fill();
  const marked = node === hovered || node.token === selected;
  canvas.lineWidth = marked ? 2 : 1;
  canvas.strokeStyle = marked ? theme.foreground : colours.plain;
  canvas.stroke();
  if (typeof node.fx === 'number') {
    // A pin: the node stays where the user put it.
    canvas.beginPath();
    canvas.arc(node.x, node.y, 1.75, 0, 2 * Math.PI);
    canvas.fillStyle = textColour(
      Number.isFinite(node.share) ? saliencyColour(node.share, theme) : theme.background,
      theme,
    );
    canvas.fill();
  }
}

function drawLabel(canvas: Pen, node: GraphNode, weights: readonly number[] | undefined, frame: Frame): void {
  const { theme, hovered, layout, fontFamily } = frame;
  // Small pictures keep letters that can be read.
  const size = Math.max(textSize, smallestText / frame.camera.scale);
  canvas.font = `${node === hovered ? '600 ' : ''}${size}px ${fontFamily}`;
  canvas.fillStyle = theme.foreground;
  canvas.strokeStyle = theme.background;
  canvas.lineWidth = 3;
  canvas.lineJoin = 'round';
  const numbers = weights ? ` ${weights.map((weight) => weight.toFixed(2).replace(/^0/, '')).join(' ')}` : '';
  const text = node.label + numbers;
  const write = (x: number, y: number) => {
    canvas.strokeText(text, x, y);
    canvas.fillText(text, x, y);
  };
  canvas.textBaseline = 'middle';
  if (layout !== 'radial' || typeof node.fx === 'number') {
    canvas.textAlign = 'center';
    write(node.x, node.y + node.radius + 8);
    return;
  }
  // Along the ray, outside the circle, never on its head.
  const angle = Math.atan2(node.y, node.x);
  const flipped = Math.cos(angle) < -1e-9;
  canvas.save();
  canvas.translate(node.x, node.y);
  canvas.rotate(flipped ? angle + Math.PI : angle);
  canvas.textAlign = flipped ? 'right' : 'left';
  write(flipped ? -node.radius - 5 : node.radius + 5, 0);
  canvas.restore();
}
