import { glyphRadius, ringWidth } from '../../../webview/marks/glyph';
import { measureColour, roleColour } from '../../../webview/marks/scales';
import type { BlockSummary, Inspection } from '../../protocol/inspection';
import { element, label, muted, paper, picture, widthOf } from './drawing';

const cell = 44;
const left = 36;
const top = 40;

/** The head overview: a ring per head, size by confidence, colour by role (or by importance, where there is no parse). */
export function headsSvg(inspection: Inspection): string {
  const parts: string[] = [];
  let y = 0;
  let width = 0;
  for (const block of inspection.blocks) {
    const tokens = (block.keys === 'pair' ? inspection.pair : inspection.tokens)?.ids.length ?? 1;
    parts.push(...gridOf(block, tokens, y));
    width = Math.max(width, left + block.heads * cell + 12, 2 * left + widthOf(titleOf(block), 11));
    y += top + block.layers * cell + 28;
  }
  return picture(width, y, `Heads of ${inspection.model.name}`, parts);
}

function gridOf(block: BlockSummary, tokens: number, y: number): string[] {
  const { measures, layers, heads } = block;
  const most = Math.max(1e-12, ...(measures.importance ?? [0]).filter(Number.isFinite));
  const parts = [
    label(left, y + 22, titleOf(block), { 'text-anchor': 'start', 'font-size': 11, fill: muted }),
  ];
  for (let layer = 0; layer < layers; layer++) {
    const middle = y + top + (layers - 1 - layer + 0.5) * cell;
    parts.push(label(left - 14, middle + 4, String(layer), { fill: muted, 'font-size': 11 }));
    for (let head = 0; head < heads; head++) {
      const at = layer * heads + head;
      const colour = hasRoles(block)
        ? roleColour(measures.semantic?.[at] ?? 0, measures.syntactic?.[at] ?? 0, paper.kind)
        : measureColour((measures.importance?.[at] ?? 0) / most, paper.kind);
      parts.push(
        glyph(
          left + (head + 0.5) * cell,
          middle,
          measures.confidence?.[at] ?? 0,
          colour,
          edgesOf(block, at),
          tokens,
        ),
      );
    }
  }
  for (let head = 0; head < heads; head++)
    parts.push(
      label(left + (head + 0.5) * cell, y + top + layers * cell + 14, String(head), {
        fill: muted,
        'font-size': 11,
      }),
    );
  return parts;
}

function hasRoles({ measures }: BlockSummary): boolean {
  return measures.semantic !== undefined && measures.syntactic !== undefined;
}

function titleOf(block: BlockSummary): string {
  return `${block.name} · size: confidence · colour: ${hasRoles(block) ? 'semantic (red) to syntactic (blue)' : 'importance'}`;
}

function edgesOf(
  { thumbnails: { edges, weights, perHead } }: BlockSummary,
  head: number,
): [number, number, number][] {
  return Array.from({ length: perHead }, (_, k) => {
    const at = head * perHead + k;
    return [edges[2 * at], edges[2 * at + 1], weights[at] / 255];
  });
}

/** A ring, and in it the head's strongest edges between tokens on a circle, the first at the top. */
function glyph(
  x: number,
  y: number,
  confidence: number,
  colour: string,
  edges: readonly [number, number, number][],
  tokens: number,
): string {
  const outer = glyphRadius(confidence, cell);
  const ring = ringWidth(confidence, cell);
  const radius = outer - ring - 2;
  const place = (token: number): [number, number] => {
    const angle = (2 * Math.PI * token) / tokens - Math.PI / 2;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  };
  const lines = edges
    .filter(([query, key, weight]) => weight > 0 && query !== key)
    .map(([query, key, weight]) => {
      const [x1, y1] = place(query);
      const [x2, y2] = place(key);
      return element('line', { x1, y1, x2, y2, 'stroke-opacity': Math.min(1, weight) });
    });
  return element(
    'g',
    {},
    element('circle', {
      cx: x,
      cy: y,
      r: outer - ring / 2,
      fill: 'none',
      stroke: colour,
      'stroke-width': ring,
    }),
    element('g', { stroke: paper.foreground, 'stroke-width': 0.6 }, ...(lines.length > 0 ? lines : [''])),
  );
}
