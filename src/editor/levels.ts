import type { Inspection, SaliencyName } from '../protocol/inspection';
import type { TrackedRanges } from './trackedRanges';

/** Steps of colour, from faint to full, on each side of zero. */
export const levelCount = 16;

const signedMeasures: ReadonlySet<SaliencyName> = new Set([
  'input-x-gradient',
  'integrated-gradients',
  'occlusion',
]);

/** Whether a measure speaks for (above zero) and against (below zero) the target. */
export function isSigned(measure: SaliencyName): boolean {
  return signedMeasures.has(measure);
}

/** The measure that is wanted where the inspection has it, else the first that it has. */
export function shownMeasure(
  inspection: Pick<Inspection, 'saliency'>,
  wanted: SaliencyName,
): SaliencyName | undefined {
  if (inspection.saliency[wanted]) return wanted;
  const [first] = Object.keys(inspection.saliency) as SaliencyName[];
  return first;
}

/**
 * The step of colour of every token.
 * @param scores [S] of one measure.
 * @param ranges only tokens that are seen count; separators often have the largest score of all.
 * @returns [S] −16 to 16, 0 for no colour; the largest absolute score that is seen gets 16 or −16.
 */
export function saliencyLevels(scores: Float32Array, ranges: TrackedRanges): Int8Array {
  return levelsOf(
    Array.from(scores, (score, token) => (Number.isFinite(score) && ranges.at(token) ? score : 0)),
  );
}

/** The same of scores that all count: [N] −16 to 16, the largest absolute score getting 16 or −16. */
export function levelsOf(scores: readonly number[]): Int8Array {
  const largest = scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
  if (largest === 0) return new Int8Array(scores.length);
  return Int8Array.from(scores, (score) => Math.round((levelCount * score) / largest));
}
