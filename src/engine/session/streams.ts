import type { SiteTable } from '../sites/site';
import { UserError } from '../errors';
import type { BlockName } from '../../protocol/inspection';

/** The stack whose embeddings a token row feeds, of those that the model has. */
export function streamOf(row: 'tokens' | 'pair', streams: Iterable<BlockName>): BlockName | undefined {
  const known = new Set(streams);
  const order: readonly BlockName[] = row === 'pair' ? ['decoder'] : ['self', 'encoder', 'text', 'vision'];
  return order.find((stream) => known.has(stream));
}

/**
 * The stack that the answer is read from, and the end of its residual stream, before the final norm.
 * @throws UserError where there is no final norm to the stack: its layers are normalised one by one, and none of them writes straight into the answer
 */
export function mainStream({ finalNorms }: SiteTable, model: string): readonly [BlockName, string] {
  for (const stack of ['self', 'decoder'] as const) {
    const norm = finalNorms.get(stack);
    if (norm !== undefined) return [stack, norm.input];
  }
  throw new UserError(
    `Direct logit attribution is for models whose layers add up to one residual stream with a norm at its end; “${model}” normalises after each layer, or has several streams. Choose the ablation effect, which every model has.`,
    'model',
  );
}
