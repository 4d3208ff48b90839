import { setImmediate } from 'node:timers/promises';
import type { BlockName } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { attentionFlowSteps } from '../measures/flow';
import type { Work } from './queue';
import { rowsOf } from './summary';

/** Milliseconds of computing between two looks at whether the caller still waits. */
const stepTime = 30;

/**
 * Attention flow of one block, with progress; the process takes messages while it is computed.
 * @param attentions per layer [H, S, S]
 * @param outputs tokens whose rows are computed; default: all
 * @returns [outputs, S]
 * @throws Cancelled when the caller gives up
 */
export async function flowOf(
  attentions: readonly Tensor[],
  work: Work,
  outputs?: readonly number[],
): Promise<Tensor> {
  const steps = attentionFlowSteps(attentions, outputs);
  let last = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - last < stepTime) continue;
    work.report({ message: 'Attention flow', fraction: step.value });
    await setImmediate();
    work.check();
    last = performance.now();
  }
}

/** Flow [S, S] of every block of self-attention. */
export async function flowOfBlocks(
  blocks: ReadonlyMap<BlockName, readonly Tensor[]>,
  work: Work,
): Promise<Map<BlockName, Tensor>> {
  const flows = new Map<BlockName, Tensor>();
  for (const [block, attentions] of blocks) {
    const { queries, keys } = rowsOf(block);
    if (queries === keys) flows.set(block, await flowOf(attentions, work));
  }
  return flows;
}

/** One row of an [S, S] flow as a copy. */
export function flowRow({ data, dims: [, tokens] }: Tensor, position: number): Float32Array {
  return data.slice(position * tokens, (position + 1) * tokens);
}
