import { Tensor as OrtTensor } from 'onnxruntime-node';
import type { BlockName, Inspection } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import { differentiate, gradientName } from '../gradients/differentiate';
import { atPositions } from '../gradients/rows';
import { headsPerLayer } from '../measures/definitions';
import { cutPadding } from '../measures/headAttention';
import { computeSaliency } from '../measures/saliencies';
import type { Model } from '../onnx/graph';
import { toFloat32 } from '../session/feeds';
import { completeRows } from '../session/inspect';
import { leverFeed } from '../session/levers';
import type { LoadedModel } from '../session/loaded';
import type { GradientRun } from '../session/runs';
import { streamOf } from '../session/streams';
import { measureBlock, rowsOf } from '../session/summary';
import type { ParsedText, TextParser } from '../session/textParser';
import type { ConlluTexts } from '../syntax/conlluTexts';
import { segment } from '../syntax/segment';
import { instrument, type Instrumented } from '../sites/instrument';
import { positionsFeed, positionsInput, positionsOf, runSession, type BatchAnswer } from './batchRun';
import type { PaddedBatch } from './padded';
import { ScoreSums } from './scoreSums';

/** Input of the graph: the weights of the logits of each row; its target is Σ weights · logits. */
const seedInput = 'headlight.seed';

/** The results of one backward run of a batch. */
type Results = Readonly<Record<string, OrtTensor | undefined>>;

/** Measures the heads of a model over texts, batch by batch. */
export class Scorer {
  private graph: { readonly model: Model; readonly instrumented: Instrumented } | undefined;
  /** Why there are no gradients, where there are none. */
  private refusal: string | undefined;
  /** Texts that the CoNLL-U file does not have. */
  private strangers = 0;

  constructor(
    private readonly model: LoadedModel,
    private readonly parser: TextParser,
    /** In place of the parser. */
    private readonly conllu: ConlluTexts | undefined,
  ) {}

  /** Sentences for the user. */
  get notes(): string[] {
    return [
      ...(this.refusal === undefined ? [] : [this.refusal]),
      ...(this.strangers === 0
        ? []
        : [
            `${this.strangers.toLocaleString('en')} ${this.strangers === 1 ? 'text is' : 'texts are'} not in the CoNLL-U file, so that ${this.strangers === 1 ? 'it counts' : 'they count'} for no relation.`,
          ]),
    ];
  }

  /** The sums over a batch that has been run. */
  async score({ rows, batch }: BatchAnswer): Promise<ScoreSums> {
    const { instrumented } = this.edited();
    const results = await this.run(
      batch,
      rows.map(({ logits }, index) => this.seedOf(logits, rows[index].predicted)),
    );
    const parsed = await this.parse(batch);
    const sums = new ScoreSums();
    batch.rows.forEach((_, index) => this.addRow(sums, index, batch, parsed[index], results, instrumented));
    return sums;
  }

  private edited(): { readonly model: Model; readonly instrumented: Instrumented } {
    if (this.graph !== undefined) return this.graph;
    const { anatomy, hasPositions } = this.model;
    const { name } = anatomy.answer;
    const instrumented = instrument(anatomy.model, anatomy.table, { attentions: true, headMask: true });
    const chosen = hasPositions ? atPositions(instrumented.model, name, positionsInput) : instrumented.model;
    const masks = [...instrumented.levers.keys()];
    try {
      const model = differentiate(chosen, {
        seeds: [{ tensor: name, input: seedInput }],
        of: [...instrumented.embedded.values(), ...masks],
      });
      this.graph = { model, instrumented };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.refusal = error.message;
      this.graph = { model: chosen, instrumented };
    }
    return this.graph;
  }

  /** Weights of a row's logits: 1 at the prediction; for embedding models the direction of the pooled output, so that the target is its norm. */
  private seedOf(logits: Float32Array, predicted: number): Float32Array {
    const weights = new Float32Array(logits.length);
    if (predicted >= 0) {
      weights[predicted] = 1;
      return weights;
    }
    const width = Number(this.model.anatomy.answer.dims?.at(-1)) || logits.length;
    const tokens = logits.length / width;
    const pooled = new Float32Array(width);
    logits.forEach((value, at) => (pooled[at % width] += value / tokens));
    const norm = Math.hypot(...pooled) || 1;
    return weights.map((_, at) => pooled[at % width] / norm / tokens);
  }

  private async run(batch: PaddedBatch, seeds: readonly Float32Array[]): Promise<Results> {
    const { model, instrumented } = this.edited();
    const session = await this.model.session('data-set scores', () => model);
    const positions = positionsOf(this.model, batch);
    const feeds: Record<string, OrtTensor> = { ...batch.feeds, ...positionsFeed(this.model, positions) };
    const eachOn = { ablate: [], ablateEach: batch.rows.map(() => []) };
    for (const [name, lever] of instrumented.levers)
      feeds[name] = leverFeed(lever, eachOn, this.model.anatomy.table.sites);
    if (this.refusal === undefined) feeds[seedInput] = this.seedFeed(batch, positions, seeds);
    return runSession(this.model, session, feeds);
  }

  /** [B, C] or [B, K, V]: each row's weights at its own positions, nothing at those of others. */
  private seedFeed(
    { rows }: PaddedBatch,
    positions: readonly number[],
    seeds: readonly Float32Array[],
  ): OrtTensor {
    if (!this.model.hasPositions) {
      const width = seeds[0].length;
      const all = new Float32Array(width * rows.length);
      seeds.forEach((seed, row) => all.set(seed, row * width));
      return new OrtTensor('float32', all, [rows.length, width]);
    }
    const isOfAll = this.model.outcomes.task === 'embedding';
    const width = isOfAll ? seeds[0].length / rows[0].ids.length : seeds[0].length;
    const all = new Float32Array(rows.length * positions.length * width);
    seeds.forEach((seed, row) => {
      const at = isOfAll ? 0 : positions.indexOf(rows[row].position);
      all.set(seed, (row * positions.length + at) * width);
    });
    return new OrtTensor('float32', all, [rows.length, positions.length, width]);
  }

  private parse({ rows }: PaddedBatch): Promise<ParsedText[]> {
    const texts = rows.map(({ prepared }) => prepared?.text ?? '');
    const { conllu } = this;
    if (conllu === undefined) return this.parser.parseMany(texts);
    return Promise.resolve(
      texts.map((text) => {
        const found = conllu.find(text);
        if (found === undefined) this.strangers++;
        return found ?? { words: segment(text), notes: [] };
      }),
    );
  }

  private addRow(
    sums: ScoreSums,
    index: number,
    batch: PaddedBatch,
    { words, parse }: ParsedText,
    results: Results,
    instrumented: Instrumented,
  ): void {
    const { ids, decoderIds, prepared, pairText = '' } = batch.rows[index];
    if (prepared === undefined) return;
    const lengths = { tokens: ids.length, pair: decoderIds?.length ?? 0 };
    const own = (tensor: OrtTensor): Tensor => ofRow(tensor, index, batch.rows.length);
    const attentions = new Map<BlockName, Tensor[]>();
    for (const [name, { kind, block, index: layer }] of instrumented.taps) {
      const tensor = results[name];
      if (kind !== 'attentions' || tensor === undefined) continue;
      const { queries, keys } = rowsOf(block);
      const layers = attentions.get(block) ?? [];
      attentions.set(block, layers);
      const whole = own(tensor);
      layers[layer] = cutPadding(
        whole,
        attended(whole.dims[1], lengths[queries]),
        attended(whole.dims[2], lengths[keys]),
      );
    }
    const heads = new Map<BlockName, Float32Array[]>();
    for (const [name, { block }] of instrumented.levers) {
      const tensor = results[gradientName(name)];
      if (tensor !== undefined) heads.set(block, layersOf(own(tensor)));
    }
    const gradients: GradientRun | undefined =
      this.refusal === undefined ? { heads, embeddings: new Map() } : undefined;
    const saliencyOf = (row: 'tokens' | 'pair'): Inspection['saliency'] => {
      const stream = streamOf(row, instrumented.embedded.keys());
      const tensor = stream === undefined ? undefined : instrumented.embedded.get(stream);
      const found = tensor === undefined ? undefined : results[gradientName(tensor)];
      if (found === undefined) return {};
      const { data, dims } = own(found);
      const gradient = { data: data.subarray(0, lengths[row] * dims[1]), dims: [lengths[row], dims[1]] };
      return computeSaliency({ gradient }, ['gradient-l1']);
    };
    const source = {
      attentions,
      rows: completeRows(prepared, words),
      text: prepared.text,
      pairText,
      separatorIds: this.model.separatorIds,
      words,
      parse,
      gradients,
      saliency: saliencyOf('tokens'),
      pairSaliency: decoderIds === undefined ? undefined : saliencyOf('pair'),
      names: undefined,
    };
    sums.texts++;
    if (parse !== undefined) {
      sums.parsed++;
      sums.words += words.text.length;
    }
    for (const [name, layers] of attentions) {
      const { measures, hits } = measureBlock(name, layers, source);
      const shape = { layers: layers.length, heads: headsPerLayer({ attentions: layers }) };
      sums.addText(name, { ...shape, ...(hits === undefined ? {} : { hits }) }, measures);
    }
  }
}

/** One row of a batch [B, …], as a view without the batch axis; attention that lies as [B·H, …] likewise. */
function ofRow(tensor: OrtTensor, row: number, rows: number): Tensor {
  const data = toFloat32(tensor);
  const size = data.length / rows;
  return { data: data.subarray(row * size, (row + 1) * size), dims: tensor.dims.slice(1) };
}

/** [n] 1 for the first `count`. */
function attended(length: number, count: number): Uint8Array {
  return new Uint8Array(length).fill(1, 0, count);
}

/** The layers [H] of [L, H]. */
function layersOf({ data, dims }: Tensor): Float32Array[] {
  return Array.from({ length: dims[0] }, (_, layer) => data.subarray(layer * dims[1], (layer + 1) * dims[1]));
}
