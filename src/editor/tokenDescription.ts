import { headName } from '../protocol/heads';
import type { HeadRef, Inspection, SaliencyName } from '../protocol/inspection';
import { percent, probability, twoDigits } from '../protocol/numbers';
import type { NextTokens } from '../protocol/prompt';
import type { HeadEdge, TokenAttention } from '../protocol/token';
import { visible } from '../targetChoices';
import { escaped } from './markdown';

/** Alternatives to a token that are named. */
const alternativesNamed = 5;

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

/**
 * The heads that attend most from a token and to it, as Markdown: `attends to “cat” 87 % (3.2)`. Empty where there are none.
 * @param countFrom number of the first layer and head on screen
 */
export function attentionLines(
  inspection: Inspection,
  { from, to }: TokenAttention,
  countFrom: 0 | 1,
): string {
  const listed = (edges: readonly HeadEdge[], end: 'queries' | 'keys') =>
    edges
      .map(({ head, other, weight }) => {
        const text = textOf(inspection, head, end, other);
        return `“${escaped(text)}” ${percent(weight)} (${escaped(headName(head, countFrom))})`;
      })
      .join(', ');
  return [
    from.length > 0 ? `attends to ${listed(from, 'keys')}` : '',
    to.length > 0 ? `attended to by ${listed(to, 'queries')}` : '',
  ]
    .filter((line) => line !== '')
    .join('  \n');
}

/**
 * What a causal model expected where a token stands, as Markdown: `expected “a” 31 %, “the” 12 %, “an” 4.2 %; “quiet” 0.41 % is number 17`.
 * Empty for the first token, which follows nothing.
 */
export function alternativesLine({ candidates, actual }: NextTokens): string {
  const named = (label: string, share: number) => `“${escaped(visible(label))}” ${probability(share)}`;
  const expected = candidates.slice(0, alternativesNamed).map((each) => named(each.label, each.probability));
  const here =
    actual && `; ${named(actual.label, actual.probability)} is number ${actual.rank.toLocaleString('en')}`;
  return expected.length === 0 ? '' : `expected ${expected.join(', ')}${here ?? ''}`;
}

/** A token at one end of a head as it stands in its text, else as the vocabulary writes it. */
function textOf(inspection: Inspection, { block }: HeadRef, end: 'queries' | 'keys', token: number): string {
  const summary = inspection.blocks.find(({ name }) => name === block);
  const isPair = summary?.[end] === 'pair';
  const row = isPair ? inspection.pair : inspection.tokens;
  if (!row) return `#${token}`;
  const inPair = isPair || row.sequences?.[token] === 1;
  const [start, stop] = row.offsets.subarray(2 * token, 2 * token + 2);
  const text = start < 0 ? '' : (inPair ? (inspection.pairText ?? '') : inspection.text).slice(start, stop);
  return text.trim() || row.pieces[token];
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
      return `| ${name} | ${twoDigits(scores[token])}${unit} | &emsp;${rankOf(scores, token, isSeen)} |`;
    },
  );
  if (rows.length === 0) return '';
  const { target } = inspection;
  const towards = target ? `saliency for “${escaped(target.label)}”` : 'saliency';
  return [`| ${towards} | score | rank |`, '|:--|--:|--:|', ...rows].join('\n');
}

/** `3 of 17`, by absolute score among the tokens that are seen. */
function rankOf(scores: Float32Array, token: number, isSeen: (token: number) => boolean): string {
  const seen = [...scores.keys()].filter(isSeen);
  const larger = seen.filter((other) => Math.abs(scores[other]) > Math.abs(scores[token]));
  return `${larger.length + 1} of ${seen.length}`;
}
