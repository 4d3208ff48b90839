import type { HeadRef } from '../../protocol/inspection';
import { twoDigits } from '../../protocol/numbers';

/** How far from 1 the weights of a row may add up: half precision and four decimals are nearer than that. */
const tolerance = 0.02;

/** Whether the rows of heads are probabilities: that is what every measure takes them for. */
export class RowCheck {
  #heads = 0;
  #odd = 0;
  #first?: { readonly head: HeadRef; readonly row: number; readonly sum: number };
  #isNegative = false;

  /** @param weights [Sq, Sk] of one head */
  see(weights: Float32Array, keys: number, head: HeadRef): void {
    this.#heads++;
    let isOdd = false;
    for (let start = 0; start < weights.length; start += keys) {
      let sum = 0;
      let isNegative = false;
      for (let at = start; at < start + keys; at++) {
        sum += weights[at];
        if (weights[at] < 0) isNegative = true;
      }
      // A fully masked row has zeros or NaN, as the exporter liked.
      if (!isNegative && (Number.isNaN(sum) || sum === 0 || Math.abs(sum - 1) <= tolerance)) continue;
      isOdd = true;
      this.#isNegative ||= isNegative;
      this.#first ??= { head, row: start / keys, sum };
    }
    if (isOdd) this.#odd++;
  }

  /** A sentence where rows are no probabilities. */
  get note(): string | undefined {
    if (this.#first === undefined) return undefined;
    const { head, row, sum } = this.#first;
    const why = this.#isNegative
      ? 'some weights are negative, as scores before the softmax are'
      : 'they may have been changed after the softmax';
    return `In ${this.#odd} of ${this.#heads} heads of the block “${head.block}” there are rows that do not sum to 1 (the first: row ${row} of head ${head.layer}.${head.head}, ${twoDigits(sum)}); ${why}. Measures take rows for probabilities.`;
  }
}
