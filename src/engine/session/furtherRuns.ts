import type { BlockName, InspectRequest, Inspection, SaliencyName } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import { completenessGap, GradientMean, midpoints, pathAttributions } from '../measures/integratedGradients';
import { targetLoss } from '../measures/occlusion';
import { saliencyMeasures } from '../measures/saliencies';
import { meanGradientL2, noisyCopies } from '../measures/smoothGrad';
import { batchesOf, batchSize } from './batchBudget';
import type { PreparedInputs } from './inputs';
import type { Interventions, LeverSettings } from './levers';
import type { LoadedModel } from './loaded';
import type { Work } from './queue';
import type { ForwardRun } from './runs';
import { streamOf } from './streams';
import type { SeededTarget } from './targets';

const defaultSteps = 50;
const noisyRuns = 16;

/** What runs after the first forward and backward run work with. */
export interface FurtherRuns {
  readonly model: LoadedModel;
  readonly work: Work;
  readonly prepared: PreparedInputs;
  readonly target: SeededTarget;
  readonly forward: ForwardRun;
  readonly interventions: Interventions;
  readonly notes: string[];
}

/** The saliencies that need many runs: in batches, with progress, given up between batches when the caller cancels. */
async function furtherRuns(
  names: readonly SaliencyName[],
  request: InspectRequest,
  runs: FurtherRuns,
): Promise<{ readonly saliency: Inspection['saliency']; readonly completenessGap?: number }> {
  let saliency: Inspection['saliency'] = {};
  let gap: number | undefined;
  for (const name of names) {
    if (name === 'integrated-gradients') {
      const path = await integrate(request, runs);
      saliency = { ...saliency, [name]: path.attributions };
      gap = path.gap;
    } else if (name === 'smooth-grad') saliency = { ...saliency, [name]: await smooth(runs) };
    else if (name === 'occlusion') saliency = { ...saliency, [name]: await occlude(runs) };
  }
  return gap === undefined ? { saliency } : { saliency, completenessGap: gap };
}

/** Whether a saliency needs runs of its own. */
export function needsFurtherRuns(name: SaliencyName): boolean {
  return saliencyMeasures[name].compute === undefined && name !== 'attention-flow';
}

/** {@link furtherRuns}, where a method that the model does not allow costs its own scores, not the inspection. */
export async function saliencyOrNote(
  names: readonly SaliencyName[],
  request: InspectRequest,
  runs: FurtherRuns,
): ReturnType<typeof furtherRuns> {
  try {
    return await furtherRuns(names, request, runs);
  } catch (error) {
    if (!(error instanceof UserError) || error.kind === 'cancelled') throw error;
    runs.notes.push(error.message);
    return { saliency: {} };
  }
}

function mainStream(model: LoadedModel): BlockName {
  return streamOf('tokens', model.streams) ?? 'self';
}

/** The answer of one copy in a batch. @param logits [N, …] */
export function answerOf({ data, dims }: Tensor, copy: number): Float32Array {
  const size = data.length / dims[0];
  return data.subarray(copy * size, (copy + 1) * size);
}

/** Gradients of copies of the text in a batch. A target that is no weighted sum is weighed anew at the answer of each copy. */
async function gradientsOfCopies(
  { model, prepared: { sequence }, target }: FurtherRuns,
  settings: LeverSettings,
): ReturnType<LoadedModel['pathGradients']> {
  const run = await model.pathGradients(sequence, target.seed, settings);
  const { seedAt } = target;
  if (seedAt === undefined) return run;
  const each = Array.from({ length: settings.batch ?? 1 }, (_, copy) => seedAt(answerOf(run.logits, copy)));
  return model.pathGradients(sequence, { ...target.seed, each }, settings);
}

async function integrate(request: InspectRequest, runs: FurtherRuns) {
  const { model, work, prepared, target, notes, interventions } = runs;
  const steps = Math.max(1, Math.min(1000, request.integratedGradients?.steps ?? defaultSteps));
  const stream = mainStream(model);
  const tokens = prepared.tokens.ids.length;
  const { baseline, name } = await baselineOf(request, runs, stream);
  if (name === 'zero' && request.integratedGradients?.baseline !== 'zero') {
    notes.push(
      'The vocabulary has no pad, mask or unknown token: integrated gradients start from zero embeddings.',
    );
  }
  const alphas = midpoints(steps);
  let mean: GradientMean | undefined;
  let embeddings: Tensor | undefined;
  for (const { from, count } of batchesOf(steps, batchSize(model, tokens, 'gradient'))) {
    work.check();
    work.report({ message: `Integrated gradients, step ${from} of ${steps}`, fraction: from / steps });
    const scale = alphas.subarray(from, from + count);
    const run = await gradientsOfCopies(runs, {
      ...interventions,
      batch: count,
      embeddingScale: { stream, scale, baseline },
    });
    embeddings = run.embeddings;
    mean ??= new GradientMean(embeddings.dims);
    mean.add(run.gradients);
  }
  if (mean === undefined || embeddings === undefined)
    return { attributions: new Float32Array(tokens), gap: 0 };
  const attributions = pathAttributions(embeddings, mean.mean(), baseline);
  const ends = await model.pathGradients(prepared.sequence, target.seed, {
    ...interventions,
    batch: 2,
    embeddingScale: { stream, scale: Float32Array.of(1, 0), baseline },
  });
  const gap = completenessGap(
    attributions,
    target.valueOf(answerOf(ends.logits, 0)),
    target.valueOf(answerOf(ends.logits, 1)),
  );
  return { attributions, gap };
}

/** The embedding [D] that the path begins at: the pad token's, else the mask's, else the unknown's, else zero. */
async function baselineOf(
  request: InspectRequest,
  { model, prepared, interventions }: FurtherRuns,
  stream: BlockName,
): Promise<{ baseline: Float32Array; name: string }> {
  const wanted = request.integratedGradients?.baseline;
  const specials = model.tokenizer?.specials;
  const roles = wanted === undefined ? (['pad', 'mask', 'unk'] as const) : wanted === 'zero' ? [] : [wanted];
  for (const role of roles) {
    const id = specials?.[role]?.id ?? (role === 'pad' ? model.config.padToken : undefined);
    if (id !== undefined)
      return { baseline: await model.embeddingOf(id, stream, prepared.sequence, interventions), name: role };
  }
  const { sequence } = prepared;
  const some = await model.embeddingOf(sequence.inputIds[0], stream, sequence, interventions);
  return { baseline: some.fill(0), name: 'zero' };
}

async function smooth(runs: FurtherRuns): Promise<Float32Array> {
  const { model, work, prepared, target, interventions } = runs;
  const stream = mainStream(model);
  const tokens = prepared.tokens.ids.length;
  const { embeddings } = await model.pathGradients(prepared.sequence, target.seed, interventions);
  const copies = noisyCopies(embeddings, noisyRuns);
  const size = embeddings.data.length;
  const gradients = new Float32Array(noisyRuns * size);
  for (const { from, count } of batchesOf(noisyRuns, batchSize(model, tokens, 'gradient'))) {
    work.check();
    work.report({ message: `SmoothGrad, copy ${from} of ${noisyRuns}`, fraction: from / noisyRuns });
    const noise = copies.data.slice(from * size, (from + count) * size);
    for (let at = 0; at < noise.length; at++) noise[at] -= embeddings.data[at % size];
    const run = await gradientsOfCopies(runs, {
      ...interventions,
      batch: count,
      embeddingNoise: { stream, noise: { data: noise, dims: [count, ...embeddings.dims] } },
    });
    gradients.set(run.gradients.data, from * size);
  }
  return meanGradientL2({ data: gradients, dims: [noisyRuns, ...embeddings.dims] });
}

async function occlude({
  model,
  work,
  prepared,
  target,
  notes,
  interventions,
}: FurtherRuns): Promise<Float32Array> {
  const specials = model.tokenizer?.specials;
  const replacement = specials?.mask?.id ?? specials?.unk?.id ?? specials?.pad?.id ?? model.config.padToken;
  const tokens = prepared.tokens.ids.length;
  const replaced = new Float32Array(tokens).fill(NaN);
  if (replacement === undefined) {
    notes.push(
      'Occlusion needs a mask, unknown or pad token to put in place of a token; the vocabulary has none.',
    );
    return replaced;
  }
  const positions = Array.from(prepared.tokens.ids.keys()).filter((i) => prepared.tokens.special[i] === 0);
  for (const { from, count } of batchesOf(positions.length, batchSize(model, tokens, 'forward'))) {
    work.check();
    work.report({
      message: `Occlusion, token ${from} of ${positions.length}`,
      fraction: from / positions.length,
    });
    const batch = positions.slice(from, from + count);
    const variants = batch.map((position) =>
      Array.from(prepared.sequence.inputIds, (id, i) => (i === position ? replacement : id)),
    );
    const logits = await model.logitsOf(prepared.sequence, variants, target.seed, interventions);
    batch.forEach((position, copy) => (replaced[position] = target.valueOf(answerOf(logits, copy))));
  }
  return targetLoss(target.target.value, replaced);
}
