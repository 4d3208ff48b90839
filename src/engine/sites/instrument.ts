import type { BlockName } from '../../protocol/inspection';
import { NodeBuilder } from '../onnx/builder';
import { copyModel } from '../onnx/copy';
import { orOne } from '../onnx/dims';
import { attribute, ElementType, type Model, type Node, type ValueType } from '../onnx/graph';
import { TensorTypes } from '../onnx/types';
import { topologicalOrder } from '../onnx/wiring';
import { SiteLayout } from './layout';
import { scaledAttention } from './scaledAttention';
import type { AttentionSite, EmbeddingSite, SiteTable } from './site';

/** What is to be seen of a model and what is to be steered; everything left out is left as it was. */
export interface InstrumentOptions {
  /** Outputs `attentions.BLOCK.LAYER` [B, H, Sq, Sk]: the softmax values. */
  readonly attentions?: boolean;
  /** Outputs `queries.…`, `keys.…`, `values.…` [B, H, S, d]: after rotary embedding and after repeating grouped keys and values. */
  readonly queriesKeysValues?: boolean;
  /** Outputs `contexts.BLOCK.LAYER` [B, H, Sq, d]: probabilities · values of each head, before the output projection. */
  readonly contexts?: boolean;
  /** Outputs `hidden_states.BLOCK.I` [B, S, D]. */
  readonly hiddenStates?: boolean;
  /** Outputs `embeddings.STREAM` [B, S, E], before any intervention. */
  readonly embeddings?: boolean;
  /** Inputs `head_mask.BLOCK` [N, L, H], N = 1 or B: factors on the probabilities of each head, 1 for the model as it is. */
  readonly headMask?: boolean;
  /**
   * Inputs `attention_scale.BLOCK.LAYER` [N, H, Sq, Sk], each axis as long or 1: factors on the probabilities, whose rows are brought back to
   * their sums; and `attention_exact.BLOCK.LAYER` likewise, 1 for weights that become exactly their factor's share while the others of the row
   * make up for it ({@link scaledAttention}), 0 for the others. The probabilities that are given out are those behind it.
   */
  readonly attentionScale?: boolean;
  /**
   * Inputs `embedding_scale.STREAM` [B, 1, 1] and `embedding_baseline.STREAM` [1 or B, 1 or S, E]: the model sees
   * `scale · e + (1 − scale) · baseline` for the embeddings e. Scale 1 is the model as it is.
   */
  readonly embeddingPath?: boolean;
  /** Inputs `embedding_noise.STREAM` [B or 1, S or 1, E], added to the embeddings. */
  readonly embeddingNoise?: boolean;
}

export type TapKind =
  'attentions' | 'queries' | 'keys' | 'values' | 'contexts' | 'hidden_states' | 'embeddings';
export type LeverKind =
  | 'head_mask'
  | 'attention_scale'
  | 'attention_exact'
  | 'embedding_scale'
  | 'embedding_baseline'
  | 'embedding_noise';

/** A graph output that was added. */
export interface Tap {
  readonly kind: TapKind;
  readonly block: BlockName;
  /** Layer, or number of the hidden state; 0 for embeddings. */
  readonly index: number;
}

/** A graph input that was added; it must be fed (float32). */
export interface Lever {
  readonly kind: LeverKind;
  readonly block: BlockName;
  /** There where every layer has its own. */
  readonly layer?: number;
  readonly dims: readonly (number | string)[];
}

export interface Instrumented {
  /** An edited copy; weights are shared with the original. */
  readonly model: Model;
  /** By name of the graph output, in a fixed order. All float32. */
  readonly taps: ReadonlyMap<string, Tap>;
  /** By name of the graph input. */
  readonly levers: ReadonlyMap<string, Lever>;
  /** Per stream the tensor [B, S, E] that the model goes on with after the look-up and all interventions: gradients are with respect to it. */
  readonly embedded: ReadonlyMap<BlockName, string>;
  /** Per `BLOCK.LAYER` the probabilities that meet the values, before the head mask: as the model has them, in its order of axes, or scaled [B, H, Sq, Sk]. */
  readonly probabilities: ReadonlyMap<string, string>;
}

/**
 * Adds taps (outputs) and levers (inputs) to a copy of a model. With all levers at rest the model computes what it computed before.
 * @param table what {@link findSites} found in this very model
 */
export function instrument(model: Model, table: SiteTable, options: InstrumentOptions): Instrumented {
  return new Instrumentation(copyModel(model), table).apply(options);
}

class Instrumentation {
  private readonly taps = new Map<string, Tap>();
  private readonly levers = new Map<string, Lever>();
  private readonly embedded = new Map<BlockName, string>();
  private readonly scaled = new Map<AttentionSite, string>();
  private readonly build: NodeBuilder;
  private readonly types: TensorTypes;
  private readonly producers = new Map<string, Node>();

  constructor(
    private readonly model: Model,
    private readonly table: SiteTable,
  ) {
    model.graph.nodes = topologicalOrder(model.graph);
    this.build = new NodeBuilder(model.graph, 'headlight');
    this.types = new TensorTypes(model);
    for (const node of model.graph.nodes) for (const output of node.outputs) this.producers.set(output, node);
  }

  apply(options: InstrumentOptions): Instrumented {
    const { sites, hiddenStates, embeddings } = this.table;
    if (options.attentionScale === true) for (const site of sites) this.scaleAttention(site);
    for (const site of sites) this.tapSite(site, options);
    if (options.headMask === true) this.addHeadMasks();
    for (const embedding of embeddings) this.tapEmbedding(embedding, options);
    if (options.hiddenStates === true) {
      for (const [block, states] of hiddenStates) {
        states.forEach((state, index) => {
          if (state !== undefined) this.tap({ kind: 'hidden_states', block, index }, this.perText(state));
        });
      }
    }
    this.build.appendTo();
    this.model.graph.nodes = topologicalOrder(this.model.graph);
    const probabilities = new Map(
      sites.map((site) => [`${site.block}.${site.layer}`, this.scaled.get(site) ?? site.probabilities]),
    );
    return {
      model: this.model,
      taps: this.taps,
      levers: this.levers,
      embedded: this.embedded,
      probabilities,
    };
  }

  private tapSite(site: AttentionSite, options: InstrumentOptions): void {
    const { block, layer: index } = site;
    const layout = this.layoutOf(site);
    if (options.attentions === true)
      this.tap({ kind: 'attentions', block, index }, this.probabilitiesOf(site, layout));
    if (options.queriesKeysValues === true) {
      this.tap({ kind: 'queries', block, index }, layout.heads(site.queries));
      this.tap({ kind: 'keys', block, index }, layout.heads(site.keys));
      this.tap({ kind: 'values', block, index }, layout.heads(site.values));
    }
    if (options.contexts === true) this.tap({ kind: 'contexts', block, index }, layout.heads(site.context));
  }

  private layoutOf(site: AttentionSite): SiteLayout {
    const residual = site.residual?.input;
    const isBatched = residual !== undefined && this.types.rank(residual) === 3;
    return new SiteLayout(this.build, site, isBatched ? residual : this.batchedInput());
  }

  /** [B, H, Sq, Sk] as they meet the values, before the head mask. */
  private probabilitiesOf(site: AttentionSite, layout: SiteLayout): string {
    return this.scaled.get(site) ?? layout.probabilities(site.probabilities);
  }

  /** Makes a tensor a graph output of type float32. */
  private tap(tap: Tap, tensor: string): void {
    const wanted =
      tap.kind === 'embeddings' ? `${tap.kind}.${tap.block}` : `${tap.kind}.${tap.block}.${tap.index}`;
    const name = this.build.claim(wanted);
    const isFloat = this.types.elementType(tensor) === ElementType.float;
    if (isFloat) this.build.node('Identity', [tensor], [name]);
    else this.build.node('Cast', [tensor], [name], [attribute.int('to', ElementType.float)]);
    this.model.graph.outputs.push({ name, type: ElementType.float });
    this.taps.set(name, tap);
  }

  /** [B, S, D] of a residual stream that may lie as [B·S, D]. */
  private perText(state: string): string {
    if (this.types.rank(state) !== 2) return state;
    const { build } = this;
    const part = (tensor: string, from: number, to: number): string =>
      build.op('Slice', [build.op('Shape', [tensor]), build.ints([from]), build.ints([to]), build.ints([0])]);
    const [batch, width] = [part(this.batchedInput(), 0, 1), part(state, 1, 2)];
    return build.op('Reshape', [
      state,
      build.op('Concat', [batch, build.ints([-1]), width], [attribute.int('axis', 0)]),
    ]);
  }

  /** A graph input whose first dimension is the batch. */
  private batchedInput(): string {
    const { inputs } = this.model.graph;
    return (inputs.find(({ dims }) => (dims?.length ?? 0) > 1) ?? inputs[0]).name;
  }

  private lever(
    kind: LeverKind,
    block: BlockName,
    dims: readonly (number | string)[],
    layer?: number,
  ): string {
    const name = this.build.claim(layer === undefined ? `${kind}.${block}` : `${kind}.${block}.${layer}`);
    const input: ValueType = { name, type: ElementType.float, dims };
    this.model.graph.inputs.push(input);
    this.levers.set(name, { kind, block, ...(layer === undefined ? {} : { layer }), dims });
    return name;
  }

  /** Puts factors on the probabilities of one site, on their way to the values. */
  private scaleAttention(site: AttentionSite): void {
    const reader = this.producers.get(site.reader.output);
    if (reader === undefined) return;
    const { block, layer, probabilities } = site;
    const lever = (kind: LeverKind, axes: string): string => {
      const dims = ['copies', 'heads', 'queries', 'keys'].map((axis) => orOne(`${axes}_${axis}`));
      return this.lever(kind, block, dims, layer);
    };
    const layout = this.layoutOf(site);
    const scaled = scaledAttention(
      this.build,
      layout.probabilities(probabilities),
      { scale: lever('attention_scale', 'scaled'), exact: lever('attention_exact', 'exact') },
      this.types.elementType(probabilities),
    );
    this.scaled.set(site, scaled);
    reader.inputs[site.reader.slot] = layout.asProbabilities(scaled, probabilities);
  }

  private addHeadMasks(): void {
    const blocks = new Map<BlockName, AttentionSite[]>();
    for (const site of this.table.sites) blocks.set(site.block, [...(blocks.get(site.block) ?? []), site]);
    for (const [block, sites] of blocks) {
      const heads = Math.max(...sites.map((site) => site.heads));
      const isEven = sites.every((site) => site.heads === heads);
      const mask = this.lever('head_mask', block, [
        orOne('head_masks'),
        sites.length,
        heads === 0 ? `${block}_heads` : heads,
      ]);
      for (const site of sites) this.maskHeads(site, mask, isEven ? undefined : site.heads);
    }
  }

  /** Multiplies the probabilities of one site, on their way to the values, with its row of the mask. */
  private maskHeads(site: AttentionSite, mask: string, heads: number | undefined): void {
    const reader = this.producers.get(site.reader.output);
    if (reader === undefined) return;
    const layout = this.layoutOf(site);
    const row = this.build.op('Gather', [mask, this.build.int(site.layer)], [attribute.int('axis', 1)]);
    const own =
      heads === undefined
        ? row
        : this.build.op('Slice', [row, this.build.ints([0]), this.build.ints([heads]), this.build.ints([1])]);
    // Zeros copy the sizes of [N, H]: no number needs to be known.
    const shaped = this.build.op('Reshape', [own, this.build.ints([0, 0, 1, 1])]);
    const factors = this.likewise(shaped, site.probabilities);
    const masked = this.build.op('Mul', [this.probabilitiesOf(site, layout), factors]);
    reader.inputs[site.reader.slot] = layout.asProbabilities(masked, site.probabilities);
  }

  /** A float32 tensor in the precision of another one. */
  private likewise(tensor: string, like: string): string {
    const type = this.types.elementType(like);
    return type === ElementType.float || type === ElementType.undefined
      ? tensor
      : this.build.cast(tensor, type);
  }

  private tapEmbedding({ stream, tensor, width }: EmbeddingSite, options: InstrumentOptions): void {
    const steered = options.embeddingPath === true || options.embeddingNoise === true;
    const producer = this.producers.get(tensor);
    if (!steered || producer === undefined) {
      if (options.embeddings === true) this.tap({ kind: 'embeddings', block: stream, index: 0 }, tensor);
      this.embedded.set(stream, tensor);
      return;
    }
    // The look-up's own output gets another name, so that every reader, bodies of control flow included, sees the steered one.
    const raw = this.build.fresh('embedding');
    producer.outputs[producer.outputs.indexOf(tensor)] = raw;
    producer.name = raw;
    const size = width === 0 ? `${stream}_width` : width;
    let value = this.build.cast(raw, ElementType.float);
    if (options.embeddings === true) this.tap({ kind: 'embeddings', block: stream, index: 0 }, value);
    if (options.embeddingPath === true) {
      const scale = this.lever('embedding_scale', stream, [orOne(`${stream}_scales`), 1, 1]);
      const baseline = this.lever('embedding_baseline', stream, [
        orOne(`${stream}_baselines`),
        orOne(`${stream}_baseline_tokens`),
        size,
      ]);
      // Scale 1 leaves every bit of the embedding as it is; baseline + scale · (e − baseline) would not.
      const rest = this.build.op('Mul', [this.build.op('Sub', [this.build.scalar(1), scale]), baseline]);
      value = this.build.op('Add', [this.build.op('Mul', [value, scale]), rest]);
    }
    if (options.embeddingNoise === true) {
      const noise = this.lever('embedding_noise', stream, [
        orOne(`${stream}_noises`),
        orOne(`${stream}_noise_tokens`),
        size,
      ]);
      value = this.build.op('Add', [value, noise]);
    }
    this.build.node(
      'Cast',
      [value],
      [tensor],
      [attribute.int('to', this.types.elementType(tensor) || ElementType.float)],
    );
    this.embedded.set(stream, tensor);
  }
}
