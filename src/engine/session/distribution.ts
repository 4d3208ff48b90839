import type { NextTokens, PromptPlace } from '../../protocol/prompt';
import type { Tensor } from '../../protocol/tensor';
import { rankOf, softmax } from '../measures/probability';
import { tokenSurprisal } from '../measures/surprisal';
import { openDecoder, type Read } from './decoder';
import type { Recalled } from './engine';
import { continuationText } from './generate';
import type { InspectionResult } from './inspect';
import type { LoadedModel } from './loaded';
import { logitsAt } from './logitRows';
import { placeSequence, refuseEditedAttention } from './promptPlace';
import type { Work } from './queue';
import { labelOf, predictionAt } from './targets';
import { rowsFromStream, surprisalFromStream, unembeddingOf } from './unembedding';

/**
 * What a causal model expects at a place: from what the inspection's own run gave, without another run of the layers. After tokens of “what if”:
 * by reading these only, the text before them being read already, where the model can keep it.
 * @throws UserError where the model does not predict the next token, or the place does not exist
 */
export async function distribution(recalled: Recalled, work: Work, place: PromptPlace): Promise<NextTokens> {
  const { model, result } = recalled;
  const sequence = placeSequence(model, result.prepared, place);
  work.check();
  const logits = place.after?.length
    ? await rowAfter(recalled, sequence, place.after)
    : (storedRow(result, place) ?? (await rowOf(recalled, sequence.inputIds.length - 1)));
  work.check();
  return describe(model, logits, place, result, sequence.inputIds);
}

/** The row of a position of the text. */
function rowOf({ model, result }: Recalled, position: number): Promise<Tensor> {
  const { stream } = result.forward;
  if (stream !== undefined && unembeddingOf(model) !== undefined)
    return rowsFromStream(model, stream, [position]);
  // The whole text, so that edits of attention between its tokens hold; what comes later does not matter.
  return logitsAt(model, result.prepared.sequence, [position], result.interventions);
}

/** What the model has read of a text up to a position, for tokens that may follow: who points at one candidate points at the next. */
const readOf = new WeakMap<InspectionResult, { readonly position: number; readonly read: Read }>();

/** The row behind tokens that do not stand in the text. @param sequence with these at its end */
async function rowAfter(
  { model, request, result }: Recalled,
  sequence: ReturnType<typeof placeSequence>,
  after: readonly number[],
): Promise<Tensor> {
  refuseEditedAttention(request);
  const ablate = request.ablate ?? [];
  const position = sequence.inputIds.length - 1 - after.length;
  const decoder = await openDecoder(model, { ablate });
  if (!decoder.usesCache) return logitsAt(model, sequence, [sequence.inputIds.length - 1], { ablate });
  const kept = readOf.get(result);
  let read =
    kept?.position === position
      ? kept.read
      : await decoder.begin({
          inputIds: sequence.inputIds.slice(0, position + 1),
          attentionMask: Array.from(sequence.attentionMask).slice(0, position + 1),
          typeIds: [],
        });
  readOf.set(result, { position, read });
  for (const id of after) read = await decoder.next(read, id);
  return { data: read.logits, dims: [1, read.logits.length] };
}

/** The row [1, V] of a place, where the inspection computed it. */
function storedRow(
  { forward, prepared, inspection }: InspectionResult,
  place: PromptPlace,
): Tensor | undefined {
  if (place.after !== undefined && place.after.length > 0) return undefined;
  const { data, dims } = forward.logits;
  const count = prepared.tokens.ids.length;
  const position = place.position ?? count - 1;
  const [rows, width] = dims;
  if (dims.length !== 2) return undefined;
  if (rows === count)
    return { data: data.subarray(position * width, (position + 1) * width), dims: [1, width] };
  return rows === 1 && inspection.prediction.position === position ? forward.logits : undefined;
}

async function describe(
  model: LoadedModel,
  logits: Tensor,
  place: PromptPlace,
  { prepared }: InspectionResult,
  read: readonly number[],
): Promise<NextTokens> {
  const position = read.length - 1;
  // The row stands alone, whichever of the text it is.
  const alone = { data: logits.data, dims: [1, logits.data.length] };
  const prediction = await predictionAt(model.outcomes, alone, { kind: 'next-token', row: 0 });
  const texts = await Promise.all(
    prediction.candidates.map(({ id }) => continuationText(model.tokenizer, read, [id])),
  );
  const id = place.after?.length ? undefined : prepared.tokens.ids[position + 1];
  const next: NextTokens = { ...prediction, position, texts };
  if (id === undefined || id < 0 || id >= logits.data.length) return next;
  return {
    ...next,
    actual: {
      id,
      label: await labelOf(model.outcomes, 'next-token', id),
      logit: logits.data[id],
      probability: softmax(logits.data)[id],
      rank: rankOf(logits.data, id),
    },
  };
}

/**
 * The surprisal of every token of an inspected prompt, in bits: NaN for the first, which follows nothing.
 * @returns [S]
 */
export async function promptSurprisal({ model, result }: Recalled, work: Work): Promise<Float32Array> {
  const known = result.inspection.saliency.surprisal;
  if (known !== undefined) return known;
  const { prepared } = result;
  placeSequence(model, prepared, { inspection: result.inspection.id });
  work.check();
  const { stream } = result.forward;
  if (stream !== undefined && unembeddingOf(model) !== undefined)
    return surprisalFromStream(model, stream, prepared.tokens.ids);
  const positions = Array.from(prepared.tokens.ids.keys());
  const logits = await logitsAt(model, prepared.sequence, positions, result.interventions);
  return tokenSurprisal(logits, prepared.tokens.ids);
}
