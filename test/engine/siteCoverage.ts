import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { BlockName } from '../../src/protocol/inspection';
import type { Tensor } from '../../src/protocol/tensor';
import { withoutPast } from '../../src/engine/onnx/branches';
import type { Model } from '../../src/engine/onnx/graph';
import { normalise } from '../../src/engine/normalise';
import { readModel } from '../../src/engine/onnx/read';
import { tensorOf } from '../../src/engine/session/feeds';
import { openSession } from '../../src/engine/session/sessions';
import { findSites } from '../../src/engine/sites/find';
import { instrument, type Instrumented } from '../../src/engine/sites/instrument';
import type { SiteTable } from '../../src/engine/sites/site';
import { Fixture, feedsOf, type FixtureInput } from './gradientFixtures';
import { difference, floats, largest, onlyRows, product, transposed, weighted } from './siteTensors';

/** Largest absolute differences over all inputs of one model file against its golden values. */
export interface Coverage {
  readonly table: SiteTable;
  readonly attentions: number;
  readonly hiddenStates: number;
  /** scale · q·kᵀ against that of the golden queries and keys, relative to its largest value. */
  readonly products: number;
  /** Relative to the largest golden value. */
  readonly values: number;
  readonly contexts: number;
  readonly embeddings: number;
  /** Contexts against attentions · values as they were tapped, relative to the largest: holds whatever the precision of the model. */
  readonly consistency: number;
  /** Logits with one head masked out. */
  readonly ablated: number;
  /** Logits against the golden ones. */
  readonly logits: number;
  /** Logits of the instrumented model against those of the plain one. */
  readonly intact: number;
  /** The same for a model whose embeddings can be steered, with all levers at rest. */
  readonly steered: number;
}

type Measure = Exclude<keyof Coverage, 'table'>;
type Feeds = Record<string, OrtTensor>;

/** An input as the fixtures describe it, as far as this file reads it. */
interface CaseInput extends FixtureInput {
  readonly ablated?: { readonly group: BlockName; readonly layer: number; readonly head: number };
  readonly attention_mask?: readonly number[];
}

/** Scales of the golden scores where they are not 1/√d. */
const goldenScales: Readonly<Record<string, number>> = {
  distilbert: 1,
  t5: 1,
  opt: 1,
  deberta_v2: 1,
  gemma2: 0.25,
};

export class CoverageRun {
  private readonly fixture: Fixture;
  private readonly worst = new Map<Measure, number>();
  private readonly ablated: Readonly<Record<string, CaseInput['ablated']>>;

  constructor(
    private readonly name: string,
    folder: string,
    /** Applied to the model as read, before anything is looked for: renaming, for example. */
    private readonly prepare: (model: Model) => Model = (model) => model,
  ) {
    this.fixture = new Fixture(folder);
    const { inputs } = JSON.parse(readFileSync(join(folder, 'inputs.json'), 'utf8')) as {
      inputs: CaseInput[];
    };
    this.ablated = Object.fromEntries(inputs.map((input) => [input.name, input.ablated]));
  }

  /** Folders of the fixture that hold a model. */
  static variantsOf(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .filter((name) =>
        ['model.onnx', 'decoder_model.onnx'].some((file) => existsSync(join(folder, name, file))),
      );
  }

  /** Runs one variant, the encoder and decoder files of a split one included. */
  async run(variant: string): Promise<Coverage> {
    this.worst.clear();
    const folder = join(this.fixture.folder, variant);
    const isSplit = existsSync(join(folder, 'encoder_model.onnx'));
    const parts = isSplit ? ['encoder_model.onnx', 'decoder_model.onnx'] : ['model.onnx'];
    const tables: SiteTable[] = [];
    let encoded: Map<string, OrtTensor> | undefined;
    for (const part of parts) {
      const isEncoder = part.startsWith('encoder');
      const plain = this.prepare(normalise(withoutPast(readModel(join(folder, part)))));
      const original = readModel(join(folder, part));
      const table = findSites(plain, { isEncoderHalf: isEncoder });
      tables.push(table);
      const instrumented = instrument(plain, table, {
        attentions: true,
        queriesKeysValues: true,
        contexts: true,
        hiddenStates: true,
        embeddings: true,
        headMask: true,
      });
      const steered = instrument(plain, table, { embeddingPath: true, embeddingNoise: true });
      const sessions: InferenceSession[] = [];
      for (const model of [original, instrumented.model, steered.model])
        sessions.push(await openSession(model));
      const next = new Map<string, OrtTensor>();
      for (const input of this.fixture.inputs) {
        // GroupQueryAttention counts tokens and cannot tell which are padding on the left.
        if (variant === 'genai' && input.name === 'padded') continue;
        const output = await this.compare({
          original,
          instrumented,
          steered,
          table,
          input,
          sessions,
          encoded: encoded?.get(input.name),
        });
        next.set(input.name, output);
      }
      await Promise.all(sessions.map((session) => session.release()));
      encoded = next;
    }
    const [first] = tables;
    const table: SiteTable = {
      ...first,
      sites: tables.flatMap(({ sites }) => sites),
      missing: tables.flatMap(({ missing }) => missing),
    };
    const of = (measure: Measure): number => this.worst.get(measure) ?? NaN;
    return {
      table,
      attentions: of('attentions'),
      hiddenStates: of('hiddenStates'),
      products: of('products'),
      values: of('values'),
      contexts: of('contexts'),
      embeddings: of('embeddings'),
      consistency: of('consistency'),
      ablated: of('ablated'),
      logits: of('logits'),
      intact: of('intact'),
      steered: of('steered'),
    };
  }

  private note(measure: Measure, difference: number): void {
    const before = this.worst.get(measure) ?? 0;
    this.worst.set(measure, Number.isNaN(difference) ? Infinity : Math.max(before, difference));
  }

  private async compare(step: {
    original: Model;
    instrumented: Instrumented;
    steered: Instrumented;
    table: SiteTable;
    input: FixtureInput;
    sessions: readonly InferenceSession[];
    encoded: OrtTensor | undefined;
  }): Promise<OrtTensor> {
    const { original, instrumented, table, input, sessions, encoded } = step;
    const mask = tensorOf(7, (input.feeds.attention_mask as number[][] | undefined)?.[0] ?? [], [
      1,
      this.realRows(input)?.length ?? 0,
    ]);
    const feeds = {
      ...feedsOf(original, this.fixture, this.forDecoder(input, encoded !== undefined)),
      ...restOf(original, mask, encoded),
    };
    const plain = await sessions[0].run(feeds);
    const [main] = sessions[0].outputNames;
    const [position] = original.graph.outputs.flatMap(({ name }, index) => (name === main ? [index] : []));
    const renamed: Feeds = {};
    const changed = instrumented.model.graph.inputs.filter(({ name }) => !instrumented.levers.has(name));
    // A prepared model has its inputs in the file's order, perhaps under other names and without those for the past.
    const kept = original.graph.inputs.filter(
      ({ name }) => changed.some((other) => other.name === name) || !isPast(name),
    );
    changed.forEach(
      ({ name }, index) =>
        (renamed[name] =
          feeds[
            changed.length === original.graph.inputs.length
              ? original.graph.inputs[index].name
              : kept[index].name
          ]),
    );
    const rest = leversAtRest(instrumented);
    const outputs = await sessions[1].run({ ...renamed, ...rest });
    const mainName = instrumented.model.graph.outputs[position].name;
    const real = this.realRows(input);
    // What a row of padding gives, of which everything is masked, is left open: forms of attention differ there.
    const counted = this.isDecoderOnly(table) ? real : undefined;
    this.note('intact', difference(floats(outputs[mainName]), floats(plain[main]), counted, -2));
    const resting = await sessions[2].run({ ...renamed, ...leversAtRest(step.steered) });
    this.note('steered', difference(floats(resting[mainName]), floats(plain[main]), counted, -2));

    const golden = (key: string): Tensor | undefined => this.fixture.value(input, key);
    const logits = golden(main) ?? (main.startsWith('logits') ? golden('logits') : undefined);
    if (logits !== undefined) this.note('logits', difference(floats(outputs[mainName]), logits, counted, -2));
    for (const site of table.sites) {
      const id = `${site.block}.${site.layer}`;
      const rows =
        site.block === 'decoder' || site.block === 'cross' || site.block === 'vision' ? undefined : real;
      const want = golden(`attentions.${id}`);
      if (want !== undefined)
        this.note('attentions', difference(floats(outputs[`attentions.${id}`]), want, rows, -2));
      const context = golden(`context.${id}`);
      if (context !== undefined)
        this.note(
          'contexts',
          difference(floats(outputs[`contexts.${id}`]), context, rows, -2) / largest(context),
        );
      const tapped = floats(outputs[`contexts.${id}`]);
      const recomputed = weighted(floats(outputs[`attentions.${id}`]), floats(outputs[`values.${id}`]));
      this.note('consistency', difference(recomputed, tapped) / largest(tapped));
      const values = golden(`v.${id}`);
      const valueRows = site.block === 'cross' ? real : rows;
      if (values !== undefined)
        this.note(
          'values',
          difference(floats(outputs[`values.${id}`]), values, valueRows, -2) / largest(values),
        );
      const [q, k] = [golden(`q.${id}`), golden(`k.${id}`)];
      if (q !== undefined && k !== undefined) {
        const scale = goldenScales[this.name] ?? 1 / Math.sqrt(q.dims.at(-1) ?? 1);
        const expected = product(q, k, scale);
        const actual = product(floats(outputs[`queries.${id}`]), floats(outputs[`keys.${id}`]), site.scale);
        // What a padding token's hidden state is differs between exports, and with it its key.
        const off = difference(
          transposed(actual),
          transposed(onlyRows(expected, actual, rows)),
          valueRows,
          -2,
        );
        this.note('products', off / largest(expected));
      }
    }
    for (const [block, states] of table.hiddenStates) {
      states.forEach((state, index) => {
        if (state === undefined) {
          this.note('hiddenStates', NaN);
          return;
        }
        const want = golden(`hidden_states.${block}.${index}`);
        const rows = block === 'decoder' || block === 'vision' ? undefined : real;
        if (want !== undefined)
          this.note(
            'hiddenStates',
            difference(floats(outputs[`hidden_states.${block}.${index}`]), want, rows, -2),
          );
      });
    }
    for (const { stream } of table.embeddings) {
      const want = golden(`embeddings.${stream}`) ?? golden('embeddings');
      if (want !== undefined)
        this.note('embeddings', difference(floats(outputs[`embeddings.${stream}`]), want));
    }
    await this.compareAblated(step, sessions[1], { ...renamed, ...rest }, mainName);
    return plain[main];
  }

  private async compareAblated(
    { instrumented, input }: { instrumented: Instrumented; input: FixtureInput },
    session: InferenceSession,
    feeds: Feeds,
    main: string,
  ): Promise<void> {
    const ablated = this.ablated[input.name];
    const want =
      this.fixture.value(input, 'logits_ablated') ?? this.fixture.value(input, 'logits_per_image_ablated');
    const lever = ablated === undefined ? undefined : instrumented.levers.get(`head_mask.${ablated.group}`);
    if (ablated === undefined || want === undefined || lever === undefined) return;
    const dims = lever.dims.slice(1).map(Number);
    const mask = new Float32Array(dims[0] * dims[1]).fill(1);
    mask[ablated.layer * dims[1] + ablated.head] = 0;
    const outputs = await session.run({
      ...feeds,
      [`head_mask.${ablated.group}`]: tensorOf(1, mask, [1, ...dims]),
    });
    const all = floats(outputs[main]);
    const [row] = input.scalar.index;
    const isSequence = all.dims.length === 3 && want.dims.length === 2;
    const width = all.dims.at(-1) ?? 1;
    const actual = isSequence
      ? { data: all.data.slice(row * width, (row + 1) * width), dims: [1, width] }
      : all;
    this.note('ablated', difference(actual, want));
  }

  /** A decoder's own file names its tokens as every other model does. */
  private forDecoder(input: FixtureInput, isDecoderHalf: boolean): FixtureInput {
    return isDecoderHalf
      ? { ...input, feeds: { ...input.feeds, input_ids: input.feeds.decoder_input_ids } }
      : input;
  }

  /** Rows of the main sequence that are no padding. */
  private realRows(input: FixtureInput): readonly boolean[] | undefined {
    const mask = input.feeds.attention_mask;
    if (!Array.isArray(mask) || !Array.isArray(mask[0])) return undefined;
    return mask[0].map((value: unknown) => value === 1);
  }

  private isDecoderOnly(table: SiteTable): boolean {
    return table.sites.every(({ block }) => block === 'self');
  }
}

const isPast = (name: string): boolean => /^past|use_cache_branch/.test(name);

/** Feeds for what the fixtures do not list: no past, and the encoder's output in a decoder's own file. */
function restOf(model: Model, mask: OrtTensor, encoded: OrtTensor | undefined): Feeds {
  const feeds: Feeds = {};
  for (const { name, type, dims } of model.graph.inputs) {
    if (name === 'use_cache_branch') feeds[name] = tensorOf(type, [0], [1]);
    else if (name.startsWith('past')) {
      const sizes = (dims ?? []).map((dim, axis) =>
        typeof dim === 'number' ? dim : axis === 0 || name === 'past_sequence_length' ? 1 : 0,
      );
      feeds[name] = tensorOf(type, new Float32Array(sizes.reduce((count, size) => count * size, 1)), sizes);
    } else if (name === 'encoder_hidden_states' && encoded !== undefined) feeds[name] = encoded;
    else if (name === 'encoder_attention_mask') feeds[name] = mask;
  }
  return feeds;
}

/** Every lever where it changes nothing. */
export function leversAtRest({ levers }: Instrumented): Feeds {
  const feeds: Feeds = {};
  for (const [name, { kind, dims }] of levers) {
    const sizes = dims.map((dim) => (typeof dim === 'number' ? dim : 1));
    const value = ['embedding_baseline', 'embedding_noise', 'attention_exact'].includes(kind) ? 0 : 1;
    feeds[name] = tensorOf(
      1,
      new Float32Array(sizes.reduce((count, size) => count * size, 1)).fill(value),
      sizes,
    );
  }
  return feeds;
}
