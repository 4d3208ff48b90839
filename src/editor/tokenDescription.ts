import type { Inspection, SaliencyName } from '../protocol/inspection';
import { twoDigits } from '../protocol/numbers';
import { escaped } from './markdown';

/**
 * What is known of one token, as Markdown: piece, word, place in the parse, and its score by every measure.
 * @param isSeen whether a token is in the text, so that it counts for the ranks.
 */
export function tokenDescription(
  inspection: Inspection,
  token: number,
  isSeen: (token: number) => boolean,
): string {
  const { tokens } = inspection;
  const head = `**${escaped(tokens.pieces[token])}** token ${token}, id ${tokens.ids[token]}`;
  return [head, wordLine(inspection, tokens.words[token]), scoreTable(inspection, token, isSeen)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function wordLine({ words, parse }: Inspection, word: number): string {
  if (word < 0 || word >= words.text.length) return '';
  const text = `word “${escaped(words.text[word])}”`;
  if (!parse) return text;
  const parent = parse.heads[word];
  const relation = escaped(parse.relations[word]);
  const tag = parse.upos[word] ? `, ${escaped(parse.upos[word])}` : '';
  if (parent < 0) return `${text}${tag}, ${relation} of the sentence`;
  return `${text}${tag}, ${relation} of “${escaped(words.text[parent])}”`;
}

function scoreTable(inspection: Inspection, token: number, isSeen: (token: number) => boolean): string {
  const rows = (Object.entries(inspection.saliency) as [SaliencyName, Float32Array][]).map(
    ([name, scores]) => {
      const unit = name === 'surprisal' ? ' bits' : '';
      return `| ${name} | ${twoDigits(scores[token])}${unit} | \u2003${rankOf(scores, token, isSeen)} |`;
    },
  );
  if (rows.length === 0) return '';
  const towards = `saliency for “${escaped(inspection.target.label)}”`;
  return [`| ${towards} | score | rank |`, '|:--|--:|--:|', ...rows].join('\n');
}

/** `3 of 17`, by absolute score among the tokens that are seen. */
function rankOf(scores: Float32Array, token: number, isSeen: (token: number) => boolean): string {
  const seen = [...scores.keys()].filter(isSeen);
  const larger = seen.filter((other) => Math.abs(scores[other]) > Math.abs(scores[token]));
  return `${larger.length + 1} of ${seen.length}`;
}
