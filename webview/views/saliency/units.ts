import { aggregate, composeGroups, groupsByRange } from '../../../src/engine/measures/aggregate';
import { saliencyMeasures } from '../../../src/engine/measures/saliencies';
import type { Inspection } from '../../../src/protocol/inspection';
import type { ShownSaliency } from '../../marks/saliency';
import { visibleToken } from '../../marks/tokenText';

/** Levels of text that scores add up to. */
export const unitLevels = ['piece', 'word', 'line', 'sentence'] as const;
export type UnitLevel = (typeof unitLevels)[number];

/** A stretch of the text with its score. */
export interface ScoredUnit {
  readonly label: string;
  readonly score: number;
  /** Its first token. */
  readonly token: number;
}

/** The units of a level in the order of the text; those without a score (most special tokens) are left out. */
export function scoredUnits(
  inspection: Inspection,
  { name, scores }: ShownSaliency,
  level: UnitLevel,
): ScoredUnit[] {
  const { tokens } = inspection;
  if (level === 'piece') {
    return Array.from(scores, (score, token) => ({
      label: visibleToken(pieceText(inspection, token)),
      score,
      token,
    })).filter(({ score }) => !Number.isNaN(score));
  }
  const { groups, labels } = groupsOf(inspection, level);
  const totals = aggregate(scores, groups, saliencyMeasures[name].aggregation, labels.length);
  return labels
    .map((label, i) => ({ label: visibleToken(label), score: totals[i], token: groups.indexOf(i) }))
    .filter(({ score, token }) => token >= 0 && token < tokens.ids.length && !Number.isNaN(score));
}

function pieceText({ text, tokens }: Inspection, token: number): string {
  const [from, to] = tokens.offsets.subarray(2 * token, 2 * token + 2);
  return from < 0 || tokens.sequences?.[token] === 1 ? tokens.pieces[token] : text.slice(from, to);
}

function groupsOf(
  { text, tokens, words }: Inspection,
  level: Exclude<UnitLevel, 'piece'>,
): { readonly groups: Int32Array; readonly labels: readonly string[] } {
  switch (level) {
    case 'word':
      return { groups: tokens.words, labels: words.text };
    case 'sentence': {
      const groups = composeGroups(tokens.words, words.sentences);
      const ranges: [number, number][] = [];
      words.sentences.forEach((sentence, word) => {
        const [from, to] = words.offsets.subarray(2 * word, 2 * word + 2);
        ranges[sentence] = [ranges[sentence]?.[0] ?? from, to];
      });
      return { groups, labels: ranges.map(([from, to]) => text.slice(from, to)) };
    }
    case 'line': {
      const ranges = [...text.matchAll(/[^\r\n]+/g)].map((line) => [line.index, line.index + line[0].length]);
      const groups = groupsByRange(tokens.offsets, Int32Array.from(ranges.flat()));
      return { groups, labels: ranges.map(([from, to]) => text.slice(from, to).trim()) };
    }
  }
}
