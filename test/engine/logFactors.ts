import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Tensor as OrtTensor } from 'onnxruntime-node';
import { differentiate, gradientName } from '../../src/engine/gradients/differentiate';
import { normalise } from '../../src/engine/normalise';
import { withoutPast } from '../../src/engine/onnx/branches';
import { NodeBuilder } from '../../src/engine/onnx/builder';
import { floatTensor } from '../../src/engine/onnx/constants';
import { copyModel } from '../../src/engine/onnx/copy';
import { ElementType, type Model } from '../../src/engine/onnx/graph';
import { joinEncoder } from '../../src/engine/onnx/join';
import { readModel } from '../../src/engine/onnx/read';
import { TensorTypes } from '../../src/engine/onnx/types';
import { fillInputs } from '../../src/engine/session/feeds';
import { openSession } from '../../src/engine/session/sessions';
import { answerOf } from '../../src/engine/session/task';
import { instrument, type InstrumentOptions } from '../../src/engine/sites/instrument';
import type { AttentionSite, SiteTable } from '../../src/engine/sites/site';
import type { Tensor } from '../../src/protocol/tensor';
import type { GoldenInput } from './golden';
import { oneHot } from './gradientFixtures';
import { leversAtRest } from './siteCoverage';
import { floats } from './siteTensors';

/** A factor of zero: e to this is zero, and it can be added to a score in half precision. */
const logOfZero = -1e4;

/** The model of a file as the engine prepares it. */
export function prepared(file: string): Model {
  const model = withoutPast(readModel(file));
  const encoder = join(dirname(file), 'encoder_model.onnx');
  return normalise(
    basename(file).startsWith('decoder') && existsSync(encoder)
      ? joinEncoder(readModel(encoder), model)
      : model,
  );
}

/**
 * A copy of a model in which ln s is added to the scores of one site before its Softmax: softmax(x + ln s) is P·s with rows brought back to 1,
 * said without a word of P.
 * @param factors s [H, Sq, Sk]
 */
export function withLogFactors(model: Model, site: AttentionSite, { data, dims }: Tensor): Model {
  const copy = copyModel(model);
  const build = new NodeBuilder(copy.graph, 'test');
  const types = new TensorTypes(model);
  const logs = data.map((factor) => (factor === 0 ? logOfZero : Math.log(factor)));
  const [heads, queries, keys] = dims;
  const groups = types.dims(site.probabilities)?.[site.order[1]];
  const shape: Readonly<Record<AttentionSite['layout'], readonly number[]>> = {
    BHSS: [1, heads, queries, keys],
    '(BH)SS': [heads, queries, keys],
    BGHSS: [1, Number(groups), heads / Number(groups), queries, keys],
    SS: [queries, keys],
  };
  const constant = build.constant(floatTensor('', Array.from(logs), shape[site.layout]));
  // The scores lie as the probabilities do.
  const back = site.order.map((_, axis) => site.order.indexOf(axis));
  const laid = build.transpose(constant, back);
  const type = types.elementType(site.scores);
  const isHalf = type !== ElementType.float && type !== ElementType.undefined;
  const added = build.op('Add', [isHalf ? build.cast(site.scores, ElementType.float) : site.scores, laid]);
  const scores = isHalf ? build.cast(added, type) : added;
  const softmax = copy.graph.nodes.find((node) => node.outputs[0] === site.softmax);
  if (softmax === undefined) throw new Error(`No node makes ${site.softmax}.`);
  softmax.inputs[0] = scores;
  build.appendTo();
  return copy;
}

export interface Outcome {
  /** By `BLOCK.LAYER` [1, H, Sq, Sk]. */
  readonly attentions: ReadonlyMap<string, Tensor>;
  readonly answer: Tensor;
}

/** Runs a model that was given levers; those that `feeds` leaves out are at rest. */
export async function outcomeOf(
  model: Model,
  table: SiteTable,
  input: GoldenInput,
  options: InstrumentOptions = {},
  feeds: Readonly<Record<string, Tensor>> = {},
): Promise<Outcome> {
  const seen = instrument(model, table, { attentions: true, ...options });
  const session = await openSession(seen.model);
  const levers = leversAtRest(seen);
  for (const [name, { data, dims }] of Object.entries(feeds))
    levers[name] = new OrtTensor('float32', data, dims);
  const outputs = await session.run({ ...inputsOf(model, input), ...levers });
  const answer = floats(outputs[answerOf(model).name]);
  const attentions = new Map<string, Tensor>();
  for (const [name, { kind, block, index }] of seen.taps)
    if (kind === 'attentions') attentions.set(`${block}.${index}`, floats(outputs[name]));
  await session.release();
  return { attentions, answer };
}

/** ∂target/∂e per embedding look-up and ∂target/∂A per site of the model with its levers, the target being one number of the answer. */
export async function gradientsOf(
  model: Model,
  table: SiteTable,
  input: GoldenInput,
  options: InstrumentOptions = {},
  feeds: Readonly<Record<string, Tensor>> = {},
): Promise<Tensor[]> {
  const seen = instrument(model, table, options);
  const answer = answerOf(model).name;
  const of = [...seen.embedded.values(), ...seen.probabilities.values()];
  const session = await openSession(
    differentiate(seen.model, { seeds: [{ tensor: answer, input: 'seed' }], of }),
  );
  const levers = leversAtRest(seen);
  for (const [name, { data, dims }] of Object.entries(feeds))
    levers[name] = new OrtTensor('float32', data, dims);
  const dims = (await outcomeOf(model, table, input)).answer.dims;
  const seed = oneHot(dims, input.scalar.index);
  const outputs = await session.run({ ...inputsOf(model, input), ...levers, seed });
  await session.release();
  return of.map((tensor) => floats(outputs[gradientName(tensor)]));
}

function inputsOf(model: Model, { feeds }: GoldenInput): Record<string, OrtTensor> {
  const ids = Array.from(feeds['input_ids']?.data ?? [], Number);
  const decoderIds = Array.from(feeds['decoder_input_ids']?.data ?? [], Number);
  return fillInputs(model.graph.inputs, {
    inputIds: ids,
    attentionMask: ids.map(() => 1),
    typeIds: ids.map(() => 0),
    decoderInputIds: decoderIds,
    given: feeds,
  });
}
