import type { InspectRequest, Prediction, Target } from '../../protocol/inspection';
import { isOutcome } from '../../protocol/inspection';
import type { Changes, ChangesRequest, EarlierText, Outcome, TextEdit } from '../../protocol/prompt';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import { logSumExp, sigmoid } from '../measures/probability';
import { earlierPart, textEdits, withEdits, mostEdits, type Replacement } from '../tokens/textEdits';
import type { Recalled } from './engine';
import { prepareInputs, type PreparedInputs } from './inputs';
import type { LoadedModel } from './loaded';
import { refuseEditedAttention } from './promptPlace';
import type { Turn, Work } from './queue';
import { placeOf, predictionAt, type Place } from './targets';
import { logitsOfVersions, type VersionInputs } from './versionRuns';

/** Longer documents are not searched for the earlier version of a part of them. */
const longestDocument = 4_000_000;

/**
 * Which edits since an earlier version changed the target, and by how much: the text is run as it was, as it is, as it is without each edit
 * (leave one out), and as it was with each edit alone. The outcomes are those of separate inspections; the runs are batches of them.
 * @param turn other calls are served between batches
 * @throws UserError where there is no text, no target with a probability, or a version is longer than the model takes
 */
export async function changesSince(
  { model, request, result }: Recalled,
  work: Work,
  { before: earlier }: ChangesRequest,
  turn: Turn = (piece) => piece(),
): Promise<Changes> {
  const { inspection } = result;
  const { target } = inspection;
  checkComparable(request, target, model);
  refuseEditedAttention(request);
  const after = request.text;
  const before = earlierText(earlier, after);
  const all = textEdits(before, after, Infinity);
  const edits = textEdits(before, after);
  const notes =
    all.length > edits.length
      ? [`${all.length} edits were gathered into ${mostEdits}: neighbours count as one.`]
      : [];
  // The earlier text and the new one; then, edit by edit, all without it and it alone: with one edit these are the first two.
  const made: ((edit: number) => boolean)[] = [() => false, () => true];
  if (edits.length > 1)
    edits.forEach((_, i) =>
      made.push(
        (other) => other !== i,
        (other) => other === i,
      ),
    );
  const versions = made.map((isMade) => withEdits(before, after, edits, isMade));
  const of = { model, request, target, prepared: result.prepared };
  const { outcomes, prediction } = await outcomesOf(versions, of, work, turn);
  const [was, is, ...others] = outcomes;
  const compared = edits.map((edit, i) => {
    const [without, alone] = edits.length === 1 ? [was, is] : others.slice(2 * i, 2 * i + 2);
    return describe(edit, before, after, target, { was, is, without, alone });
  });
  return {
    target,
    before: was,
    after: is,
    predictionBefore: prediction,
    edits: compared,
    notes,
  };
}

function checkComparable(request: InspectRequest, target: Target, { name }: LoadedModel): void {
  if (!isOutcome(target.kind))
    throw new UserError(
      `${name} gives an embedding, not a probability that edits could change. Choose a classifier or a language model.`,
      'model',
    );
  if (request.text === '' || request.inputIds !== undefined)
    throw new UserError(
      'Only a text can be compared with an earlier one, not token ids or tensors.',
      'input',
    );
}

/** The earlier version of the inspected part. */
function earlierText({ text, document }: EarlierText, after: string): string {
  if (document === undefined) return text;
  if (text.length > longestDocument || document.text.length > longestDocument)
    throw new UserError(
      'The document is too long to look for the earlier version of a part of it. Mark a reference version of the part itself.',
      'input',
    );
  const [from, to] = earlierPart(text, document.text, document.range);
  const part = text.slice(from, to);
  if (part.trim() !== '') return part;
  throw new UserError(
    after.trim() === ''
      ? 'There is nothing to compare: the text is empty.'
      : 'The saved file has nothing where this text stands: it is all new. Save the file, then edit it, or mark a reference version.',
    'input',
  );
}

/** The inspected text and what was asked of it. */
interface VersionsOf {
  readonly model: LoadedModel;
  readonly request: InspectRequest;
  readonly target: Target;
  readonly prepared: PreparedInputs;
}

/** A version of a text. */
type Edited = ReturnType<typeof withEdits>;

/** Runs versions of the inspected text and asks each for the same target. @returns the prediction is that of the first */
async function outcomesOf(
  texts: readonly Edited[],
  of: VersionsOf,
  work: Work,
  turn: Turn,
): Promise<{ readonly outcomes: Outcome[]; readonly prediction: Prediction }> {
  const { model, request, target } = of;
  const places: Place[] = [];
  const versions: VersionInputs[] = [];
  for (const { text, place } of texts) {
    const prepared = await prepare(text, place, of);
    const ids = prepared.pair?.ids ?? Int32Array.from(prepared.sequence.inputIds);
    const position = positionIn(prepared, place, of);
    const at = placeOf(model.outcomes, model.hasPositions, ids, { position });
    places.push(at);
    versions.push({ prepared, row: at.row });
  }
  let done = 0;
  const interventions = { ablate: request.ablate ?? [] };
  const answers = await logitsOfVersions(model, versions, interventions, (count, once) =>
    turn(async () => {
      work.check();
      const fraction = done / versions.length;
      work.report({
        message: `Comparing with the earlier text, version ${done + 1} of ${versions.length}`,
        fraction,
      });
      done += count;
      return once();
    }),
  );
  const { outcomes, hasPositions } = model;
  const [first] = answers;
  const alone: Tensor = { data: first, dims: hasPositions ? [1, first.length] : [first.length] };
  return {
    outcomes: answers.map((row) => outcomeOf(row, target, outcomes.isMultiLabel)),
    prediction: await predictionAt(outcomes, alone, places[0]),
  };
}

async function prepare(
  text: string,
  place: Edited['place'],
  { model, request, prepared: inspected }: VersionsOf,
): Promise<PreparedInputs> {
  if (text.trim() === '')
    throw new UserError('One of the two versions is empty, so there is nothing to compare.', 'input');
  const [from, to] = request.focus ?? [0, 0];
  // A masked model without a mask in its text masks the token at the focus: that must be the same one.
  const masked = inspected.masked === undefined ? undefined : inspected.tokens.offsets[2 * inspected.masked];
  const focus =
    masked === undefined
      ? ([place(from), place(to)] as const)
      : ([place(masked + inspected.start), place(masked + inspected.start)] as const);
  const version: InspectRequest = { ...request, text, focus, target: undefined };
  const mostTokens = request.maxTokens;
  const prepared = await prepareInputs(version, {
    ...model.outcomes,
    config: model.config,
    name: model.name,
    mostTokens,
  });
  if (prepared.text.length < text.length)
    throw new UserError(
      `The text is longer than what ${model.name} takes at once, so its versions cannot be compared. Select a shorter part.`,
      'input',
    );
  return prepared;
}

/** The position of the target in a version: the token that ends where the inspected one does. */
function positionIn(
  version: PreparedInputs,
  place: Edited['place'],
  { target, prepared: inspected, model }: VersionsOf,
): number | undefined {
  if (version.masked !== undefined) return version.masked;
  // Positions of a decoder's own text do not move; the last position and the first mask are found by default.
  if (model.outcomes.task === 'seq2seq') return target.position;
  const isLast = target.position === inspected.tokens.ids.length - 1;
  if (target.position < 0 || target.kind === 'masked-token' || isLast) return undefined;
  // Special tokens stay as far behind the words before them as they are; those before the text stay where they are.
  let anchor = target.position;
  while (anchor >= 0 && inspected.tokens.offsets[2 * anchor + 1] < 0) anchor--;
  if (anchor < 0) return target.position;
  const moved = place(inspected.tokens.offsets[2 * anchor + 1] + inspected.start) - version.start;
  const { offsets, ids } = version.tokens;
  let last = 0;
  for (let token = 0; token < ids.length; token++)
    if (offsets[2 * token + 1] >= 0 && offsets[2 * token + 1] <= moved) last = token;
  return Math.min(ids.length - 1, last + target.position - anchor);
}

/** @param row [V] or [C] logits at the target's position */
function outcomeOf(row: Float32Array, { id, kind, contrast }: Target, isMultiLabel: boolean): Outcome {
  const value = contrast === undefined ? row[id] : row[id] - row[contrast.id];
  if (isMultiLabel && kind === 'class') {
    const probability = sigmoid(row[id]);
    return { probability, logProbability: Math.log(probability), value };
  }
  const logProbability = row[id] - logSumExp(row);
  return { probability: Math.exp(logProbability), logProbability, value };
}

function describe(
  { before: beforeRange, after: range }: Replacement,
  before: string,
  after: string,
  { contrast }: Target,
  runs: Readonly<Record<'was' | 'is' | 'without' | 'alone', Outcome>>,
): TextEdit {
  // Of one token against another, the difference of logits says it all: it is the logarithm of their odds.
  const scoreOf = ({ logProbability, value }: Outcome): number =>
    contrast === undefined ? logProbability : value;
  return {
    beforeRange,
    range,
    removed: before.slice(...beforeRange),
    inserted: after.slice(...range),
    without: runs.without,
    alone: runs.alone,
    effect: scoreOf(runs.is) - scoreOf(runs.without),
    effectAlone: scoreOf(runs.alone) - scoreOf(runs.was),
  };
}
