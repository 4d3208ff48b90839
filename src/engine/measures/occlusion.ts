import type { SaliencyMeasure } from './saliency';

/**
 * `target(text) − target(text with the token replaced)`.
 * @param target the target for the whole text
 * @param replaced [S] the target with token i replaced by mask, unknown or pad; NaN for tokens that were not replaced
 * @returns [S] signed, in units of the target; NaN for tokens that were not replaced
 */
export function targetLoss(target: number, replaced: ArrayLike<number>): Float32Array {
  return Float32Array.from(replaced, (other) => target - other);
}

export const occlusion: SaliencyMeasure = {
  label: 'Occlusion',
  description:
    'What the target loses without the token: target(text) − target(text with the token replaced by the mask, else the unknown, else the pad token).',
  source: 'Zeiler & Fergus 2014; Li 2016',
  unit: '',
  range: [-Infinity, Infinity],
  higher: 'without the token the target would be lower.',
  isSigned: true,
  aggregation: 'sum',
};
