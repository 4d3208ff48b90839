import type { Pen } from './pen';

/** One head as a small picture: a ring, and in it the head's strongest edges as a radial graph. */
export interface Glyph {
  /** Centre and size of the square that the glyph lies in, in CSS pixels. */
  readonly x: number;
  readonly y: number;
  readonly size: number;
  /** Where the measure on the radius lies in its domain, 0 to 1; NaN: the head has no such number. */
  readonly magnitude: number;
  readonly colour: string;
  readonly edges: GlyphEdges;
}

/** Strongest edges of one head; see `Thumbnails` of the protocol. */
export interface GlyphEdges {
  /** [K, 2] query and key token. */
  readonly edges: Uint16Array;
  /** [K] weight, 255 = 1; 0 where there are fewer edges. */
  readonly weights: Uint8Array;
  /** Tokens on the circle. */
  readonly tokens: number;
}

/** Free pixels between the largest ring and the edge of its square: room for the frame of the selection. */
const margin = 2.5;
/** A head of magnitude 0 keeps a ring, so that its graph can still be seen. */
const smallest = 0.4;
/** Opaque edges per pixel of radius that can still be told apart. */
const inkPerPixel = 1.1;

/** Outer radius in CSS pixels; grows linearly with the magnitude. */
export function glyphRadius(magnitude: number, size: number): number {
  const largest = size / 2 - margin;
  return largest * (smallest + (1 - smallest) * clamp(magnitude));
}

/** Thickness of the ring in CSS pixels; grows linearly with the magnitude. */
export function ringWidth(magnitude: number, size: number): number {
  const largest = size / 2 - margin;
  return Math.max(1, largest * (0.08 + 0.16 * clamp(magnitude)));
}

/** Draws a glyph. @param ink colour of the edges */
export function drawGlyph(context: Pen, glyph: Glyph, ink: string): void {
  const { x, y, size, magnitude, colour, edges } = glyph;
  if (Number.isNaN(magnitude)) {
    context.fillStyle = ink;
    context.globalAlpha = 0.35;
    context.beginPath();
    context.arc(x, y, 1.5, 0, 2 * Math.PI);
    context.fill();
    context.globalAlpha = 1;
    return;
  }
  const outer = glyphRadius(magnitude, size);
  const width = ringWidth(magnitude, size);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.arc(x, y, outer - width / 2, 0, 2 * Math.PI);
  context.stroke();
  drawEdges(context, edges, x, y, outer - width - 0.75, ink);
}

/** How much of a struck glyph is left: it can still be recognised, and is not taken for one that is on. */
const leftOfStruck = 0.3;

/** Fades the glyph that was drawn in a square and strikes it out: the head is off. @param ink colour of the stroke */
export function strikeGlyph(
  context: Pen,
  { x, y, size }: Pick<Glyph, 'x' | 'y' | 'size'>,
  ink: string,
): void {
  context.save();
  // Takes away from what is there instead of covering it, so that any background shows.
  context.globalCompositeOperation = 'destination-out';
  context.globalAlpha = 1 - leftOfStruck;
  context.fillRect(x - size / 2, y - size / 2, size, size);
  context.restore();
  const reach = (size / 2 - margin) * Math.SQRT1_2;
  context.strokeStyle = ink;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x - reach, y + reach);
  context.lineTo(x + reach, y - reach);
  context.stroke();
}

/**
 * The radial graph: the first token at the top, the others clockwise. Opacity is relative to the head's strongest edge;
 * how strong that one is, the ring says. Edges bend towards the centre, so that neighbours and fans can be told apart.
 */
function drawEdges(
  context: Pen,
  { edges, weights, tokens }: GlyphEdges,
  x: number,
  y: number,
  radius: number,
  ink: string,
): void {
  if (radius < 2.5 || tokens < 2) return;
  const strongest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  if (strongest === 0) return;
  context.strokeStyle = ink;
  context.fillStyle = ink;
  context.lineWidth = radius > 16 ? 1 : 0.75;
  const opacities = Array.from(weights, (weight) => (weight / strongest) ** 1.5);
  // Heads that look everywhere would become a white disc: all edges share the ink that the circle can bear.
  const share = Math.min(1, (inkPerPixel * radius) / opacities.reduce((sum, opacity) => sum + opacity, 0));
  weights.forEach((weight, k) => {
    if (weight === 0) return;
    const query = edges[2 * k];
    const key = edges[2 * k + 1];
    context.globalAlpha = 0.04 + 0.75 * share * opacities[k];
    const [x1, y1] = onCircle(query, tokens, radius);
    if (query === key) {
      context.beginPath();
      context.arc(x + x1 * 0.94, y + y1 * 0.94, radius > 16 ? 1.4 : 0.9, 0, 2 * Math.PI);
      context.fill();
      return;
    }
    const [x2, y2] = onCircle(key, tokens, radius);
    const pull = 0.35;
    context.beginPath();
    context.moveTo(x + x1, y + y1);
    context.quadraticCurveTo(x + ((x1 + x2) / 2) * pull, y + ((y1 + y2) / 2) * pull, x + x2, y + y2);
    context.stroke();
  });
  context.globalAlpha = 1;
}

function onCircle(token: number, tokens: number, radius: number): [number, number] {
  const angle = (2 * Math.PI * token) / tokens - Math.PI / 2;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
