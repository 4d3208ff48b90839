import type { PromptCost } from '../../protocol/token';
import { tokenSurprisal } from '../measures/surprisal';
import { logitsOfEveryToken } from './expectations';
import { prepareInputs } from './inputs';
import type { LoadedModel } from './loaded';

/** Prompts that are longer are counted, but not run for a number beside them. */
const longestRun = 2048;

/**
 * Tokens of a prompt, and its mean surprisal under a causal model.
 * @throws UserError where the text cannot be tokenised
 */
export async function promptCost(model: LoadedModel, text: string): Promise<PromptCost> {
  const { contextLength, task, name } = model.summary;
  const whole = await model.tokenizer?.encode(text);
  const tokens = whole?.ids.length ?? 0;
  const counted: PromptCost = { model: name, tokens, contextLength };
  const fits = contextLength === 0 || tokens <= contextLength;
  if (task !== 'causal-lm' || !model.hasPositions || tokens < 2 || tokens > longestRun || !fits)
    return counted;
  const prepared = await prepareInputs(
    { model: model.name, text },
    { ...model.outcomes, config: model.config, name: model.name },
  );
  const surprisal = tokenSurprisal(await logitsOfEveryToken(model, prepared), prepared.tokens.ids);
  const known = surprisal.filter((bits) => Number.isFinite(bits));
  if (known.length === 0) return counted;
  return { ...counted, bitsPerToken: known.reduce((sum, bits) => sum + bits, 0) / known.length };
}
