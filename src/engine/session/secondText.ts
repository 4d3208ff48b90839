import type { InspectRequest, Inspection, SaliencyName, TokenRow } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { computeSaliency } from '../measures/saliencies';
import { attentionMask, embeddingOutcome, pooled, type Reference } from './embeddingTargets';
import { flowOf } from './flow';
import { needsFurtherRuns, saliencyOrNote } from './furtherRuns';
import type { PreparedInputs } from './inputs';
import type { LoadedModel } from './loaded';
import type { Work } from './queue';
import { streamOf } from './streams';

/** What the saliency of the second text is computed from. */
interface SecondText {
  readonly request: InspectRequest;
  readonly model: LoadedModel;
  readonly work: Work;
  readonly names: readonly SaliencyName[];
  /** Whether gradients could be computed for the first text. */
  readonly hasGradients: boolean;
}

/** The model as it is: only the first text is inspected with interventions. */
const intact = { ablate: [] } as const;

/**
 * The saliency of the text that an embedding is compared with: what each of its tokens does to the similarity, the first text's embedding being
 * held fixed.
 * @param first the output of the model on the first text, and what it was fed
 * @returns the second text's tokens [T] and their scores [T]
 */
export async function secondText(
  { text, prepared, forward }: Reference,
  first: { readonly logits: Tensor; readonly prepared: PreparedInputs },
  { request, model, work, names, hasGradients }: SecondText,
): Promise<Pick<Inspection, 'pairText' | 'pairSaliency'> & { readonly pair: TokenRow }> {
  const embedding = pooled(first.logits, attentionMask(first.prepared));
  const { target } = embeddingOutcome(forward.logits, attentionMask(prepared), { text, embedding });
  const gradients = hasGradients ? await model.gradients(prepared.sequence, target.seed, intact) : undefined;
  work.check();
  const stream = gradients && streamOf('tokens', gradients.embeddings.keys());
  const embedded = stream && gradients.embeddings.get(stream);
  const attentions = forward.attentions.get(streamOf('tokens', forward.attentions.keys()) ?? 'self');
  const flow = attentions && { attentions, position: 0 };
  const plain = computeSaliency(
    { gradient: embedded?.gradient, embeddings: embedded?.value, ...(flow ? { flow } : {}) },
    names,
  );
  const flowed =
    names.includes('attention-flow') && attentions
      ? { 'attention-flow': (await flowOf(attentions, work, [0])).data }
      : {};
  // What it lacks the first text lacks too, which says why.
  const runs = { model, work, prepared, target, forward, interventions: intact, notes: [] };
  const { saliency } = await saliencyOrNote(names.filter(needsFurtherRuns), request, runs);
  const { ids, pieces, offsets, special } = prepared.tokens;
  const pair = { ids, pieces, offsets, special, words: new Int32Array(ids.length).fill(-1) };
  return { pair, pairText: prepared.text, pairSaliency: { ...plain, ...flowed, ...saliency } };
}
