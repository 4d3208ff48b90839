import { probability } from '../protocol/numbers';
import type { Inspection } from '../protocol/inspection';
import { isOutcome } from '../protocol/inspection';

/** Characters of the text that a name may take. */
const longest = 48;

/** What a pin is called until the user names it: the beginning of its text. */
export function pinName({ text, model }: Pick<Inspection, 'text' | 'model'>): string {
  const letters = Array.from(text.trim().replace(/\s+/g, ' '));
  if (letters.length === 0) return model.name;
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : letters.join('');
}

/** What else tells one pin from another: the model, what it predicts, and heads that are off. */
export function pinDetail({ model, target, ablated = [] }: Inspection): string {
  const heads = ablated.length === 1 ? '1 head off' : `${ablated.length} heads off`;
  const outcome =
    target && (isOutcome(target.kind) ? `“${target.label}” ${probability(target.probability)}` : '');
  return [model.name, outcome, ablated.length > 0 ? heads : ''].filter(Boolean).join(' · ');
}
