import { aggregationNames } from '../engine/measures/aggregate';
import { saliencyMeasures } from '../engine/measures/saliencies';
import type { SaliencyName, Target } from '../protocol/inspection';
import { signedDigits, twoDigits } from '../protocol/numbers';
import type { TextLevel } from '../protocol/textLevel';
import { escaped } from './markdown';
import type { ScoredRange } from './textUnits';

/** Levels as one calls a unit of them. */
export const levelNames: Readonly<Record<TextLevel, string>> = {
  token: 'Token',
  word: 'Word',
  line: 'Line',
  sentence: 'Sentence',
  paragraph: 'Paragraph',
};

/**
 * What is known of a word, line, sentence or paragraph, as Markdown: its score with its unit, how that was added up, and how it compares.
 * `**Line: +0.42** · input-x-gradient for “positive”, sum over its 12 tokens · 3 of 8 by size`
 * @param all the units of the text, this one among them
 */
export function unitDescription(
  unit: ScoredRange,
  all: readonly ScoredRange[],
  level: TextLevel,
  measure: SaliencyName,
  target: Pick<Target, 'label'> | undefined,
): string {
  const { aggregation, isSigned, unit: unitName } = saliencyMeasures[measure];
  const number = isSigned ? signedDigits(unit.score) : twoDigits(unit.score);
  const larger = all.filter(({ score }) => Math.abs(score) > Math.abs(unit.score)).length;
  const towards = target && measure !== 'surprisal' ? ` for “${escaped(target.label)}”` : '';
  const added =
    unit.tokens === 1 ? 'its only token' : `${aggregationNames[aggregation]} over its ${unit.tokens} tokens`;
  return [
    `**${levelNames[level]}: ${number}${unitName ? ` ${unitName}` : ''}**`,
    `${measure}${towards}, ${added}`,
    `${larger + 1} of ${all.length} by size`,
  ].join(' · ');
}
