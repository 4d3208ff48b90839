import type { BlockName } from '../../protocol/inspection';
import { differentiate } from '../gradients/differentiate';
import { differentiateDirectly } from '../gradients/directPath';
import { atPositions, rowSource } from '../gradients/rows';
import type { Model } from '../onnx/graph';
import type { Instrumented, Lever } from '../sites/instrument';
import type { SiteTable } from '../sites/site';
import { mainStream } from './streams';

/** Input of sessions with gradients that weighs the logits: target = Σ seed · logits. */
export const seedInput = 'headlight.seed';
/** Input of the same sessions: the rows of the answer that the seed weighs. */
export const positionsInput = 'headlight.positions';

/** Output of the forward run at chosen rows: what the answer is made of, row by row, where the model has such a tensor. */
export const streamOutput = 'headlight.stream';

/** What a model answers with. */
export interface Answering {
  readonly table: SiteTable;
  /** The output: logits. */
  readonly answer: string;
  /** It has a row for every token. */
  readonly hasPositions: boolean;
  /** Of the model, for messages. */
  readonly name: string;
}

/** Only the rows of the answer that a target stands at are computed and differentiated. */
export function atSeededRows(model: Model, { answer, hasPositions }: Answering): Model {
  return hasPositions ? atPositions(model, answer, positionsInput) : model;
}

/**
 * The same with {@link streamOutput}, from which other rows of the answer can be had without another run of the layers.
 * @param whole the model before it was instrumented: where its answer is made of another tensor, there is no such output
 */
export function atSeededRowsWithStream(model: Model, whole: Model, answering: Answering): Model {
  const { answer, hasPositions } = answering;
  const source = hasPositions ? rowSource(whole, answer) : undefined;
  if (source === undefined || rowSource(model, answer) !== source) return atSeededRows(model, answering);
  return atPositions(model, answer, positionsInput, streamOutput);
}

/** Gradients of embeddings and head masks, and of attention where it is wanted. */
export function withGradients(
  { model, embedded, levers, probabilities }: Instrumented,
  answering: Answering,
  by: { readonly heads: boolean; readonly attentions: boolean },
): Model {
  const masks = by.heads ? masksOf(levers).map(([name]) => name) : [];
  const attentions = by.attentions ? [...probabilities.values()] : [];
  return differentiate(atSeededRows(model, answering), {
    seeds: [{ tensor: answering.answer, input: seedInput }],
    of: [...embedded.values(), ...masks, ...attentions],
  });
}

/** Gradients of the head masks of the stack that the answer is read from, along its residual stream alone. */
export function withDirectGradients({ model, levers }: Instrumented, answering: Answering): Model {
  const [stack, end] = mainStream(answering.table, answering.name);
  const blocks: readonly BlockName[] = stack === 'decoder' ? [stack, 'cross'] : [stack];
  const of = masksOf(levers)
    .filter(([, { block }]) => blocks.includes(block))
    .map(([name]) => name);
  return differentiateDirectly(atSeededRows(model, answering), {
    answer: answering.answer,
    seed: seedInput,
    end,
    of,
  });
}

function masksOf(levers: Instrumented['levers']): [string, Lever][] {
  return [...levers].filter(([, { kind }]) => kind === 'head_mask');
}
