import { randomLcg, shuffler } from 'd3';
import type { HeadMeasure } from './measure';

/** A game: heads are players, the target with only some heads on is what they get together. */
export interface Game {
  readonly players: number;
  /**
   * What coalitions get, several at once.
   * @param coalitions by the players that are *out*
   */
  readonly values: (coalitions: readonly (readonly number[])[]) => Promise<ArrayLike<number>>;
}

export interface SamplingOptions {
  /** Asked after each pair of permutations. @param soFar their estimate */
  readonly isEnough: (soFar: ShapleyEstimate) => boolean;
  /** 0 to 1. Default 0. */
  readonly seed?: number;
  /** Share of the change of all players below which a permutation is cut short. Default 0.01. */
  readonly tolerance?: number;
  /** Coalitions that are valued at once. */
  readonly batch: number;
}

export interface ShapleyEstimate {
  /** [players] */
  readonly values: Float32Array;
  /** [players] standard errors of the values. */
  readonly errors: Float32Array;
  readonly permutations: number;
  /** What all players get, and none. */
  readonly all: number;
  readonly none: number;
}

/** So many coalitions in a row must be worth nearly what none is: one alone may be so by chance. */
const coalitionsToBeSure = 3;

/**
 * Shapley values by sampling: players leave in a random order, and each is credited with what is lost when it leaves. A
 * permutation is cut short, and the players left are credited with nothing, where less than the tolerance is left to lose (Ghorbani & Zou
 * 2019, Held & Yang 2022). Each permutation is also run backwards, which is as random and takes away the part of the
 * variance that comes from pairs of players (antithetic sampling, Mitchell 2022).
 *
 * @returns the means over permutations, which add up to `all − none` up to the tolerance, and their standard errors over
 *   pairs of permutations (over the two, where there is one pair)
 */
export async function sampleShapley(game: Game, options: SamplingOptions): Promise<ShapleyEstimate> {
  const { players } = game;
  const shuffle = shuffler(randomLcg(options.seed ?? 0));
  const everybody = Array.from({ length: players }, (_, player) => player);
  const [all, none] = Array.from(await game.values([[], everybody]));
  const tolerance = (options.tolerance ?? 0.01) * Math.abs(all - none);
  const pairs = new Moments(players);
  const singles = new Moments(players);
  let estimate: ShapleyEstimate;
  do {
    const order = shuffle([...everybody]);
    const credits = new Float64Array(players);
    for (const permutation of [order, [...order].reverse()]) {
      const credit = await creditsOf(permutation, game, { all, none, tolerance, batch: options.batch });
      singles.add(credit);
      credit.forEach((value, player) => (credits[player] += value / 2));
    }
    pairs.add(credits);
    estimate = {
      values: Float32Array.from(pairs.means),
      errors: Float32Array.from((pairs.count > 1 ? pairs : singles).errors()),
      permutations: singles.count,
      all,
      none,
    };
  } while (!options.isEnough(estimate));
  return estimate;
}

/** Whether the largest standard error is below this share of the largest value. A few pairs alone may agree by chance. */
export function isPrecise({ values, errors, permutations }: ShapleyEstimate, share: number): boolean {
  const largest = (numbers: Float32Array): number =>
    numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
  return permutations >= 32 && largest(errors) <= share * largest(values);
}

interface Bounds {
  readonly all: number;
  readonly none: number;
  readonly tolerance: number;
  readonly batch: number;
}

/** [players] what each player's leaving costs, in one order of leaving. */
async function creditsOf(
  order: readonly number[],
  { players, values }: Game,
  { all, none, tolerance, batch }: Bounds,
): Promise<Float64Array> {
  const credits = new Float64Array(players);
  let before = all;
  let nearlyNone = 0;
  // Before the last one leaves there is somebody left; what none get is known.
  for (let left = 1; left < players; left += batch) {
    const count = Math.min(batch, players - left);
    const coalitions = Array.from({ length: count }, (_, at) => order.slice(0, left + at));
    const worth = await values(coalitions);
    for (let at = 0; at < count; at++) {
      credits[order[left + at - 1]] = before - worth[at];
      before = worth[at];
      nearlyNone = Math.abs(before - none) < tolerance ? nearlyNone + 1 : 0;
      if (nearlyNone === coalitionsToBeSure) return credits;
    }
  }
  credits[order[players - 1]] = before - none;
  return credits;
}

/** Means and standard errors of vectors that come one after the other (Welford 1962). */
class Moments {
  readonly means: Float64Array;
  count = 0;
  readonly #squares: Float64Array;

  constructor(size: number) {
    this.means = new Float64Array(size);
    this.#squares = new Float64Array(size);
  }

  add(vector: Float64Array): void {
    this.count++;
    vector.forEach((value, i) => {
      const off = value - this.means[i];
      this.means[i] += off / this.count;
      this.#squares[i] += off * (value - this.means[i]);
    });
  }

  /** Standard errors of the means: √(Σ(x − mean)² / (n − 1) / n). */
  errors(): Float64Array {
    return this.#squares.map((squares) => Math.sqrt(squares / (this.count - 1) / this.count));
  }
}

export const shapleyValue: HeadMeasure = {
  label: 'Shapley value',
  description:
    'The head’s fair share of the target: what the target loses when the head is switched off, averaged over all orders in which all heads can be switched off one after the other. The shares of all heads add up to the target with all heads on minus the target with all off. Estimated from random orders, cut short where less than 1 % is left to lose; ± is the standard error.',
  source: 'Shapley 1953; Held & Yang 2022',
  unit: '',
  range: [-Infinity, Infinity],
  higher: 'the head adds more to the target, whichever others are on.',
  needs: 'furtherRuns',
};
