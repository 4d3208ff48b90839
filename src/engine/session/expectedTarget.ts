import { UserError } from '../errors';
import type { SequenceInputs } from './feeds';
import type { Interventions } from './levers';
import type { LoadedModel } from './loaded';
import type { ForwardRun, GradientRun } from './runs';
import type { Place, Seed, SeededTarget } from './targets';

/** A forward run, and the gradients of the target that was expected before the answer was known. */
export interface ExpectedRun {
  readonly forward: ForwardRun;
  readonly gradients: GradientRun;
  readonly seed: Seed;
}

/**
 * Runs a text classifier forward and backward at once, with the target that its last text had. While a text is written it is
 * nearly always the same, and the half of the work that both runs have in common is done once.
 *
 * @returns undefined where no target can be expected, or where it is not possible: then the runs are made one after the other
 */
export async function runAsExpected(
  model: LoadedModel,
  place: Place,
  inputs: SequenceInputs,
  interventions: Interventions,
): Promise<ExpectedRun | undefined> {
  if (place.kind !== 'class' || model.hasPositions) return undefined;
  const seed = model.expectedSeed ?? firstClass(model);
  if (seed === undefined) return undefined;
  try {
    return { ...(await model.forwardWithGradients(inputs, seed, interventions)), seed };
  } catch (error) {
    if (!(error instanceof UserError) || error.kind === 'cancelled') throw error;
    // The runs one by one say what is wrong, and whether it costs the inspection or its gradients.
    return undefined;
  }
}

/** Before anything is known: one class is as good as another, and the answer always comes from the same graph. */
function firstClass({ anatomy, outcomes }: LoadedModel): Seed | undefined {
  const width = anatomy.answer.dims?.at(-1);
  const classes = typeof width === 'number' ? width : outcomes.labels.length;
  if (classes < 1) return undefined;
  const weights = new Float32Array(classes);
  weights[0] = 1;
  return { weights, positions: [] };
}

/** Keeps the target of an inspection for {@link runAsExpected}. */
export function expectAgain(model: LoadedModel, { seed, target }: SeededTarget): void {
  if (target.kind === 'class' && !model.hasPositions) model.expectedSeed = seed;
}

/** Whether both weigh the logits alike. */
export function isSameSeed(a: Seed, b: Seed): boolean {
  return a.weights.length === b.weights.length && a.weights.every((weight, id) => weight === b.weights[id]);
}
