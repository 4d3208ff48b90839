import type {
  BlockMeasureName,
  BlockName,
  BlockSummary,
  FurtherHeadMeasureName,
  HeadMeasurement,
  HeadRef,
  InspectRequest,
} from '../../protocol/inspection';
import { isOutcome } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import { HeadAttention } from '../measures/headAttention';
import { focusOf, specializationOf } from '../measures/headDeviation';
import { isPrecise, sampleShapley } from '../measures/shapleyValue';
import { batchesOf, batchSize } from './batchBudget';
import { answerOf } from './furtherRuns';
import type { PreparedInputs } from './inputs';
import type { Interventions } from './levers';
import type { LoadedModel } from './loaded';
import type { Work } from './queue';
import { prefixMatchingOf } from './prefixMatching';
import type { SeededTarget } from './targets';

const defaultSeconds = 10;
/** Shapley values whose standard errors are below this share of the largest one need no more time. */
const precision = 0.005;

/** What further runs for the heads of an inspection work with. */
export interface HeadRuns {
  readonly request: InspectRequest;
  readonly model: LoadedModel;
  readonly work: Work;
  readonly prepared: PreparedInputs;
  readonly target: SeededTarget;
  readonly interventions: Interventions;
  /** Per block and layer [H, Sq, Sk]. */
  readonly attentions: ReadonlyMap<BlockName, readonly Tensor[]>;
}

/** Whether a measure needs runs of its own. */
export function furtherMeasures(names: InspectRequest['measures'] = []): FurtherHeadMeasureName[] {
  const found = new Set<FurtherHeadMeasureName>();
  for (const name of names) {
    if (name === 'specialization' || name === 'focus') found.add('head-deviation');
    else if (isFurther(name)) found.add(name);
  }
  return [...found];
}

function isFurther(name: string): name is FurtherHeadMeasureName {
  return name in computations;
}

/**
 * The measures of heads that need further runs of the model: in batches, with progress, given up between batches when the
 * caller cancels. Heads that are off are not measured: they get NaN, and everything is relative to the model without them.
 */
export async function measureHeads(
  names: readonly FurtherHeadMeasureName[],
  runs: HeadRuns,
): Promise<HeadMeasurement> {
  const results = new Results(runs.attentions);
  // Ablation effects and deviations come from the same runs.
  for (const compute of new Set(names.map((name) => computations[name]))) {
    const own = names.filter((name) => computations[name] === compute);
    try {
      await compute(results, runs, own);
    } catch (error) {
      if (!(error instanceof UserError) || error.kind === 'cancelled') throw error;
      for (const name of own) results.unmeasured[name] = error.message;
    }
  }
  return results.measurement();
}

type Compute = (results: Results, runs: HeadRuns, names: readonly FurtherHeadMeasureName[]) => Promise<void>;

const computations: Readonly<Record<FurtherHeadMeasureName, Compute>> = {
  'ablation-effect': ablate,
  'head-deviation': ablate,
  'shapley-value': shapley,
  'direct-logit-attribution': attributeLogits,
  'prefix-matching': matchPrefixes,
};

/**
 * The target, and the probability of the outcome explained (NaN where it has none), with each of these sets of heads off, besides those that are
 * off anyway: one batch of runs of the session that also serves occlusion.
 */
export async function targetsWithout(
  sets: readonly (readonly HeadRef[])[],
  { model, work, prepared, target, attentions, interventions }: HeadRuns,
): Promise<{ readonly values: Float64Array; readonly probabilities: Float64Array }> {
  const values = new Float64Array(sets.length);
  const probabilities = new Float64Array(sets.length).fill(NaN);
  for (const { from, count } of batchesOf(sets.length, copiesOf(model, attentions))) {
    work.check();
    const batch = sets.slice(from, from + count);
    const logits = await model.logitsWithout(prepared.sequence, batch, target.seed, interventions);
    for (let copy = 0; copy < count; copy++) {
      const answer = answerOf(logits, copy);
      values[from + copy] = target.valueOf(answer);
      if (target.probabilityOf) probabilities[from + copy] = target.probabilityOf(answer);
    }
  }
  return { values, probabilities };
}

async function ablate(
  results: Results,
  runs: HeadRuns,
  names: readonly FurtherHeadMeasureName[],
): Promise<void> {
  const heads = headsOn(runs);
  const whole = await targetsWithout([[]], runs);
  const [value, probability] = [whole.values[0], whole.probabilities[0]];
  const effects = results.empty();
  const deviations = results.empty();
  for (const { from, count } of batchesOf(heads.length, copiesOf(runs.model, runs.attentions))) {
    runs.work.report({ message: `Ablation, head ${from} of ${heads.length}`, fraction: from / heads.length });
    const batch = heads.slice(from, from + count);
    const without = await targetsWithout(
      batch.map((head) => [head]),
      runs,
    );
    batch.forEach((head, i) => {
      const effect = without.values[i] - value;
      effects.set(head, effect);
      // 1 − p is the error where the target is an outcome; else how far the target is from what it was.
      deviations.set(
        head,
        Number.isNaN(probability) ? Math.abs(effect) : probability - without.probabilities[i],
      );
    });
  }
  if (names.includes('ablation-effect')) results.add('ablation-effect', effects);
  if (!names.includes('head-deviation')) return;
  results.add('head-deviation', deviations);
  for (const [block, layers] of runs.attentions) {
    const numbers = deviations.of(block);
    const width = numbers.length / layers.length;
    results.addTogether(block, 'specialization', specializationOf(numbers));
    results.addTogether(
      block,
      'focus',
      focusOf(numbers, (at) => attentionAt(layers[Math.floor(at / width)], at % width)),
    );
  }
}

async function shapley(results: Results, runs: HeadRuns): Promise<void> {
  const { request, work, attentions } = runs;
  const { seconds = defaultSeconds, permutations = Infinity, seed, tolerance } = request.shapley ?? {};
  const heads = headsOn(runs);
  const began = performance.now();
  const spent = (): number => (performance.now() - began) / 1000;
  const estimate = await sampleShapley(
    {
      players: heads.length,
      values: async (coalitions) => {
        const byTime = Math.min(0.99, spent() / Math.max(seconds, 1e-3));
        work.report({ message: `Shapley values of ${heads.length} heads`, fraction: byTime });
        const sets = coalitions.map((out) => out.map((player) => heads[player]));
        return (await targetsWithout(sets, runs)).values;
      },
    },
    {
      batch: copiesOf(runs.model, attentions),
      seed,
      tolerance,
      isEnough: (soFar) =>
        soFar.permutations >= permutations || spent() >= seconds || isPrecise(soFar, precision),
    },
  );
  const [values, errors] = [results.empty(), results.empty()];
  heads.forEach((head, player) => {
    values.set(head, estimate.values[player]);
    errors.set(head, estimate.errors[player]);
  });
  results.add('shapley-value', values, errors);
  if (estimate.permutations <= 2)
    results.notes.push(
      `In ${seconds} s there was time for one random order of the heads and its reverse only: the Shapley values are rough. Allow more time, or inspect a shorter text.`,
    );
}

async function attributeLogits(results: Results, runs: HeadRuns): Promise<void> {
  const { model, work, prepared, target, interventions } = runs;
  work.report({ message: 'Direct logit attribution' });
  if (!isOutcome(target.target.kind))
    throw new UserError(
      'Direct logit attribution explains a logit; the target here is none. Choose the ablation effect.',
    );
  const found = await model.directGradients(prepared.sequence, target.seed, interventions);
  const numbers = results.empty();
  for (const head of headsOn(runs)) {
    const layer = found.get(head.block)?.[head.layer];
    if (layer !== undefined) numbers.set(head, layer[head.head]);
  }
  results.add('direct-logit-attribution', numbers);
}

async function matchPrefixes(results: Results, { model, prepared, work }: HeadRuns): Promise<void> {
  const numbers = results.empty();
  for (const [block, layers] of await prefixMatchingOf(model, prepared, work))
    layers.forEach((scores, layer) =>
      scores.forEach((score, head) => numbers.set({ block, layer, head }, score)),
    );
  results.add('prefix-matching', numbers);
}

/** Every head that is not switched off. */
function headsOn({ interventions: { ablate: off }, attentions }: HeadRuns): HeadRef[] {
  const isOff = new Set(off.map(keyOf));
  return Array.from(attentions).flatMap(([block, layers]) =>
    layers
      .flatMap(({ dims }, layer) => Array.from({ length: dims[0] }, (_, head) => ({ block, layer, head })))
      .filter((head) => !isOff.has(keyOf(head))),
  );
}

function keyOf({ block, layer, head }: HeadRef): string {
  return `${block}.${layer}.${head}`;
}

/** Runs that one batch may have; what one costs goes by the longest row of any block. */
function copiesOf(model: LoadedModel, attentions: HeadRuns['attentions']): number {
  const rows = Array.from(attentions.values(), ([{ dims }]) => Math.max(dims[1], dims[2]));
  return batchSize(model, Math.max(...rows), 'forward');
}

function attentionAt({ data, dims: [, queries, keys] }: Tensor, head: number): HeadAttention {
  const size = queries * keys;
  return new HeadAttention(data.subarray(head * size, (head + 1) * size), queries, keys);
}

/** A number for each head of each block; NaN until it is set. */
class HeadNumbers {
  readonly #blocks = new Map<BlockName, { readonly numbers: Float32Array; readonly width: number }>();

  constructor(attentions: HeadRuns['attentions']) {
    for (const [block, layers] of attentions) {
      const width = Math.max(...layers.map(({ dims }) => dims[0]));
      this.#blocks.set(block, { numbers: new Float32Array(layers.length * width).fill(NaN), width });
    }
  }

  set({ block, layer, head }: HeadRef, value: number): void {
    const found = this.#blocks.get(block);
    if (found) found.numbers[layer * found.width + head] = value;
  }

  /** [L, H] */
  of(block: BlockName): Float32Array {
    return this.#blocks.get(block)?.numbers ?? new Float32Array(0);
  }
}

/** What was measured so far. */
class Results {
  readonly unmeasured: Partial<Record<FurtherHeadMeasureName, string>> = {};
  readonly notes: string[] = [];
  readonly #measures: [FurtherHeadMeasureName, HeadNumbers][] = [];
  readonly #errors: [FurtherHeadMeasureName, HeadNumbers][] = [];
  readonly #together = new Map<BlockName, Partial<Record<BlockMeasureName, number>>>();

  constructor(private readonly attentions: HeadRuns['attentions']) {}

  empty(): HeadNumbers {
    return new HeadNumbers(this.attentions);
  }

  add(name: FurtherHeadMeasureName, values: HeadNumbers, errors?: HeadNumbers): void {
    this.#measures.push([name, values]);
    if (errors) this.#errors.push([name, errors]);
  }

  addTogether(block: BlockName, name: BlockMeasureName, value: number): void {
    this.#together.set(block, { ...this.#together.get(block), [name]: value });
  }

  measurement(): HeadMeasurement {
    const blocks = Array.from(this.attentions.keys(), (name) => {
      const columns = (all: [FurtherHeadMeasureName, HeadNumbers][]): BlockSummary['measures'] =>
        Object.fromEntries(all.map(([measure, numbers]) => [measure, numbers.of(name)]));
      return {
        name,
        measures: columns(this.#measures),
        ...(this.#errors.length > 0 ? { errors: columns(this.#errors) } : {}),
        ...(this.#together.has(name) ? { together: this.#together.get(name) } : {}),
      };
    });
    return { blocks, unmeasured: this.unmeasured, notes: this.notes };
  }
}
