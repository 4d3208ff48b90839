import type { HeadRef } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import type { SequenceInputs } from './feeds';
import type { LoadedModel } from './loaded';

/**
 * What a model says of one text, without attention or gradients.
 * @param positions rows that are wanted, for models that answer for every token; others answer as a whole
 * @returns [K, V], or [C] of models that answer as a whole
 */
export async function logitsAt(
  model: LoadedModel,
  sequence: SequenceInputs,
  positions: readonly number[],
  ablate: readonly HeadRef[],
): Promise<Tensor> {
  const ids = Array.from(sequence.inputIds);
  const rows = { weights: new Float32Array(0), positions: model.hasPositions ? positions : [] };
  const { data, dims } = await model.logitsOf(sequence, [ids], rows, { ablate });
  return { data, dims: dims.slice(1) };
}
