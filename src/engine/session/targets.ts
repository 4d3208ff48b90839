import type { Candidate, Prediction, Target, TargetKind, TargetRequest } from '../../protocol/inspection';
import type { ModelSummary } from '../../protocol/model';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import { entropyBits, largestIndices, sigmoid, softmax } from '../measures/probability';
import type { ModelTokenizer } from '../tokens/tokenizer';

/** How many vocabulary entries a prediction lists. */
const listed = 20;

/** What is needed to name and find outcomes. */
export interface Outcomes {
  readonly task: ModelSummary['task'];
  readonly labels: readonly string[];
  readonly isMultiLabel: boolean;
  readonly tokenizer: ModelTokenizer | undefined;
}

/** Where in the logits a prediction stands: `row` of the sequence axis, or −1 where there is none. */
export interface Place {
  readonly kind: TargetKind;
  readonly row: number;
}

/**
 * The position that a target is at, by default (measures.md, “What a prediction target is”): the last one for causal models
 * and decoders, the first mask for masked language models.
 * @param hasPositions the model answers for every token, [S, V], not for the whole text, [C]
 * @param ids [S] the tokens that it answers for
 * @throws UserError where the position asked for does not exist
 */
export function placeOf(
  outcomes: Outcomes,
  hasPositions: boolean,
  ids: Int32Array,
  request: TargetRequest | undefined,
): Place {
  if (outcomes.task === 'embedding')
    return { kind: request?.similarTo === undefined ? 'norm' : 'similarity', row: -1 };
  if (!hasPositions) return { kind: 'class', row: -1 };
  const rows = ids.length;
  const asked = request?.position;
  if (asked !== undefined && (!Number.isInteger(asked) || asked < 0 || asked >= rows)) {
    throw new UserError(
      `There is no position ${asked} to look at: the text has ${rows} tokens (0 to ${rows - 1}).`,
      'input',
    );
  }
  if (outcomes.task === 'masked-lm') {
    const mask = outcomes.tokenizer?.specials.mask?.id;
    const first = mask === undefined ? -1 : ids.indexOf(mask);
    return { kind: 'masked-token', row: asked ?? (first >= 0 ? first : Math.min(1, rows - 1)) };
  }
  if (outcomes.task === 'seq2seq') return { kind: 'decoder-token', row: asked ?? rows - 1 };
  if (outcomes.task === 'causal-lm') return { kind: 'next-token', row: asked ?? rows - 1 };
  // Token classifiers and models of unknown task: a class per token.
  return { kind: 'class', row: asked ?? 0 };
}

/** The logits at a place as a view. @param logits [C], all rows [S, V], or the row of the place alone [1, V] */
export function rowOf(logits: Tensor, place: Place): Float32Array {
  const width = logits.dims[logits.dims.length - 1];
  const start = logits.data.length === width ? 0 : Math.max(0, place.row) * width;
  return logits.data.subarray(start, start + width);
}

/** Probabilities of a row: softmax, or a sigmoid each where classes do not exclude one another. */
function probabilitiesOf(row: Float32Array, isMultiLabel: boolean): Float64Array {
  return isMultiLabel ? Float64Array.from(row, sigmoid) : softmax(row);
}

/** How a class or a vocabulary entry is written on screen. */
export async function labelOf(outcomes: Outcomes, kind: TargetKind, id: number): Promise<string> {
  if (kind === 'class') return outcomes.labels[id] ?? `class ${id}`;
  const { tokenizer } = outcomes;
  if (tokenizer === undefined) return `#${id}`;
  const text = await tokenizer.decode([id]);
  // Pieces of a character decode to U+FFFD, special tokens may decode to nothing: then the vocabulary's own spelling says more.
  return text === '' || text.includes('\uFFFD') ? (tokenizer.pieceOf(id) ?? `#${id}`) : text;
}

/**
 * What the model says at a place.
 * @param logits [C], [S, V], or [1, V] at the place
 */
export async function predictionAt(outcomes: Outcomes, logits: Tensor, place: Place): Promise<Prediction> {
  const row = rowOf(logits, place);
  const probabilities = probabilitiesOf(row, outcomes.isMultiLabel && place.kind === 'class');
  const most = place.kind === 'class' ? Math.min(row.length, 1000) : listed;
  const candidates: Candidate[] = [];
  for (const id of largestIndices(row, most)) {
    candidates.push({
      id,
      label: await labelOf(outcomes, place.kind, id),
      logit: row[id],
      probability: probabilities[id],
    });
  }
  if (candidates.length === 0 || candidates.every(({ logit }) => Number.isNaN(logit)))
    throw new UserError(
      'The model computes no numbers for this text (all of its answer is NaN or empty): its weights are damaged, or their precision does not suffice. Download or export it again.',
      'model',
    );
  return { kind: place.kind, position: place.row, candidates, entropy: entropyBits(row) };
}

/** What the gradient session is fed to get a target: target = Σ weights · logits at the positions. */
export interface Seed {
  /** [V] for answers without positions, else [K, V]. */
  readonly weights: Float32Array;
  /** [K] rows of the answer; empty where it has no positions. */
  readonly positions: readonly number[];
  /** [N] weights of each copy in a batch, where they differ. */
  readonly each?: readonly Float32Array[];
}

export interface SeededTarget {
  readonly target: Target;
  readonly seed: Seed;
  /** The target where the model answers otherwise. @param answer the rows that the seed weighs, as it weighs them */
  readonly valueOf: (answer: Float32Array) => number;
  /** The probability of the outcome that is explained, likewise; left out where the target is none. */
  readonly probabilityOf?: (answer: Float32Array) => number;
  /** The weights of the seed at another answer; left out where the target is a weighted sum, and they are always the same. */
  readonly seedAt?: (answer: Float32Array) => Float32Array;
}

/**
 * Turns what the user asked for into a scalar of the logits.
 * @throws UserError where a label is none of the model's
 */
async function targetAt(
  outcomes: Outcomes,
  logits: Tensor,
  prediction: Prediction,
  request: TargetRequest | undefined,
): Promise<SeededTarget> {
  const place: Place = { kind: prediction.kind, row: prediction.position };
  const row = rowOf(logits, place);
  const isMultiLabel = outcomes.isMultiLabel && place.kind === 'class';
  const probabilities = probabilitiesOf(row, isMultiLabel);
  const weights = new Float32Array(row.length);
  const seed: Seed = { weights, positions: place.row < 0 ? [] : [place.row] };
  const id = (await idOf(outcomes, place.kind, request, row.length)) ?? prediction.candidates[0].id;
  weights[id] += 1;
  const target = {
    kind: place.kind,
    id,
    label: await labelOf(outcomes, place.kind, id),
    position: place.row,
    value: row[id],
    probability: probabilities[id],
  };
  const contrastId =
    request?.contrast === undefined
      ? undefined
      : await idOf(outcomes, place.kind, request.contrast, row.length);
  const probabilityOf = (answer: Float32Array): number => probabilitiesOf(answer, isMultiLabel)[id];
  if (contrastId === undefined) return { target, seed, valueOf: (answer) => answer[id], probabilityOf };
  if (contrastId === id)
    throw new UserError(
      `“${target.label}” cannot be contrasted with itself; choose another second candidate.`,
      'input',
    );
  weights[contrastId] -= 1;
  const contrast = {
    id: contrastId,
    label: await labelOf(outcomes, place.kind, contrastId),
    probability: probabilities[contrastId],
  };
  return {
    target: { ...target, value: row[id] - row[contrastId], contrast },
    seed,
    valueOf: (answer) => answer[id] - answer[contrastId],
    probabilityOf,
  };
}

/** What the model says at a place, and what is to be explained of it. @throws UserError where a label is none of the model's */
export async function outcomeAt(
  outcomes: Outcomes,
  logits: Tensor,
  place: Place,
  request: TargetRequest | undefined,
): Promise<{ readonly prediction: Prediction; readonly target: SeededTarget }> {
  const prediction = await predictionAt(outcomes, logits, place);
  return { prediction, target: await targetAt(outcomes, logits, prediction, request) };
}

/** `label` may be a class label, the text of a token, or `#ID`. */
async function idOf(
  outcomes: Outcomes,
  kind: TargetKind,
  request: { label?: string; id?: number } | undefined,
  width: number,
): Promise<number | undefined> {
  const { label } = request ?? {};
  const id =
    request?.id ?? (label !== undefined && /^#\d+$/.test(label) ? Number(label.slice(1)) : undefined);
  if (id !== undefined) {
    if (Number.isInteger(id) && id >= 0 && id < width) return id;
    throw new UserError(`There is no outcome #${id}: the model has ${width} (0 to ${width - 1}).`, 'input');
  }
  if (label === undefined || label === 'auto') return undefined;
  if (kind === 'class') {
    const exact = outcomes.labels.indexOf(label);
    const found =
      exact >= 0 ? exact : outcomes.labels.findIndex((known) => known.toLowerCase() === label.toLowerCase());
    if (found >= 0 && found < width) return found;
    throw new UserError(
      `The model has no class “${label}”. Its classes are ${outcomes.labels.slice(0, 20).join(', ') || `#0 to #${width - 1}`}.`,
      'input',
    );
  }
  const found = await outcomes.tokenizer?.idOfText(label);
  if (found !== undefined && found < width) return found;
  throw new UserError(
    `“${label}” is not one token of the model's vocabulary. Give a single token as the model writes it, or #ID.`,
    'input',
  );
}
