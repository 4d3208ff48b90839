import { statSync } from 'node:fs';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { type InferenceSession } from 'onnxruntime-node';
import type { BlockName, HeadRef } from '../../protocol/inspection';
import type { ModelSummary } from '../../protocol/model';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import { gradientName } from '../gradients/differentiate';
import { normalise } from '../normalise';
import type { Model, ValueType } from '../onnx/graph';
import { findSites } from '../sites/find';
import { instrument, type Instrumented, type InstrumentOptions } from '../sites/instrument';
import type { SiteTable } from '../sites/site';
import { loadTokenizer } from '../tokens/load';
import type { ModelTokenizer } from '../tokens/tokenizer';
import type { PaddedBatch } from '../dataSets/padded';
import { inOneRun } from './batches';
import { toFloat32, type SequenceInputs } from './feeds';
import type { ModelConfig, ModelFolder } from './folder';
import { askedFeeds, textFeeds, type RunExtras } from './askedFeeds';
import { atSeededRows, atSeededRowsWithStream, withDirectGradients, withGradients } from './gradientGraphs';
import { leverFeed, type LeverSettings } from './levers';
import { summarise } from './modelSummary';
import { plain, rows, unbatched } from './outputs';
import { forwardRunOf, gradientRunOf, type ForwardRun, type GradientRun } from './runs';
import { openSession, reasonOf, type SessionCache } from './sessions';
import { streamOf } from './streams';
import type { Outcomes, Seed } from './targets';
import { answerOf, taskOf } from './task';
import { checkVocabulary, readWhole } from './wholeModel';

/** An edited graph, its session and what its outputs are. */
interface Edited extends Omit<Instrumented, 'model'> {
  readonly session: InferenceSession;
}

/** A model's graph, normalised where needed, with its attention sites and the output that holds its answer. */
export interface ModelAnatomy {
  readonly model: Model;
  readonly table: SiteTable;
  readonly answer: ValueType;
}

/** A model that was read, understood and can be run: with attention as outputs, with gradients, with heads off. */
export class LoadedModel {
  readonly summary: ModelSummary;
  readonly outcomes: Outcomes;
  /** Ids of special tokens that end or divide texts. */
  readonly separatorIds: ReadonlySet<number>;
  /** The target of the last inspection: who writes in a text mostly keeps its class. */
  expectedSeed?: Seed;
  private readonly edited = new Map<string, { readonly instrumented: Instrumented; readonly model: Model }>();
  private readonly answer: ValueType;

  private constructor(
    private readonly found: ModelFolder,
    private readonly model: Model,
    private readonly table: SiteTable,
    readonly tokenizer: ModelTokenizer | undefined,
    private readonly sessions: SessionCache,
    /** Changes when the file on disk does. */
    readonly version: string,
  ) {
    this.answer = answerOf(model);
    const { config } = found;
    const task = taskOf(model, config, tokenizer?.specials.mask !== undefined);
    this.outcomes = { task, labels: config.labels, isMultiLabel: config.isMultiLabel, tokenizer };
    const { sep, eos, mask } = tokenizer?.specials ?? {};
    this.separatorIds = new Set([sep, eos].flatMap((token) => (token === undefined ? [] : [token.id])));
    this.summary = summarise(found, model, table, task, mask?.id);
  }

  /** Reads a model's files; opens no session. @throws UserError that says what is wrong with them */
  static async open(found: ModelFolder, sessions: SessionCache): Promise<LoadedModel> {
    const version = versionOf(found);
    // The same operator is refused for the same reason in every layer: once is enough.
    const refusals = new Map<string, string>();
    const model = normalise(readWhole(found), 'where needed', ({ op }, { message }) =>
      refusals.set(op, message),
    );
    const sites = findSites(model);
    const table = { ...sites, missing: [...sites.missing, ...refusals.values()] };
    const takesText = model.graph.inputs.some(
      ({ name }) => name === 'input_ids' || name === 'decoder_input_ids',
    );
    const tokenizer = takesText ? await loadTokenizer(found.folder) : undefined;
    checkVocabulary(found, table, tokenizer);
    return new LoadedModel(found, model, table, tokenizer, sessions, version);
  }

  get name(): string {
    return this.found.name;
  }

  get folder(): string {
    return this.found.folder;
  }

  get onnxFile(): string {
    return this.found.onnxFile;
  }

  get config(): ModelConfig {
    return this.found.config;
  }

  /**
   * One forward run with attention, and with queries, keys, values and hidden states where the complete record is wanted.
   * @param options.rows of the answer that are looked at: a vocabulary of 100,000 makes the others dear. The complete record has all.
   */
  async forward(
    inputs: SequenceInputs,
    options: LeverSettings & { readonly isComplete?: boolean; readonly rows: readonly number[] | 'all' },
  ): Promise<ForwardRun> {
    this.needAttention();
    const isComplete = options.isComplete === true;
    const taps = { attentions: true, headMask: true };
    const positions = this.hasPositions && options.rows !== 'all' && !isComplete ? options.rows : undefined;
    const edited = isComplete
      ? await this.open('record', options, {
          ...taps,
          queriesKeysValues: true,
          hiddenStates: true,
          embeddings: true,
        })
      : await this.open(positions === undefined ? 'forward' : 'forward-rows', options, taps);
    const results = await this.run(edited, inputs, options, positions === undefined ? {} : { positions });
    return forwardRunOf(edited, results, this.answer.name);
  }

  /**
   * One forward and backward run.
   * @param seed what the target is, as weights of the logits at some positions
   * @throws UserError naming an operator that cannot be differentiated
   */
  async gradients(
    inputs: SequenceInputs,
    seed: Seed,
    options: LeverSettings & { readonly attentions?: boolean },
  ): Promise<GradientRun> {
    this.needAttention();
    const wantsAttention = options.attentions === true;
    // Every session packs the weights anew, so a model that can be run both ways at once has one for both.
    const edited =
      wantsAttention || this.hasPositions
        ? await this.open(
            wantsAttention ? 'gradient-attention' : 'gradient',
            options,
            { attentions: false, headMask: true, embeddings: true },
            wantsAttention,
          )
        : await this.openTogether(options);
    const results = await this.run(edited, inputs, options, { seed });
    return gradientRunOf(edited, results, wantsAttention ? this.table.sites : undefined);
  }

  /**
   * {@link forward} and {@link gradients} in one run, where the target is known before the answer is: the model is run once for both.
   * Of models whose answer has no positions, since the others' answers are computed at the target's rows only.
   */
  async forwardWithGradients(
    inputs: SequenceInputs,
    seed: Seed,
    settings: LeverSettings,
  ): Promise<{ readonly forward: ForwardRun; readonly gradients: GradientRun }> {
    this.needAttention();
    const edited = await this.openTogether(settings);
    const results = await this.run(edited, inputs, settings, { seed });
    return {
      forward: forwardRunOf(edited, results, this.answer.name),
      gradients: gradientRunOf(edited, results),
    };
  }

  /** The graph and what was found in it, for runs that edit it in ways of their own. */
  get anatomy(): ModelAnatomy {
    return { model: this.model, table: this.table, answer: this.answer };
  }

  /** A session over such an edit, kept warm under its key. */
  session(key: string, edit: () => Model): Promise<InferenceSession> {
    return this.sessions.get(`${this.version} ${key}`, () => openSession(edit()));
  }

  /** Stacks that have a look-up of their own. */
  get streams(): BlockName[] {
    return this.table.embeddings.map(({ stream }) => stream);
  }

  /**
   * Backward runs of many copies of one text in a batch, each at its own place on the path from a baseline, or with its own noise.
   * @returns e [S, D], the gradients [N, S, D] and the logits [N, …] of the copies
   */
  async pathGradients(
    inputs: SequenceInputs,
    seed: Seed,
    settings: LeverSettings,
  ): Promise<{ readonly embeddings: Tensor; readonly gradients: Tensor; readonly logits: Tensor }> {
    const edited = await this.openPath(settings);
    const results = await this.run(edited, inputs, settings, { seed });
    const stream = streamOf('tokens', this.streams) ?? 'self';
    const tensor = edited.embedded.get(stream);
    if (tensor === undefined)
      throw new UserError(
        `No word-embedding look-up was found in “${this.name}”, so there is nothing to integrate over.`,
        'model',
      );
    const gradients = results[gradientName(tensor)];
    const [, ...dims] = gradients.dims;
    const all = toFloat32(results[`embeddings.${stream}`]);
    const embeddings = {
      data: all.slice(
        0,
        dims.reduce((product, dim) => product * dim, 1),
      ),
      dims,
    };
    return {
      embeddings,
      gradients: { data: toFloat32(gradients), dims: [...gradients.dims] },
      logits: plain(results[this.answer.name]),
    };
  }

  /** The embedding [D] of one vocabulary entry. @param settings of the runs that it is for: no session but theirs is opened */
  async embeddingOf(
    id: number,
    stream: BlockName,
    inputs: SequenceInputs,
    settings: LeverSettings,
  ): Promise<Float32Array> {
    const edited = await this.openPath(settings);
    const all = { ...inputs, inputIds: Array.from(inputs.inputIds, () => id), given: undefined };
    const width = Number(this.answer.dims?.at(-1));
    // The session wants a seed; nobody looks at its gradient here.
    const seed = { weights: new Float32Array(width), positions: this.hasPositions ? [0] : [] };
    const results = await this.run(edited, all, settings, { seed });
    const { data, dims } = plain(results[`embeddings.${stream}`]);
    return data.slice(0, dims[dims.length - 1]);
  }

  /** Logits [N, V] or [N, K, V], at the seed's positions, of several texts of the same length that differ in their ids only. */
  async logitsOf(
    inputs: SequenceInputs,
    variants: readonly (readonly number[])[],
    seed: Seed,
    settings: LeverSettings,
  ): Promise<Tensor> {
    const edited = await this.open('logits', settings, { headMask: true });
    return inOneRun(variants, this.copying(seed), async (batch) => {
      const levers = { ...settings, batch: batch.length };
      const results = await this.run(edited, inputs, levers, { variants: batch, positions: seed.positions });
      return plain(results[this.answer.name]);
    });
  }

  /** Logits [N, C] or [N, K, V], at the positions, of a batch of texts. */
  async logitsOfBatch(
    { feeds, rows: { length: batch } }: PaddedBatch,
    positions: readonly number[],
    settings: LeverSettings,
  ): Promise<Tensor> {
    const edited = await this.open('logits', settings, { headMask: true });
    const results = await this.run(edited, undefined, { ...settings, batch }, { feeds, positions });
    return plain(results[this.answer.name]);
  }

  /** Logits [N, V] or [N, K, V], at the seed's positions, of one text with other heads off each time. */
  async logitsWithout(
    inputs: SequenceInputs,
    sets: readonly (readonly HeadRef[])[],
    seed: Seed,
    settings: LeverSettings,
  ): Promise<Tensor> {
    const edited = await this.open('logits', settings, { headMask: true });
    return inOneRun(sets, this.copying(seed), async (batch) => {
      const levers = { ...settings, ablateEach: batch, batch: batch.length };
      const results = await this.run(edited, inputs, levers, { positions: seed.positions });
      return plain(results[this.answer.name]);
    });
  }

  /** How copies with other ids, or other heads off, are run. */
  private copying({ weights: { length: size } }: Seed): {
    readonly size: number;
    readonly takesOne: boolean;
  } {
    const { inputs } = this.model.graph;
    return { size, takesOne: inputs.some(({ dims }) => (dims?.length ?? 0) > 1 && dims?.[0] === 1) };
  }

  /**
   * What heads write into the target on the direct way: the derivative by their factors along the residual stream alone.
   * @returns per block [L][H], for blocks that write into the stream that the target is read from
   * @throws UserError where the model has no such way
   */
  async directGradients(
    inputs: SequenceInputs,
    seed: Seed,
    settings: LeverSettings,
  ): Promise<ReadonlyMap<BlockName, Float32Array[]>> {
    const edited = await this.open('direct', settings, { headMask: true });
    const results = await this.run(edited, inputs, settings, { seed });
    return new Map(
      [...edited.levers].flatMap(([name, { kind, block }]) => {
        const gradient = results[gradientName(name)] as OrtTensor | undefined;
        const isMask = kind === 'head_mask' && gradient !== undefined;
        return isMask ? [[block, rows(unbatched(gradient))] as const] : [];
      }),
    );
  }

  private needAttention(): void {
    if (this.table.sites.length > 0) return;
    const why = this.table.missing.length > 0 ? ` (${this.table.missing[0]})` : '';
    throw new UserError(
      `No attention was found in “${this.name}”${why}. Headlight shows transformer models; choose another one.`,
      'model',
    );
  }

  private openTogether(settings: LeverSettings): Promise<Edited> {
    return this.open('gradient-forward', settings, { attentions: true, headMask: true, embeddings: true });
  }

  private openPath(settings: LeverSettings): Promise<Edited> {
    const steering = { embeddings: true, embeddingPath: true, embeddingNoise: true };
    return this.open('gradient-path', settings, { headMask: true, ...steering });
  }

  /** The session for runs of a kind. Only where attention is edited can it be: everything else is computed as the model has it, bit by bit. */
  private async open(
    kind: string,
    { scales }: LeverSettings,
    options: InstrumentOptions,
    attentionGradients = false,
  ): Promise<Edited> {
    const attentionScale = scales !== undefined;
    const key = attentionScale ? `${kind}-edited` : kind;
    let prepared = this.edited.get(key);
    if (prepared === undefined) {
      const instrumented = instrument(this.model, this.table, { ...options, attentionScale });
      prepared = {
        instrumented,
        model: this.prepared(kind, instrumented, attentionGradients),
      };
      this.edited.set(key, prepared);
    }
    const { instrumented, model } = prepared;
    const session = await this.sessions.get(`${this.version} ${key}`, () => openSession(model));
    return { ...instrumented, session };
  }

  /** The graph of a session: forward only, at the rows that the target stands at, or with gradients at these. */
  private prepared(kind: string, instrumented: Instrumented, attentionGradients: boolean): Model {
    const { table, answer, hasPositions } = this;
    const answering = { table, answer: answer.name, hasPositions, name: this.name };
    if (kind === 'direct') return withDirectGradients(instrumented, answering);
    // Steps of a path are many, and nobody asks what the heads do at each.
    const by = { heads: kind !== 'gradient-path', attentions: attentionGradients };
    if (kind.startsWith('gradient')) return withGradients(instrumented, answering, by);
    if (kind === 'forward-rows') return atSeededRowsWithStream(instrumented.model, this.model, answering);
    return kind === 'logits' ? atSeededRows(instrumented.model, answering) : instrumented.model;
  }

  /** The answer is [B, S, V]: logits of every token, not of the whole text. */
  get hasPositions(): boolean {
    return this.answer.dims?.length === 3;
  }

  private async run(
    edited: Edited,
    inputs: SequenceInputs | undefined,
    settings: LeverSettings,
    extra: RunExtras,
  ): Promise<Readonly<Record<string, OrtTensor>>> {
    const copies = settings.batch ?? 1;
    const feeds = textFeeds(this.model.graph.inputs, inputs, extra, copies);
    for (const [name, lever] of edited.levers) feeds[name] = leverFeed(lever, settings, this.table.sites);
    Object.assign(feeds, askedFeeds(extra, this.hasPositions, copies));
    try {
      return (await edited.session.run(feeds)) as Record<string, OrtTensor>;
    } catch (cause) {
      throw new UserError(
        `“${this.name}” could not be run on this input (${reasonOf(cause)}). Try a shorter or another text; where that does not help, the model is damaged.`,
        'model',
        { cause },
      );
    }
  }
}

/** Identifies the content of the model's files without reading them. */
export function versionOf({ onnxFile }: ModelFolder): string {
  const { size, mtimeMs } = statSync(onnxFile);
  return `${onnxFile} ${size} ${mtimeMs}`;
}
