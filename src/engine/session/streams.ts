import type { BlockName } from '../../protocol/inspection';

/** The stack whose embeddings a token row feeds, of those that the model has. */
export function streamOf(row: 'tokens' | 'pair', streams: Iterable<BlockName>): BlockName | undefined {
  const known = new Set(streams);
  const order: readonly BlockName[] = row === 'pair' ? ['decoder'] : ['self', 'encoder', 'text', 'vision'];
  return order.find((stream) => known.has(stream));
}
