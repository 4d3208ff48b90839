import type { Tensor } from '../../protocol/tensor';
import { logSumExp } from './probability';
import type { SaliencyMeasure } from './saliency';

/**
 * How unexpected each token is: `−log₂ p(token | the tokens before it)`, in bits. Causal models only.
 * @param logits [S, V]; row i is about the token after token i
 * @param ids [S]
 * @returns [S] 0 (certain) upwards; NaN for the first token, which nothing comes before
 * @throws RangeError where an id is not in the vocabulary
 */
export function tokenSurprisal(logits: Tensor, ids: Int32Array): Float32Array {
  const vocabulary = logits.dims[1];
  return Float32Array.from(ids, (id, i) => {
    if (i === 0) return NaN;
    if (id < 0 || id >= vocabulary) throw new RangeError(`Token ${id} is not among ${vocabulary}.`);
    const row = logits.data.subarray((i - 1) * vocabulary, i * vocabulary);
    return Math.max(0, (logSumExp(row) - row[id]) / Math.LN2);
  });
}

export const surprisal: SaliencyMeasure = {
  label: 'Surprisal',
  description:
    'How unexpected a token is for the model after the tokens before it: −log₂ p(token | left context). Causal models only; the first token has none.',
  source: 'Shannon 1948; GLTR 2019',
  unit: 'bits',
  range: [0, Infinity],
  higher: 'the model expected something else.',
  isSigned: false,
  aggregation: 'sum',
  compute: ({ causal }) => causal && tokenSurprisal(causal.logits, causal.ids),
};
