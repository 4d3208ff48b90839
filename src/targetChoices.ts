import { probability, twoDigits } from './protocol/numbers';
import type { Candidate, ModelInspection, TargetRequest } from './protocol/inspection';

/** One line of the list that targets are chosen from. */
export interface TargetChoice {
  readonly label: string;
  readonly description: string;
  readonly isChosen: boolean;
  readonly target: TargetRequest;
  /** The present target rather than this outcome (Yin & Neubig 2022); undefined for the present target itself. */
  readonly contrast?: TargetRequest;
}

/**
 * What can be explained: the likely outcomes at the present position and, in models that predict the next token, the token
 * that stands at the cursor.
 * @param cursor token at the editor's cursor
 */
export function targetChoices(
  { prediction, target, tokens, text, model }: ModelInspection,
  cursor: number | undefined,
): TargetChoice[] {
  const position = prediction.position < 0 ? undefined : prediction.position;
  const choices = prediction.candidates.map((candidate: Candidate): TargetChoice => {
    const isChosen = candidate.id === target.id && target.contrast === undefined;
    return {
      label: visible(candidate.label),
      description: `probability ${probability(candidate.probability)} · logit ${twoDigits(candidate.logit)}`,
      isChosen,
      target: { id: candidate.id, position },
      ...(candidate.id === target.id
        ? {}
        : { contrast: { id: target.id, position, contrast: { id: candidate.id } } }),
    };
  });
  // A causal model says what follows token i − 1: that is where token i is explained. The first token follows nothing.
  if (model.task !== 'causal-lm' || cursor === undefined || cursor < 1 || tokens.special[cursor] === 1)
    return choices;
  const own: TargetChoice = {
    label: `why ${visible(text.slice(tokens.offsets[2 * cursor], tokens.offsets[2 * cursor + 1]))}`,
    description: 'the token at the cursor, after what stands before it',
    isChosen: target.position === cursor - 1 && target.id === tokens.ids[cursor],
    target: { id: tokens.ids[cursor], position: cursor - 1 },
  };
  return [own, ...choices];
}

/** A token as it can be seen in a list: spaces at its ends are part of it. */
export function visible(label: string): string {
  return label
    .replace(/^ +| +$/g, (spaces) => '␣'.repeat(spaces.length))
    .replace(/\n/g, '⏎')
    .replace(/\t/g, '⇥');
}
