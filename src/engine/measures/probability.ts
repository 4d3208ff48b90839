/**
 * `log Σ exp(logit)`, safe for any finite logits: the largest is taken out before the exponential.
 * @param logits [N]; −Infinity for outcomes that are ruled out
 */
export function logSumExp(logits: ArrayLike<number>): number {
  let largest = -Infinity;
  for (let i = 0; i < logits.length; i++) if (logits[i] > largest) largest = logits[i];
  if (!Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - largest);
  return largest + Math.log(sum);
}

/** Probabilities of outcomes that exclude one another. @param logits [N] @returns [N], sums to 1 */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const log = logSumExp(logits);
  return Float64Array.from(logits, (logit) => Math.exp(logit - log));
}

/** Natural logarithms of {@link softmax}, exact also where the probability is too small for a number. */
export function logSoftmax(logits: ArrayLike<number>): Float64Array {
  const log = logSumExp(logits);
  return Float64Array.from(logits, (logit) => logit - log);
}

/** Probability of an outcome that excludes no other. */
export function sigmoid(logit: number): number {
  // Each branch keeps the exponential below 1.
  if (logit >= 0) return 1 / (1 + Math.exp(-logit));
  const power = Math.exp(logit);
  return power / (1 + power);
}

/**
 * Entropy of the distribution over outcomes that exclude one another.
 * @param logits [N]
 * @returns 0 (certain) to log₂ N, in bits
 */
export function entropyBits(logits: ArrayLike<number>): number {
  const log = logSumExp(logits);
  let nats = 0;
  for (let i = 0; i < logits.length; i++) {
    const probability = Math.exp(logits[i] - log);
    if (probability > 0) nats -= probability * (logits[i] - log);
  }
  return Math.max(0, nats / Math.LN2);
}

/** Indices of the `count` largest numbers, largest first, ties by index; NaN is never among them. */
export function largestIndices(numbers: ArrayLike<number>, count: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i];
    if (Number.isNaN(number)) continue;
    if (best.length >= count && (count === 0 || number <= numbers[best[best.length - 1]])) continue;
    let at = best.length;
    while (at > 0 && numbers[best[at - 1]] < number) at--;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}

/** Place of an outcome among all by falling logit, from 1: how many are strictly more likely, and one. */
export function rankOf(logits: ArrayLike<number>, id: number): number {
  let rank = 1;
  for (let i = 0; i < logits.length; i++) if (logits[i] > logits[id]) rank++;
  return rank;
}
