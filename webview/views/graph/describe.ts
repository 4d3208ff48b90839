import { twoDigits } from '../../../src/protocol/numbers';
import type { GraphEdge, GraphNode } from './network';

/** Edges of each direction that are named. */
const mostNamed = 4;

/** `fox, 0.43 of the largest saliency: attends to jumps 0.62; is attended to by the 0.31, brown 0.20` */
export function nodeInWords(node: GraphNode, edges: readonly GraphEdge[]): string {
  const listed = (own: readonly GraphEdge[], end: 'source' | 'target') =>
    own
      .toReversed()
      .slice(0, mostNamed)
      .map((edge) => `${edge[end] === node ? 'itself' : edge[end].label} ${twoDigits(edge.weight)}`)
      .join(', ');
  const out = listed(
    edges.filter(({ source }) => source === node),
    'target',
  );
  const incoming = listed(
    edges.filter(({ source, target }) => target === node && source !== node),
    'source',
  );
  const saliency = Number.isFinite(node.share) ? `, ${twoDigits(node.share)} of the largest saliency` : '';
  const parts = [out && `attends to ${out}`, incoming && `is attended to by ${incoming}`].filter(Boolean);
  return `${node.label}${saliency}: ${parts.join('; ') || 'no edge of this weight'}`;
}
