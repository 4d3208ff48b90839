import type { Definition, HeadMeasure } from './measure';
import type { BlockMeasureName } from '../../protocol/inspection';
import type { HeadAttention } from './headAttention';

/** Heads whose tokens are compared by {@link focusOf}, and the share of tokens that each counts: as the authors' program has them. */
const comparedHeads = 5;
const topShare = 0.1;

export const headDeviation: HeadMeasure = {
  label: 'Head deviation',
  description:
    'How much worse the answer becomes without the head: error(ξ = 0) − error(ξ = 1), ξ a factor on the head’s output. There is no true label here, so the outcome that is explained stands for it: the error is 1 − its probability, and for targets that are no probability (a norm, a similarity) the distance from the value with all heads.',
  source: 'Chakraborty & Minary 2025 (DARTS-GT)',
  unit: '',
  range: [-Infinity, Infinity],
  higher: 'the model needs the head more for this answer.',
  needs: 'furtherRuns',
};

/** What all heads of a block are measured by together, by names of measures.md. */
export const blockMeasures: Readonly<Record<BlockMeasureName, Definition>> = {
  specialization: {
    label: 'Specialization',
    description:
      'How unequal the heads are: the standard deviation of the head deviations of a block, divided by n.',
    source: 'Chakraborty & Minary 2025 (DARTS-GT)',
    unit: '',
    range: [0, Infinity],
    higher: 'few heads carry the answer, the others hardly matter.',
  },
  focus: {
    label: 'Focus',
    description:
      'Whether the heads that matter look at the same tokens: of the five heads with the highest head deviation each has its tenth of the tokens with the most attention (column sums of A); focus is the mean over pairs of heads of |both| / |either| (Jaccard).',
    source: 'Chakraborty & Minary 2025 (DARTS-GT)',
    unit: '',
    range: [0, 1],
    higher: 'the most important heads look at the same tokens.',
  },
};

/**
 * Standard deviation (of the population) of the head deviations of one text; NaNs are left out.
 * Source: DARTS-GT, as its authors' program computes it.
 * @param deviations [L, H]
 */
export function specializationOf(deviations: Float32Array): number {
  const present = Array.from(deviations).filter((deviation) => !Number.isNaN(deviation));
  const mean = present.reduce((sum, deviation) => sum + deviation, 0) / present.length;
  return Math.sqrt(present.reduce((sum, deviation) => sum + (deviation - mean) ** 2, 0) / present.length);
}

/**
 * Mean pairwise Jaccard similarity of the sets of tokens that the five heads with the highest deviation attend to most. Like
 * its authors' program: the highest positive deviations, filled up with the highest negative ones; heads without any effect are
 * left out; at least one token per head; 0 where fewer than two heads are left.
 * Source: DARTS-GT.
 * @param deviations of the heads, in any order
 * @param attentionOf the attention of the head at an index of `deviations`
 * @returns 0 to 1
 */
export function focusOf(deviations: ArrayLike<number>, attentionOf: (head: number) => HeadAttention): number {
  const order = Array.from(deviations, (_, head) => head)
    .filter((head) => !Number.isNaN(deviations[head]) && deviations[head] !== 0)
    .sort((a, b) => deviations[b] - deviations[a]);
  const tokens = order.slice(0, comparedHeads).map((head) => mostAttended(attentionOf(head)));
  let sum = 0;
  let pairs = 0;
  tokens.forEach((one, i) => {
    for (const other of tokens.slice(i + 1)) {
      const both = Array.from(one).filter((token) => other.has(token)).length;
      sum += both / (one.size + other.size - both);
      pairs++;
    }
  });
  return pairs === 0 ? 0 : sum / pairs;
}

function mostAttended({ columnSums }: HeadAttention): Set<number> {
  const order = Array.from(columnSums.keys()).sort((a, b) => columnSums[b] - columnSums[a]);
  return new Set(order.slice(0, Math.max(1, Math.floor(columnSums.length * topShare))));
}
