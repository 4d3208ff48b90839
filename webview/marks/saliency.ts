import type { Inspection, SaliencyName } from '../../src/protocol/inspection';

/** The scores that a view colours by. */
export interface ShownSaliency {
  readonly name: SaliencyName;
  /** [S], NaN where a token has no score. */
  readonly scores: Float32Array;
  /** Largest absolute score; 0 where all are 0. */
  readonly largest: number;
}

/** The wanted measure's scores, or those of the first measure that the inspection has. */
export function shownSaliency(
  { saliency }: Pick<Inspection, 'saliency'>,
  wanted: SaliencyName,
): ShownSaliency | undefined {
  const present = Object.keys(saliency) as SaliencyName[];
  const name = present.includes(wanted) ? wanted : present[0];
  const scores = name ? saliency[name] : undefined;
  return name && scores ? { name, scores, largest: largestOf(scores) } : undefined;
}

/** Largest absolute score; NaN does not count. */
export function largestOf(scores: Float32Array): number {
  return scores.reduce((most, score) => (Math.abs(score) > most ? Math.abs(score) : most), 0);
}
