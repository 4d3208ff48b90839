import { aggregate, countGroups } from '../engine/measures/aggregate';
import { saliencyMeasures } from '../engine/measures/saliencies';
import { stretchesOf, unitOfTokens } from '../engine/measures/textUnits';
import type { Inspection, SaliencyName } from '../protocol/inspection';
import type { TextLevel } from '../protocol/textLevel';
import type { Range } from './literals';
import type { TrackedRanges } from './trackedRanges';

/** A stretch of a document with its score. */
export interface ScoredRange {
  /** In the document, in UTF-16 units. */
  readonly range: Range;
  readonly score: number;
  /** How many tokens it is added up from. */
  readonly tokens: number;
}

/** What the units of a text are told by besides the places of its tokens; lines and paragraphs need none of it. */
export type WordsOfUnits = Pick<Inspection, 'tokens' | 'words'>;

/** Whether the units of a level can be told without the words of the text, which come after the first scores. */
export function needsWords(level: TextLevel): boolean {
  return level === 'word' || level === 'sentence';
}

/**
 * The scores of a measure added up to a level, at the places where the units are in the document now. Tokens that are not seen, or were
 * touched since, count for none.
 * @param text the inspected part of the document, as it is now
 */
export function scoredRanges(
  measure: SaliencyName,
  scores: Float32Array,
  level: TextLevel,
  ranges: TrackedRanges,
  text: string,
  known: WordsOfUnits | undefined,
): ScoredRange[] {
  const [start] = ranges.whole;
  const offsets = new Int32Array(2 * scores.length).fill(-1);
  for (let token = 0; token < scores.length; token++) {
    const place = ranges.at(token);
    if (place && Number.isFinite(scores[token])) offsets.set([place[0] - start, place[1] - start], 2 * token);
  }
  const none = new Int32Array(scores.length).fill(-1);
  const words = known?.tokens.words ?? none;
  const sentences = known?.words.sentences ?? none;
  const groups = unitOfTokens(level, { text, offsets, words, sentences }).map((unit, token) =>
    offsets[2 * token] < 0 ? -1 : unit,
  );
  const count = countGroups(groups);
  const totals = aggregate(scores, groups, saliencyMeasures[measure].aggregation, count);
  const places = level === 'line' || level === 'paragraph' ? stretchesOf(level, text) : undefined;
  const found: { from: number; to: number; tokens: number }[] = Array.from(totals, (_, unit) =>
    places
      ? { from: places[2 * unit], to: places[2 * unit + 1], tokens: 0 }
      : { from: Infinity, to: 0, tokens: 0 },
  );
  groups.forEach((unit, token) => {
    if (unit < 0) return;
    const at = found[unit];
    at.tokens++;
    at.from = Math.min(at.from, offsets[2 * token]);
    if (!places) at.to = Math.max(at.to, offsets[2 * token + 1]);
  });
  return found
    .map(({ from, to, tokens }, unit) => ({
      range: [start + from, start + to] as const,
      score: totals[unit],
      tokens,
    }))
    .filter(({ tokens }) => tokens > 0);
}
