import { headMeasures } from '../../../src/engine/measures/definitions';
import { saliencyMeasures } from '../../../src/engine/measures/saliencies';
import { quoted } from '../../../src/engine/measures/wording';
import type { HeadMeasureName, HeadRef } from '../../../src/protocol/inspection';
import { isOutcome } from '../../../src/protocol/inspection';
import { probability, signedDigits, twoDigits } from '../../../src/protocol/numbers';
import { pointsChange } from '../../marks/change';
import { headName } from '../../marks/names';
import { visibleToken } from '../../marks/tokenText';
import type { Column } from './alignment';
import {
  changeIn,
  changedHeads,
  type CommonBlock,
  type EdgeChange,
  type Pair,
  type SaliencyChange,
} from './changes';

/** Words that are named before the others are counted. */
const named = 3;

/** What the two models say: `A predicts “positive” (98 %), B predicts “negative” (61 %).` */
export function predictionSentence({ a, b }: Pair): string {
  const [first, second] = [a, b].map(({ prediction }) => prediction?.candidates.at(0));
  if (!first || !second || !isOutcome(a.prediction?.kind))
    return 'What is predicted is not known of both, so it is not compared.';
  const [before, after] = [first, second].map((one) => quoted(visibleToken(one.label.trim() || one.label)));
  if (first.label === second.label)
    return `Both predict ${before}: A with ${probability(first.probability)}, B with ${probability(second.probability)} (${pointsChange(first.probability, second.probability)} points).`;
  return `A predicts ${before} (${probability(first.probability)}), B predicts ${after} (${probability(second.probability)}).`;
}

/** Which words were put in, taken out and replaced. */
export function textSentence({ a, b }: Pair, columns: readonly Column[]): string {
  if (a.text === b.text) return 'The texts are the same.';
  const wordsOf = (kind: Column['kind'], side: 'a' | 'b'): string[] =>
    columns
      .filter((column) => column.kind === kind)
      .map((column) => (side === 'a' ? a : b).words.text[column[side]]);
  const replaced = wordsOf('changed', 'a').map(
    (word, i) => `${quoted(word)} replaced by ${quoted(wordsOf('changed', 'b')[i])}`,
  );
  const parts = [
    clause(wordsOf('inserted', 'b').map(quoted), 'inserted'),
    clause(wordsOf('removed', 'a').map(quoted), 'removed'),
    clause(replaced),
  ].filter(Boolean);
  if (parts.length === 0) return 'The texts differ in white space or punctuation only.';
  return `From A to B: ${parts.join('; ')}.`;
}

function clause(words: readonly string[], verb = ''): string {
  if (words.length === 0) return '';
  const more = words.length > named ? ` and ${words.length - named} more` : '';
  return `${words.slice(0, named).join(', ')}${more} ${verb}`.trim();
}

/** Where saliency rose and fell most, among words that both texts have. */
export function saliencySentence(change: SaliencyChange): string {
  const { label } = saliencyMeasures[change.name];
  const known = change.columns
    .map((column) => ({ column, change: changeIn(change, column) }))
    .filter((one) => !Number.isNaN(one.change))
    .sort((x, y) => y.change - x.change);
  const write = ({ column, change: by }: (typeof known)[number]): string =>
    `${quoted(change.b[column.b].label)} (${twoDigits(change.a[column.a].score)} → ${twoDigits(change.b[column.b].score)}, ${signedDigits(by)})`;
  const [rose, fell] = [known.at(0), known.at(-1)];
  const parts = [
    rose && rose.change > 0 ? `rose most at ${write(rose)}` : '',
    fell && fell.change < 0 ? `fell most at ${write(fell)}` : '',
  ].filter(Boolean);
  return parts.length > 0 ? `${label} ${parts.join(' and ')}.` : '';
}

/** Which head changed most by a measure. */
export function headSentence(block: CommonBlock, name: HeadMeasureName, countFrom: 0 | 1): string {
  const [changed] = changedHeads(block, name);
  if (!changed || changed.a === changed.b) return `${headMeasures[name].label} is the same in all heads.`;
  return `${headMeasures[name].label} changed most in head ${headName(changed.head, countFrom)}: ${twoDigits(changed.a)} → ${twoDigits(changed.b)}.`;
}

/** The largest changes of one head's attention. @param words label of each column */
export function edgeSentence(
  head: HeadRef,
  changes: readonly EdgeChange[],
  words: readonly string[],
  countFrom: 0 | 1,
): string {
  const name = `Head ${headName(head, countFrom)}`;
  if (changes.length === 0) return `${name} attends alike in both texts, where they have the same words.`;
  const listed = changes
    .slice(0, named)
    .map(
      ({ query, key, a, b }) =>
        `${words[query]} → ${words[key]} ${twoDigits(a)} → ${twoDigits(b)} (${signedDigits(b - a)})`,
    );
  return `${name}, largest changes: ${listed.join(', ')}.`;
}
