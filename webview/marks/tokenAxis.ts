import type { Pen } from './pen';

/** An axis of tokens beside or over a matrix whose cells are drawn in the same window. */
export interface TokenAxis {
  readonly labels: readonly string[];
  readonly side: 'left' | 'top';
  /** Where the matrix begins in the window, which is the room of the axis too. */
  readonly margin: number;
  /** Pixels per token. */
  readonly cell: number;
  /** Pixels by which the matrix is scrolled along the axis, and length of the window along it. */
  readonly scrolled: number;
  readonly length: number;
  /** Label that stands out and is always written; negative or undefined: none. */
  readonly pointed: number | undefined;
  readonly colour: string;
  readonly fontFamily: string;
}

/** Sizes in CSS pixels. */
export const axisMetrics = { text: 11, gap: 5, longest: 96 };

/** How many places one written label takes, so that none touches the next: 1 writes all. */
export function labelStep(cell: number, textHeight: number): number {
  return Math.max(1, Math.ceil(textHeight / cell));
}

/** Room in pixels that the longest label needs, cut at `axisMetrics.longest`. */
export function axisRoom(canvas: Pen, labels: readonly string[], fontFamily: string): number {
  canvas.font = `600 ${axisMetrics.text}px ${fontFamily}`;
  const widest = labels.reduce((most, label) => Math.max(most, canvas.measureText(label).width), 0);
  return Math.ceil(Math.min(axisMetrics.longest, widest)) + 2 * axisMetrics.gap;
}

/** Writes labels beside rows, or turned by a quarter over columns; as many as have room, and always the pointed one. */
export function drawTokenAxis(canvas: Pen, axis: TokenAxis): void {
  const { labels, side, margin, cell, scrolled, length, pointed = -1 } = axis;
  const { text: textHeight } = axisMetrics;
  const step = labelStep(cell, textHeight + 1);
  const first = Math.max(0, Math.floor(scrolled / cell / step) * step);
  const last = Math.min(labels.length - 1, Math.ceil((scrolled + length - margin) / cell));
  canvas.save();
  canvas.beginPath();
  // Half a label may stand over the corner.
  const corner = margin - textHeight / 2 - 1;
  if (side === 'left') canvas.rect(0, corner, margin, length - corner);
  else canvas.rect(corner, 0, length - corner, margin);
  canvas.clip();
  canvas.textBaseline = 'middle';
  canvas.textAlign = side === 'left' ? 'right' : 'left';
  canvas.fillStyle = axis.colour;
  for (let label = first; label <= last; label += step) {
    // A label that the pointed one would be written over gives way to it.
    if (pointed >= 0 && label !== pointed && Math.abs(label - pointed) * cell < textHeight) continue;
    writeLabel(canvas, axis, label);
  }
  if (pointed >= 0 && (pointed - first) % step !== 0) writeLabel(canvas, axis, pointed);
  canvas.restore();
}

function writeLabel(canvas: Pen, axis: TokenAxis, label: number): void {
  const { labels, side, margin, cell, scrolled, pointed = -1, fontFamily } = axis;
  const at = margin + (label + 0.5) * cell - scrolled;
  canvas.font = `${label === pointed ? '600 ' : ''}${axisMetrics.text}px ${fontFamily}`;
  canvas.globalAlpha = label === pointed || pointed < 0 ? 0.95 : 0.55;
  canvas.save();
  if (side === 'left') canvas.translate(margin - axisMetrics.gap, at);
  else {
    canvas.translate(at, margin - axisMetrics.gap);
    canvas.rotate(-Math.PI / 2);
  }
  canvas.fillText(cutTo(labels[label], margin - 2 * axisMetrics.gap, canvas), 0, 0);
  canvas.restore();
}

/** The beginning of a text that fits into a width, with an ellipsis where something is left out. */
export function cutTo(text: string, width: number, canvas: Pen): string {
  if (canvas.measureText(text).width <= width) return text;
  const letters = [...text];
  let kept = letters.length - 1;
  while (kept > 1 && canvas.measureText(`${letters.slice(0, kept).join('')}…`).width > width) kept--;
  return `${letters.slice(0, kept).join('')}…`;
}
