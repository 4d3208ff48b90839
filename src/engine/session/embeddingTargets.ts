import type { InspectRequest, Prediction, Target } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import { prepareInputs } from './inputs';
import type { PreparedInputs } from './inputs';
import type { LoadedModel } from './loaded';
import type { ForwardRun } from './runs';
import type { SeededTarget } from './targets';

/** Letters of a text that names a target. */
const lettersShown = 40;

/** An embedding that another one is compared with: a constant, whatever is done to the other. */
interface Fixed {
  readonly text: string;
  /** [D] */
  readonly embedding: Float32Array;
}

/** A text that another one is compared with, run by the model as it is. */
export interface Reference extends Fixed {
  readonly prepared: PreparedInputs;
  readonly forward: ForwardRun;
}

/**
 * What embedding models are asked in the headless contract: with a second text, how similar the two are.
 * @returns a request of which nothing but the first text is run
 */
export function asSimilarity(request: InspectRequest, { outcomes: { task } }: LoadedModel): InspectRequest {
  if (task !== 'embedding' || request.pair === undefined) return request;
  const { pair, ...single } = request;
  return { ...single, target: { ...request.target, similarTo: pair } };
}

/**
 * The text that a request compares with and its embedding, by the model as it is.
 * @throws UserError where the model gives no embeddings, or the text is empty
 */
export async function referenceOf(
  { target }: InspectRequest,
  model: LoadedModel,
  mostTokens: number | undefined,
): Promise<Reference | undefined> {
  const text = target?.similarTo;
  if (text === undefined) return undefined;
  if (model.outcomes.task !== 'embedding')
    throw new UserError(
      `Similarity is for models that give embeddings; “${model.name}” does not. Choose such a model, or another target.`,
      'input',
    );
  if (text.trim() === '')
    throw new UserError('The text to compare with is empty. Give some words to compare with.', 'input');
  const inputs = { ...model.outcomes, config: model.config, name: model.name, mostTokens };
  const prepared = await prepareInputs({ model: model.name, text }, inputs);
  const forward = await model.forward(prepared.sequence, { ablate: [], rows: 'all' });
  return { text, embedding: pooled(forward.logits, attentionMask(prepared)), prepared, forward };
}

/** [S] 0 for padding, as the model is fed it. */
export function attentionMask({ sequence: { given, attentionMask } }: PreparedInputs): ArrayLike<number> {
  const fed = given?.['attention_mask']?.data;
  return fed === undefined ? attentionMask : Array.from(fed as ArrayLike<number | bigint>, Number);
}

/** The mean over tokens, padding left out, of an embedding model's output [S, D]; or the output [D] itself. */
export function pooled({ data, dims }: Tensor, mask: ArrayLike<number>): Float32Array {
  const width = dims[dims.length - 1];
  const shares = sharesOf(data.length / width, mask);
  const mean = new Float64Array(width);
  for (let i = 0; i < data.length; i++) mean[i % width] += data[i] * shares[Math.floor(i / width)];
  return Float32Array.from(mean);
}

/** [rows] what each row has of the mean. */
function sharesOf(rows: number, mask: ArrayLike<number>): Float64Array {
  const counted = Float64Array.from({ length: rows }, (_, row) =>
    rows > 1 && mask.length === rows && mask[row] === 0 ? 0 : 1,
  );
  const count = counted.reduce((sum, one) => sum + one, 0) || 1;
  return counted.map((one) => one / count);
}

/** A scalar of an embedding and its gradient. */
interface Scalar {
  readonly value: number;
  /** [D] */
  readonly gradient: Float64Array;
}

function lengthOf(vector: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i] ** 2;
  return Math.sqrt(squares);
}

/** ‖p‖, and p / ‖p‖ */
function norm(vector: Float32Array): Scalar {
  const length = lengthOf(vector);
  return { value: length, gradient: Float64Array.from(vector, (x) => x / (length || 1)) };
}

/** c = p·q / (‖p‖ ‖q‖), and q / (‖p‖ ‖q‖) − c·p / ‖p‖² */
function cosine(vector: Float32Array, other: Float32Array): Scalar {
  const [length, otherLength] = [lengthOf(vector) || 1, lengthOf(other) || 1];
  const value = vector.reduce((sum, x, d) => sum + (x / length) * (other[d] / otherLength), 0);
  const gradient = Float64Array.from(
    vector,
    (x, d) => other[d] / otherLength / length - (value * x) / length ** 2,
  );
  return { value, gradient };
}

/**
 * What is explained of an embedding: its cosine similarity with that of another text, or else its L2 norm. Neither is a weighted sum of
 * the output; the seed is the gradient at this very output, which gives the same gradients further down.
 * @param output [D] or [S, D]; of the latter the mean over tokens is the embedding
 */
export function embeddingOutcome(
  output: Tensor,
  mask: ArrayLike<number>,
  reference: Fixed | undefined,
): { readonly prediction: Prediction; readonly target: SeededTarget } {
  const kind = reference === undefined ? 'norm' : 'similarity';
  const rows = output.dims.length < 2 ? 0 : output.dims[0];
  const shares = sharesOf(rows || 1, mask);
  const scalarOf = (answer: Float32Array): Scalar => {
    const embedding = pooled({ data: answer, dims: output.dims }, mask);
    return reference === undefined ? norm(embedding) : cosine(embedding, reference.embedding);
  };
  const seedAt = (answer: Float32Array): Float32Array => {
    const { gradient } = scalarOf(answer);
    return Float32Array.from({ length: answer.length }, (_, i) => {
      const d = i % gradient.length;
      return shares[(i - d) / gradient.length] * gradient[d];
    });
  };
  const { value } = scalarOf(output.data);
  const label =
    reference === undefined ? 'norm of the pooled output' : `similarity to “${shortened(reference.text)}”`;
  const target: Target = { kind, id: 0, label, position: -1, value, probability: 1 };
  return {
    prediction: {
      kind,
      position: -1,
      candidates: [{ id: 0, label, logit: value, probability: 1 }],
      entropy: 0,
    },
    target: {
      target,
      seed: { weights: seedAt(output.data), positions: Array.from({ length: rows }, (_, i) => i) },
      valueOf: (answer) => scalarOf(answer).value,
      seedAt,
    },
  };
}

function shortened(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  const letters = Array.from(line);
  return letters.length > lettersShown ? `${letters.slice(0, lettersShown - 1).join('')}…` : line;
}
