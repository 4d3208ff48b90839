import type { Tensor } from '../../protocol/tensor';
import type { SaliencyMeasure } from './saliency';

/**
 * What a layer passes on, residual connection included: `Ã = row-normalised(½·mean over heads of A + ½·I)`.
 * Source: Abnar & Zuidema 2020.
 * @param attention [H, S, S], self-attention
 * @returns [S, S] in row-major order; rows sum to 1
 * @throws RangeError where queries and keys are not the same tokens
 */
export function passedOn({ data, dims: [heads, tokens, keys] }: Tensor): Float64Array {
  if (tokens !== keys) throw new RangeError(`Attention of ${tokens} to ${keys} tokens has no residual.`);
  const size = tokens * tokens;
  const mixed = new Float64Array(size);
  for (let head = 0; head < heads; head++) {
    const start = head * size;
    // A row that is masked as a whole may be NaN: it passes on its residual only.
    for (let at = 0; at < size; at++) mixed[at] += data[start + at] || 0;
  }
  for (let i = 0; i < tokens; i++) {
    const row = mixed.subarray(i * tokens, (i + 1) * tokens);
    let sum = 0;
    for (let j = 0; j < tokens; j++) {
      row[j] = (0.5 * row[j]) / heads + (i === j ? 0.5 : 0);
      sum += row[j];
    }
    for (let j = 0; j < tokens; j++) row[j] /= sum;
  }
  return mixed;
}

/**
 * Attention rollout up to each layer: `R_l = Ã_l · … · Ã_1`. O(L·S³).
 * Source: Abnar & Zuidema 2020.
 * @param attentions per layer [H, S, S], self-attention of one block
 * @returns [L, S, S]; row i of layer l: how much each input token is in token i after it; rows sum to 1
 */
export function rollout(attentions: readonly Tensor[]): Tensor {
  const tokens = attentions.length > 0 ? attentions[0].dims[1] : 0;
  const size = tokens * tokens;
  const data = new Float32Array(attentions.length * size);
  let product: Float64Array | undefined;
  attentions.forEach((attention, layer) => {
    const passed = passedOn(attention);
    product = product ? multiply(passed, product, tokens) : passed;
    data.set(product, layer * size);
  });
  return { data, dims: [attentions.length, tokens, tokens] };
}

/** Matrix product. The order of the loops runs through both matrices row by row, and skips what a causal mask left out. */
function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let k = 0; k < size; k++) {
      const factor = a[row + k];
      if (factor === 0) continue;
      const from = k * size;
      for (let j = 0; j < size; j++) product[row + j] += factor * b[from + j];
    }
  }
  return product;
}

/**
 * One row of the {@link rollout} up to the last layer, in O(L·S²).
 * @param position token whose row it is
 * @returns [S], sums to 1
 */
export function rolloutRow(attentions: readonly Tensor[], position: number): Float32Array {
  const tokens = attentions.length > 0 ? attentions[0].dims[1] : position + 1;
  let row = new Float64Array(tokens);
  row[position] = 1;
  for (const attention of [...attentions].reverse()) {
    const passed = passedOn(attention);
    const before = new Float64Array(tokens);
    row.forEach((weight, i) => {
      if (weight === 0) return;
      for (let j = 0; j < tokens; j++) before[j] += weight * passed[i * tokens + j];
    });
    row = before;
  }
  return Float32Array.from(row);
}

export const attentionRollout: SaliencyMeasure = {
  label: 'Attention rollout',
  description:
    'How much of each token attention carries to the position of the prediction, through all layers: its row of Ã_L · … · Ã_1, Ã = row-normalised(½·mean over heads of A + ½·I). It does not look at the target.',
  source: 'Abnar & Zuidema 2020',
  unit: '',
  range: [0, 1],
  higher: 'more of the token reaches the prediction by attention.',
  isSigned: false,
  aggregation: 'sum',
  compute: ({ flow }) => flow && rolloutRow(flow.attentions, flow.position),
};
