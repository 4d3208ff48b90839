import type { HeadMeasure } from './measure';

/**
 * Importances divided by the l2 norm of their layer, so that layers can be compared.
 * Source: Michel 2019 (after Molchanov 2017).
 * @param importances [L, H]; NaN where a layer has fewer heads
 * @returns [L, H], 0 to 1; zeros stay zeros in a layer without any importance
 */
export function normalisePerLayer(importances: Float32Array, layers: number): Float32Array {
  const heads = importances.length / layers;
  const normalised = new Float32Array(importances.length);
  for (let layer = 0; layer < layers; layer++) {
    const row = importances.subarray(layer * heads, (layer + 1) * heads);
    let squares = 0;
    for (const importance of row) if (!Number.isNaN(importance)) squares += importance * importance;
    const norm = Math.sqrt(squares);
    normalised.set(norm > 0 ? row.map((importance) => importance / norm) : row, layer * heads);
  }
  return normalised;
}

export const importance: HeadMeasure = {
  label: 'Importance',
  description:
    'How strongly the target reacts to the head: abs(∂target/∂ξ) at ξ = 1, where ξ is a factor on the head’s output. Over a data set: the mean.',
  source: 'Michel 2019',
  unit: '',
  range: [0, Infinity],
  higher: 'a little less of the head would change the target more.',
  needs: 'headGradient',
  compute: ({ gradient }) => (gradient === undefined ? NaN : Math.abs(gradient)),
};
