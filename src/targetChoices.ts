import { probability, twoDigits } from './protocol/numbers';
import type { Candidate, ModelInspection, TargetRequest, TokenRow } from './protocol/inspection';

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
 * What can be explained: the likely outcomes at the present position; in models that predict the next token or a masked one, the token
 * that stands at the cursor; in encoder-decoders, each token that the decoder has said.
 * @param cursor token at the editor's cursor
 */
export function targetChoices(inspection: ModelInspection, cursor: number | undefined): TargetChoice[] {
  const { prediction, target } = inspection;
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
  return [...atCursor(inspection, cursor), ...choices, ...saidByDecoder(inspection)];
}

/** Why the token at the cursor stands there, in models that say so. */
function atCursor(
  { target, tokens, text, model }: ModelInspection,
  cursor: number | undefined,
): TargetChoice[] {
  if (cursor === undefined || tokens.special[cursor] !== 0) return [];
  const id = tokens.ids[cursor];
  const written = textOf(tokens, text, cursor);
  const choice = (position: number, description: string): TargetChoice => ({
    label: `why ${written}`,
    description,
    isChosen: target.position === position && target.id === id,
    target: { id, position },
  });
  // A causal model says what follows token i − 1: that is where token i is explained. The first token follows nothing.
  if (model.task === 'causal-lm')
    return cursor < 1 ? [] : [choice(cursor - 1, 'the token at the cursor, after what stands before it')];
  if (model.task !== 'masked-lm') return [];
  if (id !== model.mask) return [choice(cursor, 'the token at the cursor, masked')];
  // Of a mask, what the model would put there.
  const place: TargetChoice = {
    label: `the likeliest for the ${written} at the cursor`,
    description: 'another place',
    isChosen: target.position === cursor,
    target: { position: cursor },
  };
  return place.isChosen ? [] : [place];
}

/** Why the decoder says each token of its text, and what it would say next, where that is not what is explained. */
function saidByDecoder({ target, model, pair, pairText = '' }: ModelInspection): TargetChoice[] {
  if (model.task !== 'seq2seq' || pair === undefined) return [];
  const last = pair.ids.length - 1;
  const said = Array.from({ length: last }, (_, at): TargetChoice => {
    const id = pair.ids[at + 1];
    return {
      label: `why ${textOf(pair, pairText, at + 1)}`,
      description:
        at === 0 ? 'the first token of the decoder' : `token ${at + 1} of the decoder, after those before it`,
      isChosen: target.position === at && target.id === id,
      target: { id, position: at },
    };
  });
  const next: TargetChoice = {
    label: 'what the decoder says next',
    description: 'the likeliest token after its text',
    isChosen: false,
    target: { position: last },
  };
  return target.position === last ? said : [...said, next];
}

/** A token as it stands in its text, else as the vocabulary writes it. */
function textOf({ offsets, pieces }: TokenRow, text: string, token: number): string {
  const [start, end] = [offsets[2 * token], offsets[2 * token + 1]];
  return start < 0 || end <= start ? pieces[token] : visible(text.slice(start, end));
}

/** A token as it can be seen in a list: spaces at its ends are part of it. */
export function visible(label: string): string {
  return label
    .replace(/^ +| +$/g, (spaces) => '␣'.repeat(spaces.length))
    .replace(/\n/g, '⏎')
    .replace(/\t/g, '⇥');
}
