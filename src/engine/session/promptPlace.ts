import type { InspectRequest } from '../../protocol/inspection';
import type { PromptPlace } from '../../protocol/prompt';
import { UserError } from '../errors';
import type { SequenceInputs } from './feeds';
import type { PreparedInputs } from './inputs';
import type { LoadedModel } from './loaded';

/**
 * What a causal model has read at a place of an inspected prompt: its tokens up to the position, then those of “what if”.
 * @throws UserError where the model does not predict the next token, or the place does not exist
 */
export function placeSequence(
  model: LoadedModel,
  { sequence }: PreparedInputs,
  { position, after = [] }: PromptPlace,
): SequenceInputs & { readonly inputIds: readonly number[] } {
  if (model.summary.task !== 'causal-lm' || !model.hasPositions) {
    throw new UserError(
      `${model.name} does not predict the next token. Choose a causal language model to see how the text may go on.`,
      'model',
    );
  }
  const count = sequence.inputIds.length;
  const last = position ?? count - 1;
  if (!Number.isInteger(last) || last < 0 || last >= count)
    throw new UserError(`There is no token ${last}: the text has ${count} (0 to ${count - 1}).`, 'input');
  const vocabulary = model.outcomes.tokenizer?.vocabularySize ?? Infinity;
  for (const id of after)
    if (!Number.isInteger(id) || id < 0 || id >= vocabulary)
      throw new UserError(`There is no token #${id} in the vocabulary of ${model.name}.`, 'input');
  const upTo = (values: ArrayLike<number>, filling: number): number[] => [
    ...Array.from(values).slice(0, last + 1),
    ...after.map(() => filling),
  ];
  const inputIds = [...Array.from(sequence.inputIds).slice(0, last + 1), ...after];
  const { contextLength } = model.config;
  if (contextLength > 0 && inputIds.length > contextLength)
    throw new UserError(
      `The text fills the ${contextLength} tokens of the model's context: there is no room behind it. Shorten it, or choose a model with a longer context.`,
      'input',
    );
  return { inputIds, attentionMask: upTo(sequence.attentionMask, 1), typeIds: upTo(sequence.typeIds, 0) };
}

/** @throws UserError where attention is edited: edits are of the weights between the very tokens of one text */
export function refuseEditedAttention({ edits = [] }: InspectRequest): void {
  if (edits.length === 0) return;
  throw new UserError(
    'The attention of this text is edited, and the edits mean nothing in another text. Undo them to see how the text goes on, or what its changes do.',
    'input',
  );
}
