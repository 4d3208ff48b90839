import type { Tensor } from '../../protocol/tensor';
import type { SequenceInputs } from './feeds';
import type { Interventions } from './levers';
import type { LoadedModel } from './loaded';

/**
 * What a model says of one text, without attention or gradients.
 * @param positions rows that are wanted, for models that answer for every token; others answer as a whole
 * @returns [K, V], or [C] of models that answer as a whole
 * @param interventions what is changed inside the model
 */
export async function logitsAt(
  model: LoadedModel,
  sequence: SequenceInputs,
  positions: readonly number[],
  interventions: Interventions,
): Promise<Tensor> {
  const ids = Array.from(sequence.inputIds);
  const rows = { weights: new Float32Array(0), positions: model.hasPositions ? positions : [] };
  const { data, dims } = await model.logitsOf(sequence, [ids], rows, interventions);
  return { data, dims: dims.slice(1) };
}
