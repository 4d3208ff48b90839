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
import { logitsAt } from './logitRows';
import { refuseEditedAttention } from './promptPlace';
import type { Work } from './queue';
import { placeOf, predictionAt } from './targets';

/** Longer documents are not searched for the earlier version of a part of them. */
const longestDocument = 4_000_000;

/**
 * Which edits since an earlier version changed the target, and by how much: the text is run as it was, as it is, as it is without each edit
 * (leave one out), and as it was with each edit alone. The outcomes are those of separate inspections.
 * @throws UserError where there is no text, no target with a probability, or a version is longer than the model takes
 */
export async function changesSince(
  { model, request, result }: Recalled,
  work: Work,
  { before: earlier }: ChangesRequest,
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
  const versions = new Versions({ model, request, target, prepared: result.prepared });
  const runs = 2 + 2 * edits.length;
  let done = 0;
  const run = async (isMade: (edit: number) => boolean): Promise<Version> => {
    work.check();
    work.report({
      message: `Comparing with the earlier text, run ${done + 1} of ${runs}`,
      fraction: done / runs,
    });
    const { text, place } = withEdits(before, after, edits, isMade);
    const version = await versions.run(text, place);
    done++;
    return version;
  };
  const was = await run(() => false);
  const is = await run(() => true);
  const compared: TextEdit[] = [];
  for (const [i, edit] of edits.entries()) {
    const without = edits.length === 1 ? was : await run((other) => other !== i);
    const alone = edits.length === 1 ? is : await run((other) => other === i);
    compared.push(describe(edit, before, after, target, { was, is, without, alone }));
  }
  return {
    target,
    before: was.outcome,
    after: is.outcome,
    predictionBefore: was.prediction,
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

/** One version of the text, run. */
interface Version {
  readonly outcome: Outcome;
  readonly prediction: Prediction;
}

interface VersionsOf {
  readonly model: LoadedModel;
  readonly request: InspectRequest;
  readonly target: Target;
  readonly prepared: PreparedInputs;
}

/** Runs versions of the inspected text and asks each for the same target. */
class Versions {
  constructor(private readonly of: VersionsOf) {}

  /** @param place where a position of the inspected text is in this version */
  async run(text: string, place: (position: number) => number): Promise<Version> {
    const { model, request, target } = this.of;
    const prepared = await this.prepare(text, place);
    const ids = prepared.pair?.ids ?? Int32Array.from(prepared.sequence.inputIds);
    const position = this.positionIn(prepared, place);
    const at = placeOf(model.outcomes, model.hasPositions, ids, { position });
    const row = await logitsAt(model, prepared.sequence, at.row < 0 ? [] : [at.row], {
      ablate: request.ablate ?? [],
    });
    const flat: Tensor = {
      data: row.data,
      dims: model.hasPositions ? [1, row.data.length] : [row.data.length],
    };
    return {
      outcome: outcomeOf(flat.data, target, model.outcomes.isMultiLabel),
      prediction: await predictionAt(model.outcomes, flat, at),
    };
  }

  private async prepare(text: string, place: (position: number) => number): Promise<PreparedInputs> {
    const { model, request, prepared: inspected } = this.of;
    if (text.trim() === '')
      throw new UserError('One of the two versions is empty, so there is nothing to compare.', 'input');
    const [from, to] = request.focus ?? [0, 0];
    // A masked model without a mask in its text masks the token at the focus: that must be the same one.
    const masked =
      inspected.masked === undefined ? undefined : inspected.tokens.offsets[2 * inspected.masked];
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
  private positionIn(version: PreparedInputs, place: (position: number) => number): number | undefined {
    const { target, prepared: inspected, model } = this.of;
    if (version.masked !== undefined) return version.masked;
    // Positions of a decoder's own text do not move; the last position and the first mask are found by default.
    if (model.outcomes.task === 'seq2seq') return target.position;
    const isLast = target.position === inspected.tokens.ids.length - 1;
    if (target.position < 0 || target.kind === 'masked-token' || isLast) return undefined;
    const end = inspected.tokens.offsets[2 * target.position + 1];
    // Special tokens before the text stay where they are.
    if (end < 0) return target.position;
    const moved = place(end + inspected.start) - version.start;
    const { offsets } = version.tokens;
    let last = 0;
    for (let token = 0; token < version.tokens.ids.length; token++)
      if (offsets[2 * token + 1] >= 0 && offsets[2 * token + 1] <= moved) last = token;
    return last;
  }
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
  runs: Readonly<Record<'was' | 'is' | 'without' | 'alone', Version>>,
): TextEdit {
  // Of one token against another, the difference of logits says it all: it is the logarithm of their odds.
  const scoreOf = ({ outcome }: Version): number =>
    contrast === undefined ? outcome.logProbability : outcome.value;
  return {
    beforeRange,
    range,
    removed: before.slice(...beforeRange),
    inserted: after.slice(...range),
    without: runs.without.outcome,
    alone: runs.alone.outcome,
    effect: scoreOf(runs.is) - scoreOf(runs.without),
    effectAlone: scoreOf(runs.alone) - scoreOf(runs.was),
  };
}
