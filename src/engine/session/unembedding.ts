import { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import { fromStream } from '../gradients/rows';
import { NodeBuilder } from '../onnx/builder';
import { attribute, ElementType, type Model } from '../onnx/graph';
import { tensorOf, toFloat32 } from './feeds';
import { streamOutput } from './gradientGraphs';
import type { LoadedModel } from './loaded';
import { unbatched } from './outputs';
import { reasonOf } from './sessions';

/** Input: the token [1, K] that follows each row. */
const nextInput = 'headlight.next';
/** Output [1, K, 1]: log p(next token), natural logarithm. */
const logProbabilityOutput = 'headlight.log_probability';

/** The end of a causal model, from its stream to the logits. */
export interface Unembedding {
  readonly model: Model;
  /** Element type of the stream. */
  readonly type: ElementType;
}

const known = new WeakMap<LoadedModel, Unembedding | undefined>();

/** Undefined for models that are no causal ones, and where the answer cannot be had row by row. */
export function unembeddingOf(model: LoadedModel): Unembedding | undefined {
  if (!known.has(model)) known.set(model, built(model));
  return known.get(model);
}

function built({ anatomy: { model, answer }, hasPositions, summary }: LoadedModel): Unembedding | undefined {
  // GatherElements is there from operator set 11 on.
  if (summary.task !== 'causal-lm' || !hasPositions || (model.opsets.get('') ?? 11) < 11) return undefined;
  const end = fromStream(model, answer.name, streamOutput);
  if (end === undefined) return undefined;
  const { graph } = end;
  const build = new NodeBuilder(graph, 'headlight/unembedding');
  graph.inputs.push({ name: nextInput, type: ElementType.int64, dims: [1, '', 1] });
  const logits = answer.type === ElementType.float ? answer.name : build.cast(answer.name, ElementType.float);
  const log = build.op('LogSoftmax', [logits], [attribute.int('axis', -1)]);
  build.node('GatherElements', [log, nextInput], [logProbabilityOutput], [attribute.int('axis', -1)]);
  build.appendTo();
  graph.outputs.push({ name: logProbabilityOutput, type: ElementType.float });
  return { model: end, type: graph.inputs[0].type };
}

/**
 * Rows of a causal model's answer, from the stream of a run that computed others.
 * @param stream [S, D] as the forward run gave it
 * @returns [K, V] logits
 */
export async function rowsFromStream(
  model: LoadedModel,
  stream: Tensor,
  positions: readonly number[],
): Promise<Tensor> {
  const width = stream.dims[1];
  const rows = new Float32Array(positions.length * width);
  positions.forEach((position, row) =>
    rows.set(stream.data.subarray(position * width, (position + 1) * width), row * width),
  );
  return unbatched(await run(model, rows, width, [], model.anatomy.answer.name));
}

/**
 * {@link tokenSurprisal} of a whole text, computed where the logits are: they are S times the vocabulary, and nobody looks at them.
 * @param stream [S, D] as the forward run gave it
 * @param ids [S]
 * @returns [S] bits; NaN for the first token
 */
export async function surprisalFromStream(
  model: LoadedModel,
  stream: Tensor,
  ids: ArrayLike<number>,
): Promise<Float32Array> {
  const count = ids.length - 1;
  const bits = new Float32Array(ids.length).fill(NaN);
  if (count < 1) return bits;
  const width = stream.dims[1];
  const next = Array.from({ length: count }, (_, row) => ids[row + 1]);
  const answer = await run(model, stream.data.subarray(0, count * width), width, next, logProbabilityOutput);
  toFloat32(answer).forEach((log, row) => (bits[row + 1] = Math.max(0, -log / Math.LN2)));
  return bits;
}

/** @param rows [K, D] @param next [K] ids; none where nobody asks for their probability */
async function run(
  model: LoadedModel,
  rows: Float32Array,
  width: number,
  next: readonly number[],
  output: string,
): Promise<OrtTensor> {
  const unembedding = unembeddingOf(model);
  if (unembedding === undefined)
    throw new UserError(`The answer of ${model.name} is not made row by row.`, 'model');
  const count = rows.length / width;
  const session = await model.session('unembedding', () => unembedding.model);
  const ids = BigInt64Array.from({ length: count }, (_, row) => BigInt(next[row] ?? 0));
  try {
    const results = await session.run(
      {
        [streamOutput]: tensorOf(unembedding.type, rows, [1, count, width]),
        [nextInput]: new OrtTensor('int64', ids, [1, count, 1]),
      },
      [output],
    );
    return results[output] as OrtTensor;
  } catch (cause) {
    throw new UserError(
      `“${model.name}” could not say what comes next (${reasonOf(cause)}). Its vocabulary may not be that of its tokenizer; download or export it again.`,
      'model',
      { cause },
    );
  }
}
