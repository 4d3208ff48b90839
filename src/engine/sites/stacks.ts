import type { BlockName } from '../../protocol/inspection';
import type { LookUp } from './embeddings';
import { contentInputs, type Reading } from './reading';

/** What the division into stacks needs of an attention call. */
export interface Call {
  readonly queries: string;
  readonly keys: string;
  readonly context: string;
}

/** A residual stream with its attention calls, in the order of data flow. */
export interface Stack {
  /** Calls whose keys come from the stream itself. */
  readonly own: number[];
  /** Calls whose keys come from elsewhere. */
  readonly cross: number[];
}

export interface Division {
  readonly stacks: readonly Stack[];
  /** Per stack the stack that its cross attention reads; −1 for none, or for a graph input. */
  readonly readFrom: readonly number[];
}

/**
 * Divides attention calls into stacks by data flow alone.
 * A call is *cross* attention where its queries depend on a graph input that its keys do not know of: keys of self-attention
 * come from the same tokens. A call continues the stack of the last call that its queries depend on, unless its queries depend on an
 * input that this call knew nothing of: then another sequence begins, which merely read the former (image tokens before text).
 * @param calls in the order of data flow
 */
export function divide(reading: Reading, calls: readonly Call[]): Division {
  const upstream = callsBehind(reading, calls);
  const last = (tensor: string): number => {
    const bits = upstream.get(tensor) ?? 0n;
    return bits === 0n ? -1 : bits.toString(2).length - 1;
  };
  const stacks: Stack[] = [];
  const stackOf: number[] = [];
  const readFrom: number[] = [];
  calls.forEach((call, index) => {
    const previous = last(call.queries);
    const roots = reading.roots(call.queries);
    const continues = previous >= 0 && (roots & ~reading.roots(calls[previous].context)) === 0n;
    if (continues) stackOf[index] = stackOf[previous];
    else {
      stackOf[index] = stacks.length;
      stacks.push({ own: [], cross: [] });
      readFrom.push(-1);
    }
    const stack = stackOf[index];
    if ((roots & ~reading.roots(call.keys)) === 0n) stacks[stack].own.push(index);
    else {
      stacks[stack].cross.push(index);
      const source = last(call.keys);
      if (source >= 0) readFrom[stack] = stackOf[source];
    }
  });
  return { stacks, readFrom };
}

/** For every tensor the set of calls (one bit each) that it depends on. */
function callsBehind(reading: Reading, calls: readonly Call[]): Map<string, bigint> {
  const contexts = new Map(calls.map(({ context }, index) => [context, 1n << BigInt(index)]));
  const sets = new Map<string, bigint>();
  for (const node of reading.nodes) {
    let set = 0n;
    for (const input of contentInputs(node)) set |= sets.get(input) ?? 0n;
    for (const output of node.outputs) {
      const own = set | (contexts.get(output) ?? 0n);
      if (own !== 0n) sets.set(output, own);
    }
  }
  return sets;
}

/**
 * Names stacks: with cross attention, the stack that reads is the decoder and the one read is the encoder; a lone stack is
 * `self`; of several independent ones those that look at patches are `vision`, those that look at tokens `text`.
 * @param entry per stack what feeds it
 */
export function nameStacks(
  { stacks, readFrom }: Division,
  entry: readonly (LookUp | undefined)[],
): BlockName[] {
  const isRead = new Set(readFrom.filter((source) => source >= 0));
  const hasCross = stacks.some(({ cross }) => cross.length > 0);
  return stacks.map(({ cross }, index) => {
    if (cross.length > 0) return 'decoder';
    if (isRead.has(index)) return 'encoder';
    if (stacks.length === 1) return 'self';
    if (entry[index]?.kind === 'patches') return 'vision';
    return hasCross ? 'self' : 'text';
  });
}
