import type { Expectation } from '../../protocol/token';
import type { Tensor } from '../../protocol/tensor';
import { largestIndices, logSumExp } from '../measures/probability';
import { tokenSurprisal } from '../measures/surprisal';
import { UserError } from '../errors';
import { logitsAt } from './logitRows';
import type { PreparedInputs } from './inputs';
import type { Interventions } from './levers';
import type { LoadedModel } from './loaded';
import { labelOf } from './targets';
import { rowsFromStream, unembeddingOf } from './unembedding';

/**
 * The logits [S, V] of every position of a causal model's text.
 * @param interventions what is changed inside the model
 * @param stream of the text's forward run, where there was one: then the model is not run again
 * @throws UserError where the model does not predict the next token
 */
export async function logitsOfEveryToken(
  model: LoadedModel,
  prepared: PreparedInputs,
  interventions: Interventions = { ablate: [] },
  stream?: Tensor,
): Promise<Tensor> {
  if (model.summary.task !== 'causal-lm' || !model.hasPositions) {
    throw new UserError(
      `${model.name} does not predict the next token, so nothing can be said of what it expects. Choose a causal language model.`,
      'model',
    );
  }
  const positions = Array.from(prepared.sequence.inputIds, (_id, position) => position);
  if (stream !== undefined && unembeddingOf(model) !== undefined)
    return rowsFromStream(model, stream, positions);
  return logitsAt(model, prepared.sequence, positions, interventions);
}

/**
 * Where a causal model expected another token than the one that stands there.
 * @param logits [S, V]; row i is about the token after token i
 * @param leastBits only tokens at least so surprising
 * @returns by place in the text; special tokens are left out
 */
export async function expectationsOf(
  model: LoadedModel,
  { tokens }: PreparedInputs,
  logits: Tensor,
  leastBits: number,
): Promise<Expectation[]> {
  const surprisal = tokenSurprisal(logits, tokens.ids);
  const width = logits.dims[1];
  const expectations: Expectation[] = [];
  for (let token = 1; token < tokens.ids.length; token++) {
    if (tokens.special[token] === 1 || surprisal[token] < leastBits) continue;
    const row = logits.data.subarray((token - 1) * width, token * width);
    const [id] = largestIndices(row, 1);
    if (id === tokens.ids[token]) continue;
    expectations.push({
      token,
      expected: await labelOf(model.outcomes, 'next-token', id),
      probability: Math.exp(row[id] - logSumExp(row)),
      surprisal: surprisal[token],
    });
  }
  return expectations;
}
