import { aggregate } from '../../../src/engine/measures/aggregate';
import { saliencyMeasures } from '../../../src/engine/measures/saliencies';
import { stretchesOf, unitOfTokens } from '../../../src/engine/measures/textUnits';
import type { Inspection } from '../../../src/protocol/inspection';
import type { TextLevel } from '../../../src/protocol/textLevel';
import type { ShownSaliency } from '../../marks/saliency';
import { visibleToken } from '../../marks/tokenText';

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
  level: TextLevel,
): ScoredUnit[] {
  const { tokens } = inspection;
  if (level === 'token') {
    return Array.from(scores, (score, token) => ({
      label: visibleToken(pieceText(inspection, token)),
      score,
      token,
    })).filter(({ score }) => !Number.isNaN(score));
  }
  const labels = labelsOf(inspection, level);
  const { text, words } = inspection;
  const groups = unitOfTokens(level, {
    text,
    offsets: tokens.offsets,
    words: tokens.words,
    sentences: words.sentences,
  });
  const totals = aggregate(scores, groups, saliencyMeasures[name].aggregation, labels.length);
  return labels
    .map((label, i) => ({ label: visibleToken(label), score: totals[i], token: groups.indexOf(i) }))
    .filter(({ score, token }) => token >= 0 && token < tokens.ids.length && !Number.isNaN(score));
}

function pieceText({ text, tokens }: Inspection, token: number): string {
  const [from, to] = tokens.offsets.subarray(2 * token, 2 * token + 2);
  return from < 0 || tokens.sequences?.[token] === 1 ? tokens.pieces[token] : text.slice(from, to);
}

function labelsOf({ text, words }: Inspection, level: Exclude<TextLevel, 'token'>): readonly string[] {
  switch (level) {
    case 'word':
      return words.text;
    case 'sentence': {
      const ranges: [number, number][] = [];
      words.sentences.forEach((sentence, word) => {
        const [from, to] = words.offsets.subarray(2 * word, 2 * word + 2);
        ranges[sentence] = [ranges[sentence]?.[0] ?? from, to];
      });
      return ranges.map(([from, to]) => text.slice(from, to));
    }
    case 'line':
    case 'paragraph': {
      const stretches = stretchesOf(level, text);
      return Array.from({ length: stretches.length / 2 }, (_, unit) =>
        text.slice(stretches[2 * unit], stretches[2 * unit + 1]).trim(),
      );
    }
  }
}
