import { aggregate } from '../../../src/engine/measures/aggregate';
import { saliencyMeasures } from '../../../src/engine/measures/saliencies';
import type { Inspection } from '../../../src/protocol/inspection';
import { percent, twoDigits } from '../../../src/protocol/numbers';
import { probability } from '../../marks/probability';
import type { ShownSaliency } from '../../marks/saliency';
import { visibleToken } from '../../marks/tokenText';

/** Words that a sentence names. */
const named = 3;
/** A word stands out where it carries this many times an even share. */
const outstanding = 2;

/** `The model predicts “positive” (99.98 %).` or what is explained instead. */
export function targetSentence({ prediction, target }: Inspection): string {
  const label = quoted(plain(target.label));
  if (target.kind === 'norm') return 'The model gives an embedding; its length is explained.';
  if (target.contrast) {
    return `Explained is why ${label} (${probability(target.probability)}) rather than ${quoted(plain(target.contrast.label))} (${probability(target.contrast.probability)}).`;
  }
  const [best] = prediction.candidates;
  if (!best || best.id === target.id)
    return `The model predicts ${label} (${probability(target.probability)}).`;
  return `Explained is ${label} (${probability(target.probability)}); the model predicts ${quoted(plain(best.label))} (${probability(best.probability)}).`;
}

/**
 * What matters most, in words. Nothing is said that the numbers do not support: where no word stands out against an even
 * share, it says so.
 */
export function saliencySentence(inspection: Inspection, { name, scores }: ShownSaliency): string {
  const { words, tokens } = inspection;
  const { isSigned, aggregation, label, unit } = saliencyMeasures[name];
  const byWord = aggregate(scores, tokens.words, aggregation, words.text.length);
  const scored = [...byWord.keys()].filter((word) => !Number.isNaN(byWord[word]) && byWord[word] !== 0);
  if (scored.length === 0) return '';
  const falling = scored.sort((a, b) => byWord[b] - byWord[a]);
  const word = (index: number): string => quoted(words.text[index]);
  if (name === 'surprisal') {
    const top = falling.slice(0, named).map((i) => `${word(i)} (${twoDigits(byWord[i])} ${unit})`);
    return `${top.length > 1 ? 'Most surprising are' : 'Most surprising is'} ${list(top)}.`;
  }
  if (isSigned) return signedSentence(falling, byWord, word, plain(inspection.target.label));

  const total = falling.reduce((sum, i) => sum + byWord[i], 0);
  const even = total / falling.length;
  const leading = falling.slice(0, named).filter((i) => byWord[i] >= outstanding * even);
  const measure = label.replace(/^[A-Z](?=[a-z]+\b)/, (letter) => letter.toLowerCase());
  if (leading.length === 0) {
    const [first] = falling;
    return `No word stands out: the strongest, ${word(first)}, carries ${percent(byWord[first] / total)} of the ${measure}, an even share is ${percent(even / total)}.`;
  }
  const share = percent(leading.reduce((sum, i) => sum + byWord[i], 0) / total);
  const names = counted(leading.map(word));
  const verb = names.length > 1 ? 'matter most; together they carry' : 'matters most; it carries';
  return `${list(names)} ${verb} ${share} of the ${measure}.`;
}

function signedSentence(
  falling: readonly number[],
  byWord: Float32Array,
  word: (index: number) => string,
  target: string,
): string {
  const largest = falling.reduce((most, i) => Math.max(most, Math.abs(byWord[i])), 0);
  const isWorthNaming = (i: number): boolean => Math.abs(byWord[i]) >= largest / 4;
  const scored = (i: number): string => `${word(i)} (${byWord[i] > 0 ? '+' : ''}${twoDigits(byWord[i])})`;
  const forIt = falling.filter((i) => byWord[i] > 0 && isWorthNaming(i)).slice(0, named);
  const against = falling
    .filter((i) => byWord[i] < 0 && isWorthNaming(i))
    .reverse()
    .slice(0, named);
  const parts = [
    forIt.length > 0
      ? `${list(forIt.map(scored))} ${forIt.length > 1 ? 'speak' : 'speaks'} most for ${quoted(target)}`
      : '',
    against.length > 0
      ? `${list(against.map(scored))} ${against.length > 1 ? 'speak' : 'speaks'} most against ${forIt.length > 0 ? 'it' : quoted(target)}`
      : '',
  ];
  return `${parts.filter(Boolean).join('; ')}.`;
}

/** A token without the blanks around it, which a sentence has no use for, unless it is nothing else. */
function plain(label: string): string {
  return visibleToken(label.trim() || label);
}

function quoted(text: string): string {
  return `“${text}”`;
}

/** The same word in several places is named once. */
function counted(items: readonly string[]): string[] {
  return [...new Set(items)].map((item) => {
    const times = items.filter((other) => other === item).length;
    return times > 1 ? `${item} (${times} times)` : item;
  });
}

/** `a, b and c` */
function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}
