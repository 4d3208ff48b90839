import type { Glimpse } from '../../protocol/engine';
import {
  isOutcome,
  plainHeadMeasureNames,
  type BlockName,
  type InspectRequest,
  type Inspection,
  type ModelInspection,
  type PlainHeadMeasureName,
  type SaliencyName,
  type TokenRow,
  type WordRow,
} from '../../protocol/inspection';
import type { ModelSummary } from '../../protocol/model';
import { withMeasurement } from '../../protocol/measured';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import { headMeasures } from '../measures/definitions';
import { computeSaliency, saliencyMeasures } from '../measures/saliencies';
import { firstTextOnly, wordsOfTokens } from '../tokens/words';
import { asSimilarity, attentionMask, embeddingOutcome, referenceOf } from './embeddingTargets';
import { expectAgain, isSameSeed, runAsExpected } from './expectedTarget';
import { flowOf, flowOfBlocks, flowRow } from './flow';
import { needsFurtherRuns, saliencyOrNote, type FurtherRuns } from './furtherRuns';
import { alongRow, isPictureOnly, patchesOf, withPixels } from './images';
import { beforeIntervention, interventionsOf, sameTarget, type Intact } from './intact';
import { prepareInputs, type PreparedInputs } from './inputs';
import type { Interventions } from './levers';
import type { LoadedModel } from './loaded';
import { furtherMeasures, measureHeads } from './measureHeads';
import type { Work } from './queue';
import type { ForwardRun, GradientRun } from './runs';
import { secondText } from './secondText';
import { streamOf } from './streams';
import { structureOf } from './structure';
import { summariseBlocks } from './summary';
import { outcomeAt, placeOf, type SeededTarget } from './targets';
import type { TextParser } from './textParser';
import { surprisalFromStream, unembeddingOf } from './unembedding';

/** Saliencies that one backward run gives together: the default. */
const cheapSaliency: readonly SaliencyName[] = ['gradient-l1', 'gradient-l2', 'input-x-gradient'];

/** Everything that one inspection gave; the summary is sent, the rest is fetched in parts. */
export interface InspectionResult {
  readonly inspection: ModelInspection;
  /** Per block and layer [H, Sq, Sk]. */
  readonly attentions: ReadonlyMap<BlockName, readonly Tensor[]>;
  readonly gradients?: GradientRun;
  readonly forward: ForwardRun;
  /** What was fed and what was explained: calls about the inspection run the model again from here. */
  readonly prepared: PreparedInputs;
  readonly target: SeededTarget;
  /** What was changed inside the model; further runs are of the same model. */
  readonly interventions: Interventions;
  /** [S, S] attention flow per block of self-attention, where the complete record was wanted with it. */
  readonly flows?: ReadonlyMap<BlockName, Tensor>;
}

/** What the pipeline works with. */
export interface InspectContext {
  readonly model: LoadedModel;
  readonly parser: TextParser;
  readonly work: Work;
  /** The complete record (queries, keys, values, hidden states, attention gradients) is wanted, not only the summary. */
  readonly isComplete: boolean;
  readonly mostTokens?: number;
  /** The same request of the model as it is; there where heads are off or attention is edited. */
  readonly intact?: Intact;
  /** Sentences that are to be read with the inspection. */
  readonly notes?: readonly string[];
  /** Milliseconds that loading took before. */
  readonly loadTime: number;
}

/**
 * One inspection, from text to summary: tokens, forward run, target, backward run, parse, measures.
 * @throws UserError with a sentence for the user
 */
export async function inspectText(
  id: string,
  asGiven: InspectRequest,
  context: InspectContext,
): Promise<InspectionResult> {
  const { model, work } = context;
  const clock = new Stopwatch();
  const { request, notes: imageNotes } = withPixels(asSimilarity(asGiven, model), model);
  const prepared = await prepareInputs(request, {
    ...model.outcomes,
    config: model.config,
    name: model.name,
    mostTokens: context.mostTokens,
  });
  clock.mark('tokenize');
  work.check();

  work.report({ message: `Running ${model.name}` });
  const { place, asked } = placeAsked(request, prepared, context);
  const reference = await referenceOf(request, model, context.mostTokens);
  const wantsSurprisal = request.saliency?.includes('surprisal') === true;
  const needsAllRows = !isOutcome(place.kind) || (wantsSurprisal && unembeddingOf(model) === undefined);
  const interventions = interventionsOf(request, context.intact);
  const wanted = gradientsWanted(request, context.isComplete);
  const expected =
    wanted === 'embeddings and heads'
      ? await runAsExpected(model, place, prepared.sequence, interventions)
      : undefined;
  const forward =
    expected?.forward ??
    (await model.forward(prepared.sequence, {
      ...interventions,
      isComplete: context.isComplete,
      rows: needsAllRows ? 'all' : [place.row],
    }));
  clock.mark('forward');
  work.check();

  const { prediction, target } = isOutcome(place.kind)
    ? await outcomeAt(model.outcomes, forward.logits, place, asked)
    : embeddingOutcome(forward.logits, attentionMask(prepared), reference);
  const notes = [...(context.notes ?? []), ...imageNotes, ...prepared.notes, ...model.summary.missing];
  const saliencyNames = request.saliency ?? cheapSaliency;
  const gradients =
    expected !== undefined && isSameSeed(expected.seed, target.seed)
      ? expected.gradients
      : await backward(wanted, context, { prepared, target, interventions, notes });
  if (gradients !== undefined) {
    notes.push(...noteOnWeights(model.summary));
    expectAgain(model, target);
  }
  clock.mark('backward');
  work.check();

  const seen = forward.attentions.get('self');
  const isPicture = isPictureOnly(prepared.tokens.ids, seen);
  const looked =
    isPicture && seen !== undefined
      ? { ...prepared, tokens: patchesOf(seen[0].dims[2], request.feeds, model.config) }
      : prepared;
  const { ids } = looked.tokens;
  const position = prediction.position >= 0 ? prediction.position : 0;
  const wantsFlow = saliencyNames.includes('attention-flow');
  const flows = wantsFlow && context.isComplete ? await flowOfBlocks(forward.attentions, work) : undefined;
  const saliencyOf = async (row: 'tokens' | 'pair'): Promise<Inspection['saliency']> => {
    const stream = gradients === undefined ? undefined : streamOf(row, gradients.embeddings.keys());
    const embedding = stream === undefined ? undefined : gradients?.embeddings.get(stream);
    const block = row === 'pair' ? 'decoder' : (streamOf('tokens', forward.attentions.keys()) ?? 'self');
    const attentions = forward.attentions.get(block);
    const selfAttention =
      attentions === undefined || position >= attentions[0].dims[1] ? undefined : attentions;
    const isCausal =
      model.summary.task === 'causal-lm' && row === 'tokens' && forward.logits.dims[0] === ids.length;
    const computed = computeSaliency(
      {
        gradient: embedding?.gradient,
        embeddings: embedding?.value,
        ...(selfAttention === undefined ? {} : { flow: { attentions: selfAttention, position } }),
        ...(isCausal ? { causal: { logits: forward.logits, ids } } : {}),
      },
      saliencyNames,
    );
    if (!wantsFlow || selfAttention === undefined) return computed;
    const flow = flows?.get(block);
    const flowed =
      flow === undefined ? (await flowOf(selfAttention, work, [position])).data : flowRow(flow, position);
    return { ...computed, 'attention-flow': flowed };
  };
  let saliency = await saliencyOf('tokens');
  if (wantsSurprisal && saliency.surprisal === undefined && forward.stream !== undefined)
    saliency = { ...saliency, surprisal: await surprisalFromStream(model, forward.stream, ids) };
  let completenessGap: number | undefined;
  const further = saliencyNames.filter(needsFurtherRuns);
  if (further.length > 0) {
    const more = await saliencyOrNote(further, request, {
      model,
      work,
      prepared,
      target,
      forward,
      interventions,
      notes,
    });
    saliency = { ...saliency, ...more.saliency };
    completenessGap = more.completenessGap;
    clock.mark('backward');
  }
  if (isPicture) saliency = mapScores(saliency, (scores) => alongRow(scores, ids.length));
  for (const name of saliencyNames) if (saliency[name] === undefined) notes.push(whyMissing(name, model));
  const pairSaliency = looked.pair === undefined ? undefined : await saliencyOf('pair');
  const second =
    reference &&
    (await secondText(
      reference,
      { logits: forward.logits, prepared },
      { request, model, work, names: saliencyNames, hasGradients: gradients !== undefined },
    ));
  clock.mark('measures');
  work.check();

  // Colours need neither the parse nor the heads' measures: who writes sees them first.
  work.report({ message: 'Parsing the text', glimpse: glimpseOf(looked, target, saliency) });
  const { words, parse, relations } = await structureOf(request, prepared, context.parser, work, notes);
  clock.mark('parse');
  work.check();

  const rows = completeRows(looked, words);
  const blocks = summariseBlocks({
    attentions: forward.attentions,
    rows,
    text: prepared.text,
    pairText: request.pair ?? '',
    separatorIds: model.separatorIds,
    words,
    parse,
    ...(relations === undefined ? {} : { relations }),
    gradients,
    saliency,
    pairSaliency,
    names: plainMeasures(request),
  });
  const summary: Omit<ModelInspection, 'timings'> = {
    id,
    model: model.summary,
    text: prepared.text,
    start: prepared.start,
    notes,
    tokens: rows.tokens,
    ...(rows.pair === undefined ? {} : { pair: rows.pair }),
    ...(request.pair === undefined ? {} : { pairText: request.pair }),
    ...(prepared.chat === undefined ? {} : { chat: prepared.chat }),
    words,
    ...(parse === undefined ? {} : { parse }),
    ...(relations === undefined ? {} : { relations }),
    blocks,
    prediction,
    target: target.target,
    saliency,
    ...(pairSaliency === undefined ? {} : { pairSaliency }),
    ...second,
    ...(completenessGap === undefined ? {} : { completenessGap }),
    ...(context.intact === undefined
      ? {}
      : {
          ...(request.ablate?.length ? { ablated: request.ablate } : {}),
          ...(request.edits?.length ? { edits: request.edits } : {}),
          before: beforeIntervention(prediction, model.outcomes.isMultiLabel, context.intact),
        }),
  };
  const names = furtherMeasures(request.measures);
  const runs = { request, model, work, prepared, target, interventions, attentions: forward.attentions };
  const measured = names.length === 0 ? summary : withMeasurement(summary, await measureHeads(names, runs));
  clock.mark('measures');
  return {
    inspection: { ...measured, timings: { load: context.loadTime, ...clock.timings() } },
    attentions: forward.attentions,
    forward,
    prepared,
    target,
    interventions,
    ...(gradients === undefined ? {} : { gradients }),
    ...(flows === undefined ? {} : { flows }),
  };
}

/** The measures asked for that need no runs of their own; undefined: all of them. */
function plainMeasures({ measures }: InspectRequest): readonly PlainHeadMeasureName[] | undefined {
  return measures && plainHeadMeasureNames.filter((name) => measures.includes(name));
}

/** Gradients of rounded weights would be zero nearly everywhere: what they are of instead. */
function noteOnWeights({ name, quantisation }: ModelSummary): string[] {
  if (!/^int8|^4-bit/.test(quantisation)) return [];
  return [
    `The weights of ${name} are quantised (${quantisation}): predictions are the model's own, gradients go through the dequantised weights, as if nothing were rounded.`,
  ];
}

/** Where the target stands, and what was asked of it; known before anything runs. */
function placeAsked(request: InspectRequest, prepared: PreparedInputs, { model, intact }: InspectContext) {
  const ids = prepared.pair?.ids ?? Int32Array.from(prepared.sequence.inputIds);
  const wanted = intact === undefined ? request.target : sameTarget(request.target, intact);
  const asked = prepared.masked === undefined ? wanted : { ...wanted, position: prepared.masked };
  return { asked, place: placeOf(model.outcomes, model.hasPositions, ids, asked) };
}

type GradientsWanted = 'none' | 'embeddings and heads' | 'attention too';

/** What of the gradients the request needs. */
function gradientsWanted(request: InspectRequest, isComplete: boolean): GradientsWanted {
  const wantsSaliency = (request.saliency ?? cheapSaliency).some((name) => name.includes('gradient'));
  const measures = plainMeasures(request);
  const wantsHeads =
    measures === undefined ||
    measures.some((name) => ['headGradient', 'saliency'].includes(headMeasures[name].needs));
  if (isComplete || measures?.some((name) => headMeasures[name].needs === 'attentionGradient') === true)
    return 'attention too';
  return wantsSaliency || wantsHeads ? 'embeddings and heads' : 'none';
}

/** The backward run, where something asked for needs it; an operator without a rule costs the gradients, not the inspection. */
async function backward(
  wanted: GradientsWanted,
  { model, work }: InspectContext,
  {
    prepared,
    target,
    interventions,
    notes,
  }: Pick<FurtherRuns, 'prepared' | 'target' | 'interventions' | 'notes'>,
): Promise<GradientRun | undefined> {
  if (wanted === 'none') return undefined;
  work.report({ message: `Computing gradients through ${model.name}` });
  try {
    return await model.gradients(prepared.sequence, target.seed, {
      ...interventions,
      attentions: wanted === 'attention too',
    });
  } catch (error) {
    if (!(error instanceof UserError) || error.kind === 'cancelled') throw error;
    notes.push(error.message);
    return undefined;
  }
}

function whyMissing(name: SaliencyName, { summary }: LoadedModel): string {
  const { label } = saliencyMeasures[name];
  if (name === 'surprisal') {
    return `${label} is for models that predict the next token; ${summary.name} does not. Choose another measure.`;
  }
  return `${label} could not be computed for ${summary.name}. Choose another measure, or occlusion, which needs no gradients.`;
}

function glimpseOf(
  { text, start, tokens }: PreparedInputs,
  { target }: SeededTarget,
  saliency: Inspection['saliency'],
): Glimpse {
  const { label, probability } = target;
  return { text, start, tokens: { offsets: tokens.offsets }, target: { label, probability }, saliency };
}

/** Token rows with the word of each token. The decoder's row has no parse; each of its tokens stands for itself. */
export function completeRows(
  { tokens, pair }: PreparedInputs,
  words: WordRow,
): { tokens: TokenRow; pair?: TokenRow } {
  const complete = { ...rowOf(tokens), words: wordsOfTokens(firstTextOnly(tokens), words.offsets) };
  return pair === undefined
    ? { tokens: complete }
    : { tokens: complete, pair: { ...rowOf(pair), words: new Int32Array(pair.ids.length).fill(-1) } };
}

function mapScores(
  saliency: Inspection['saliency'],
  change: (scores: Float32Array) => Float32Array,
): Inspection['saliency'] {
  return Object.fromEntries(Object.entries(saliency).map(([name, scores]) => [name, change(scores)]));
}

/** Only what the protocol names: encodings carry more, and all of it would travel. */
function rowOf({
  ids,
  pieces,
  offsets,
  special,
  sequences,
}: Omit<TokenRow, 'words'>): Omit<TokenRow, 'words'> {
  return { ids, pieces, offsets, special, ...(sequences?.includes(1) === true ? { sequences } : {}) };
}

/** Milliseconds by stage. */
class Stopwatch {
  private readonly began = performance.now();
  private last = this.began;
  private readonly spent = { tokenize: 0, forward: 0, backward: 0, parse: 0, measures: 0 };

  mark(stage: keyof Stopwatch['spent']): void {
    const now = performance.now();
    this.spent[stage] += now - this.last;
    this.last = now;
  }

  timings() {
    return { ...this.spent, total: performance.now() - this.began };
  }
}

/** Bytes that a result holds, for the store: attention, and the logits of every token of a large vocabulary, are nearly all of it. */
export function bytesOfResult({
  attentions,
  gradients,
  forward: { logits, stream, record },
}: Pick<InspectionResult, 'attentions' | 'gradients' | 'forward'>): number {
  const layers = [...attentions.values(), ...(gradients?.attentions?.values() ?? [])].flat();
  const tensors = [logits, ...(stream ? [stream] : []), ...record.values(), ...layers];
  return tensors.reduce((bytes, { data }) => bytes + data.byteLength, 1 << 16);
}
