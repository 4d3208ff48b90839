import type { Sampling } from '../../protocol/prompt';
import { largestIndices, softmax } from '../measures/probability';

/**
 * The most likely tokens that together reach a probability (Holtzman 2020, nucleus sampling).
 * @param probabilities [V], sum to 1
 * @param topP 0 to 1
 * @returns their ids, most likely first; at least one
 */
export function nucleus(probabilities: Float64Array, topP: number): Int32Array {
  const order = Int32Array.from(probabilities.keys());
  order.sort((a, b) => probabilities[b] - probabilities[a] || a - b);
  if (topP >= 1) return order;
  let mass = 0;
  let count = 0;
  while (count < order.length && mass < topP) mass += probabilities[order[count++]];
  return order.subarray(0, Math.max(1, count));
}

/**
 * Draws the next token: softmax(logits / temperature), restricted to the nucleus of `topP`.
 * @param logits [V]
 * @param random called once, unless the temperature is 0
 */
export function drawToken(
  logits: Float32Array,
  { temperature, topP }: Pick<Sampling, 'temperature' | 'topP'>,
  random: () => number,
): number {
  if (temperature <= 0) return largestIndices(logits, 1)[0];
  const probabilities = softmax(Float64Array.from(logits, (logit) => logit / temperature));
  const ids = nucleus(probabilities, topP);
  let rest = random() * ids.reduce((sum, id) => sum + probabilities[id], 0);
  for (const id of ids) {
    rest -= probabilities[id];
    if (rest < 0) return id;
  }
  return ids[ids.length - 1];
}
