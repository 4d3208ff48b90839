import { Tensor as OrtTensor, type InferenceSession } from 'onnxruntime-node';
import type { HeadRef } from '../../protocol/inspection';
import { UserError } from '../errors';
import { atPositions } from '../gradients/rows';
import type { Model, ValueType } from '../onnx/graph';
import { readModel } from '../onnx/read';
import { fillInputs, tensorOf, toFloat32, type SequenceInputs } from './feeds';
import type { LoadedModel } from './loaded';
import { logitsAt } from './logitRows';
import { reasonOf } from './sessions';
import { answerOf } from './task';

/** Input of the decoding session: the only rows of the answer that it computes. */
const rowsInput = 'headlight.rows';

/** What a decoder has read so far, and what it says comes next. Never changed: several continuations may begin at the same one. */
export interface Read {
  readonly ids: readonly number[];
  readonly mask: readonly number[];
  /** [V] of the token after the last one. */
  readonly logits: Float32Array;
  /** Keys and values by the model's input that takes them. */
  readonly past?: Readonly<Record<string, OrtTensor>>;
}

/** A causal model that reads a text token by token. */
export interface Decoder {
  readonly usesCache: boolean;
  begin(sequence: SequenceInputs): Promise<Read>;
  next(read: Read, id: number): Promise<Read>;
}

/**
 * A decoder for continuing a text. The model runs as it is published, but for its answer, of which only the last row is computed. Where it takes
 * past keys and values (inputs `past…`, outputs `present…`), it reads each token once.
 * @param options.ablate heads that are off: only the instrumented model can do that, which has no cache
 * @param options.cache false: all is read again for each token, also where the model could keep it
 */
export async function openDecoder(
  model: LoadedModel,
  options: { readonly ablate: readonly HeadRef[]; readonly cache?: boolean },
): Promise<Decoder> {
  if (options.ablate.length > 0) return new AblatedDecoder(model, options.ablate);
  const { graph, answer, cache } = publishedOf(model);
  // Asked for anew at each run: other work may come in between, and sessions that are long unused are given up.
  const session = (): Promise<InferenceSession> => model.session('decode', () => graph);
  await session();
  const hasRows = graph.graph.inputs.some(({ name }) => name === rowsInput);
  const published = { model, session, inputs: graph.graph.inputs, answer: answer.name, hasRows };
  return new PublishedDecoder(published, options.cache === false ? undefined : cache);
}

/** Which output is the next step's input. */
type CachePairs = ReadonlyMap<string, string>;

interface Published {
  readonly graph: Model;
  readonly answer: ValueType;
  /** Undefined for models without a cache. */
  readonly cache: CachePairs | undefined;
}

const published = new WeakMap<LoadedModel, Published>();

/** The model's file as it is, its answer restricted to chosen rows. */
function publishedOf(model: LoadedModel): Published {
  const known = published.get(model);
  if (known !== undefined) return known;
  const whole = readModel(model.onnxFile);
  const answer = answerOf(whole);
  const graph = model.hasPositions ? atPositions(whole, answer.name, rowsInput) : whole;
  const found = { graph, answer, cache: cachePairs(whole) };
  published.set(model, found);
  return found;
}

/** `past_key_values.0.key` is continued by `present.0.key`, `past_0` by `present_0`. Undefined where an input has no such output. */
function cachePairs({ graph }: Model): CachePairs | undefined {
  const suffixOf = (name: string): string => name.replace(/^(?:past|present)(?:_key_values)?/, '');
  const outputs = new Map(
    graph.outputs
      .filter(({ name }) => name.startsWith('present'))
      .map(({ name }) => [suffixOf(name), name] as const),
  );
  const pairs = new Map<string, string>();
  for (const { name } of graph.inputs) {
    if (!isPast(name)) continue;
    const output = outputs.get(suffixOf(name));
    if (output === undefined) return undefined;
    pairs.set(name, output);
  }
  return pairs.size > 0 ? pairs : undefined;
}

function isPast(name: string): boolean {
  return /^past(_key_values)?[._]\d/.test(name);
}

interface OpenedModel {
  readonly model: LoadedModel;
  readonly session: () => Promise<InferenceSession>;
  readonly inputs: readonly ValueType[];
  readonly answer: string;
  readonly hasRows: boolean;
}

class PublishedDecoder implements Decoder {
  constructor(
    private readonly opened: OpenedModel,
    private readonly cache: CachePairs | undefined,
  ) {}

  get usesCache(): boolean {
    return this.cache !== undefined;
  }

  begin({ inputIds, attentionMask }: SequenceInputs): Promise<Read> {
    return this.whole(Array.from(inputIds), Array.from(attentionMask));
  }

  async next({ ids, mask, past }: Read, id: number): Promise<Read> {
    const longer = { ids: [...ids, id], mask: [...mask, 1] };
    if (past === undefined) return this.whole(longer.ids, longer.mask);
    const feeds: Record<string, OrtTensor> = {};
    for (const input of this.ownInputs()) feeds[input.name] = past[input.name] ?? nextFeed(input, longer);
    return { ...longer, ...(await this.run(feeds, 0)) };
  }

  /** Reads everything anew. */
  private async whole(ids: readonly number[], mask: readonly number[]): Promise<Read> {
    const feeds = fillInputs(this.ownInputs(), {
      inputIds: ids,
      attentionMask: mask,
      typeIds: ids.map(() => 0),
    });
    return { ids, mask, ...(await this.run(feeds, ids.length - 1)) };
  }

  private ownInputs(): ValueType[] {
    return this.opened.inputs.filter(({ name }) => name !== rowsInput);
  }

  private async run(feeds: Record<string, OrtTensor>, row: number): Promise<Pick<Read, 'logits' | 'past'>> {
    const { model, session, answer, hasRows } = this.opened;
    if (hasRows) feeds[rowsInput] = new OrtTensor('int64', BigInt64Array.of(BigInt(row)), [1]);
    const wanted = [answer, ...(this.cache?.values() ?? [])];
    let results: InferenceSession.OnnxValueMapType;
    try {
      results = await (await session()).run(feeds, wanted);
    } catch (cause) {
      throw new UserError(
        `“${model.name}” could not go on with this text (${reasonOf(cause)}). Try a shorter or another text; where that does not help, the model is damaged.`,
        'model',
        { cause },
      );
    }
    const tensor = (name: string) => results[name] as OrtTensor;
    // All that the model gives is the one row; a buffer of its own lets go of the rest.
    const logits = toFloat32(tensor(answer)).slice(-Number(tensor(answer).dims.at(-1)));
    if (this.cache === undefined) return { logits };
    return {
      logits,
      past: Object.fromEntries(Array.from(this.cache, ([input, output]) => [input, tensor(output)])),
    };
  }
}

/** What an input is fed when one more token is read, all others being in the cache. @throws UserError where its meaning is not known */
function nextFeed(
  input: ValueType,
  { ids, mask }: { readonly ids: readonly number[]; readonly mask: readonly number[] },
): OrtTensor {
  const attended = mask.reduce((sum, flag) => sum + flag, 0);
  switch (input.name) {
    case 'use_cache_branch':
      return tensorOf(input.type, [1], [1]);
    case 'attention_mask':
      return tensorOf(input.type, mask, [1, mask.length]);
    case 'position_ids':
      return tensorOf(input.type, [attended - 1], [1, 1]);
    case 'past_sequence_length':
      return tensorOf(input.type, [ids.length - 1], input.dims?.length === 0 ? [] : [1]);
    case 'seqlens_k':
      return tensorOf(input.type, [ids.length - 1], input.dims?.length === 2 ? [1, 1] : [1]);
    case 'total_sequence_length':
    case 'total_seq_len':
      return tensorOf(input.type, [ids.length], input.dims?.length === 0 ? [] : [1]);
    default:
      // What is given per token is given for the one token that is read.
      return fillInputs([input], { inputIds: ids.slice(-1), attentionMask: [1], typeIds: [0] })[input.name];
  }
}

/** The instrumented model with heads off. */
class AblatedDecoder implements Decoder {
  readonly usesCache = false;

  constructor(
    private readonly model: LoadedModel,
    private readonly ablate: readonly HeadRef[],
  ) {}

  begin({ inputIds, attentionMask }: SequenceInputs): Promise<Read> {
    return this.read(Array.from(inputIds), Array.from(attentionMask));
  }

  next({ ids, mask }: Read, id: number): Promise<Read> {
    return this.read([...ids, id], [...mask, 1]);
  }

  private async read(ids: readonly number[], mask: readonly number[]): Promise<Read> {
    const sequence = { inputIds: ids, attentionMask: mask, typeIds: ids.map(() => 0) };
    const { data } = await logitsAt(this.model, sequence, [ids.length - 1], {
      ablate: this.ablate,
    });
    return { ids, mask, logits: data };
  }
}
