import type { SaliencyName } from '../../protocol/inspection';
import { percent, signedDigits, twoDecimals, twoDigits } from '../../protocol/numbers';
import { aggregate } from './aggregate';
import { spearman } from './correlation';
import { saliencyMeasures } from './saliencies';
import { counted, list, quoted } from './wording';

/*
 * What saliency says, in words. Sentences come from templates and say only what the numbers support: a word is called strongest
 * only where no word left unnamed is as strong, and every share names its whole.
 */

/** Words that a sentence names at most. */
const named = 3;
/** A word stands out where it carries this many times an even share. */
const outstanding = 2;
/** Of signed scores those are named that reach this part of the largest. */
const worthNaming = 0.25;
/** Signed scores cancel out where their sum is below this part of the sum of their magnitudes. */
const balanced = 0.05;
/** Special tokens are spoken of where they carry this share of everything. */
const muchOnSpecials = 0.25;
/** Two rankings disagree below this rank correlation, and agree from the other on. */
const lowCorrelation = 0.3;
const highCorrelation = 0.7;
/** Fewer words than this have no ranking worth comparing. */
const fewestRanked = 5;
/** A completeness gap is spoken of from this part of the sum on. */
const wideGap = 0.05;

/** A sentence, and the words it is about, so that a view can point at them. */
export interface Statement {
  readonly text: string;
  /** Indices of words, in the order of the sentence. */
  readonly words: readonly number[];
}

/** Words, the tokens that make them up, and what is explained. */
export interface Explained {
  /** [W] */
  readonly words: readonly string[];
  /** [S] word of each token, −1 for special tokens. */
  readonly tokenWords: Int32Array;
  /** The class or token that the scores are about, as on screen. */
  readonly target: string;
}

/**
 * Scores of words from scores of tokens.
 * @param scores [S], NaN where a token has none
 * @returns [W], NaN for words without any
 */
export function scoresByWord(name: SaliencyName, scores: Float32Array, explained: Explained): Float32Array {
  return aggregate(scores, explained.tokenWords, saliencyMeasures[name].aggregation, explained.words.length);
}

/**
 * Which words matter most by one measure, and how much of the whole they carry.
 * @param scores [S], NaN where a token has none
 * @returns no sentence where no word has a score other than 0
 */
export function describeSaliency(
  name: SaliencyName,
  scores: Float32Array,
  explained: Explained,
): Statement[] {
  const byWord = scoresByWord(name, scores, explained);
  const falling = [...byWord.keys()].filter((word) => byWord[word] !== 0 && !Number.isNaN(byWord[word]));
  if (falling.length === 0) return [];
  falling.sort((a, b) => byWord[b] - byWord[a]);
  const quote = (word: number): string => quoted(explained.words[word]);
  if (name === 'surprisal') return [describeSurprise(falling, byWord, quote)];
  if (saliencyMeasures[name].isSigned) return describeSides(falling, byWord, quote, explained.target);
  const special = describeSpecials(name, scores, byWord, explained);
  return [describeLeaders(name, falling, byWord, quote, explained.target), ...special];
}

/** The first of `falling` for which all that are not named are strictly weaker: at most {@link named}. */
function distinguished(falling: readonly number[], strength: (word: number) => number): number[] {
  const first = falling.slice(0, named);
  const following = falling.length > named ? strength(falling[named]) : -Infinity;
  return first.filter((word) => strength(word) > following);
}

function describeLeaders(
  name: SaliencyName,
  falling: readonly number[],
  byWord: Float32Array,
  quote: (word: number) => string,
  target: string,
): Statement {
  const measure = nameInSentence(name);
  const total = falling.reduce((sum, word) => sum + byWord[word], 0);
  const even = total / falling.length;
  const leading = distinguished(falling, (word) => byWord[word]).filter(
    (word) => byWord[word] >= outstanding * even,
  );
  if (leading.length === 0) {
    const largest = percent(byWord[falling[0]] / total);
    const tied = falling.filter((word) => byWord[word] === byWord[falling[0]]);
    const strongest =
      tied.length > 1 ? `the ${tied.length} strongest carry` : `the strongest, ${quote(tied[0])}, carries`;
    const each = tied.length > 1 ? ' each' : '';
    return {
      text: `No word stands out: ${strongest} ${largest}${each} of the ${measure} of all words, where an even share is ${percent(even / total)}.`,
      words: tied.length > 1 ? [] : tied,
    };
  }
  const share = percent(leading.reduce((sum, word) => sum + byWord[word], 0) / total);
  const carry = leading.length > 1 ? 'together they carry' : 'it carries';
  const quotes = list(counted(leading.map(quote)));
  // Rollout and flow know nothing of the target, so they must not be said to explain it.
  const claim =
    name === 'attention-rollout' || name === 'attention-flow'
      ? `Attention passes on most from ${quotes}`
      : `${quoted(target)} reacts most to ${quotes}`;
  return { text: `${claim}: ${carry} ${share} of the ${measure} of all words.`, words: leading };
}

/** What lies on special tokens, where that is much: views colour them, and no word can be blamed for it. */
function describeSpecials(
  name: SaliencyName,
  scores: Float32Array,
  byWord: Float32Array,
  { tokenWords }: Explained,
): Statement[] {
  const add = (sum: number, score: number): number => (Number.isNaN(score) ? sum : sum + score);
  const onSpecials = scores.filter((_, token) => tokenWords[token] < 0).reduce(add, 0);
  const share = onSpecials / (onSpecials + byWord.reduce(add, 0));
  if (share < muchOnSpecials) return [];
  return [
    {
      text: `Special tokens carry ${percent(share)} of the ${nameInSentence(name)} of the whole input.`,
      words: [],
    },
  ];
}

function describeSides(
  falling: readonly number[],
  byWord: Float32Array,
  quote: (word: number) => string,
  target: string,
): Statement[] {
  const strength = (word: number): number => Math.abs(byWord[word]);
  const largest = Math.max(...falling.map(strength));
  const side = (words: readonly number[], preposition: 'for' | 'against', object: string): Statement[] => {
    const leading = distinguished(words, strength).filter((word) => strength(word) >= worthNaming * largest);
    if (leading.length === 0) return [];
    const share =
      leading.reduce((sum, word) => sum + strength(word), 0) /
      words.reduce((sum, word) => sum + strength(word), 0);
    const scored = leading.map((word) => `${quote(word)} (${signedDigits(byWord[word])})`);
    const verb = leading.length > 1 ? 'speak' : 'speaks';
    const whole = `${percent(share)} of all that speaks ${preposition} it`;
    return [{ text: `${list(scored)} ${verb} most ${preposition} ${object}: ${whole}.`, words: leading }];
  };
  const forIt = falling.filter((word) => byWord[word] > 0);
  const against = falling.filter((word) => byWord[word] < 0).reverse();
  return [
    ...side(forIt, 'for', quoted(target)),
    ...side(against, 'against', quoted(target)),
    describeBalance(falling, byWord, target),
  ];
}

function describeBalance(words: readonly number[], byWord: Float32Array, target: string): Statement {
  const sum = words.reduce((total, word) => total + byWord[word], 0);
  const magnitudes = words.reduce((total, word) => total + Math.abs(byWord[word]), 0);
  const text =
    Math.abs(sum) < balanced * magnitudes
      ? `What the words say for and against ${quoted(target)} nearly cancels out (${signedDigits(sum)} in all).`
      : `All words together speak ${sum > 0 ? 'for' : 'against'} ${quoted(target)} (${signedDigits(sum)}).`;
  return { text, words: [] };
}

function describeSurprise(
  falling: readonly number[],
  byWord: Float32Array,
  quote: (word: number) => string,
): Statement {
  const leading = distinguished(falling, (word) => byWord[word]);
  const mean = twoDigits(falling.reduce((sum, word) => sum + byWord[word], 0) / falling.length);
  if (leading.length === 0) {
    return {
      text: `No word is more surprising than all others: the largest surprisal is ${twoDigits(byWord[falling[0]])} bits, the mean ${mean} bits per word.`,
      words: [],
    };
  }
  const top = leading.map((word) => `${quote(word)} (${twoDigits(byWord[word])} bits)`);
  return {
    text: `Most surprising ${top.length > 1 ? 'are' : 'is'} ${list(top)}; the mean is ${mean} bits per word.`,
    words: leading,
  };
}

/**
 * Whether attention and gradients rank the words alike: Spearman's rank correlation between attention rollout and a measure of the
 * target's gradient, by magnitude. Where it is low, attention must not be read as what the prediction depends on (Jain & Wallace 2019).
 * @param saliency [S] by measure
 * @returns undefined where one of the two is missing, where there are too few words, or where the correlation is neither low nor high
 */
export function describeAgreement(
  saliency: Partial<Readonly<Record<SaliencyName, Float32Array>>>,
  explained: Explained,
): Statement | undefined {
  const attention = saliency['attention-rollout'];
  const name = gradientNames.find((other) => saliency[other] !== undefined);
  const scores = name && saliency[name];
  if (!attention || !scores) return undefined;
  const byAttention = scoresByWord('attention-rollout', attention, explained);
  const byGradient = scoresByWord(name, scores, explained).map(Math.abs);
  const ranked = byAttention.filter(
    (score, word) => !Number.isNaN(score) && !Number.isNaN(byGradient[word]),
  ).length;
  const correlation = spearman(byAttention, byGradient);
  // NaN, where all words tie, is neither low nor high.
  if (ranked < fewestRanked || !(correlation < lowCorrelation || correlation >= highCorrelation))
    return undefined;
  const methods = `Attention rollout and ${nameInSentence(name)}`;
  const number = `rank correlation ${twoDecimals(correlation)} over ${ranked} words`;
  const text =
    correlation >= highCorrelation
      ? `${methods} rank the words alike (${number}).`
      : `${methods} do not rank the words alike (${number}): what attention passes on is not what ${quoted(explained.target)} reacts to.`;
  return { text, words: [] };
}

/** Measures of the target's gradient, the one to compare with attention first. */
const gradientNames = [
  'gradient-l1',
  'gradient-l2',
  'smooth-grad',
  'input-x-gradient',
  'integrated-gradients',
] as const satisfies readonly SaliencyName[];

const signedNames = [
  'integrated-gradients',
  'input-x-gradient',
  'occlusion',
] as const satisfies readonly SaliencyName[];

/**
 * Words that speak for the target by one signed measure and against it by another, where both find them worth naming. One sentence
 * for each pair of measures that disagree.
 * @param saliency [S] by measure
 */
export function describeContradictions(
  saliency: Partial<Readonly<Record<SaliencyName, Float32Array>>>,
  explained: Explained,
): Statement[] {
  const measured = signedNames.flatMap((name) => {
    const scores = saliency[name];
    return scores ? [{ name, byWord: scoresByWord(name, scores, explained) }] : [];
  });
  return measured.flatMap((one, index) =>
    measured.slice(index + 1).flatMap((other) => {
      const words = contradicted(one.byWord, other.byWord);
      if (words.length === 0) return [];
      const quotes = list(
        words.map(
          (word) =>
            `${quoted(explained.words[word])} (${signedDigits(one.byWord[word])} and ${signedDigits(other.byWord[word])})`,
        ),
      );
      const whether = words.length > 1 ? 'speak' : 'speaks';
      return [
        {
          text: `Whether ${quotes} ${whether} for or against ${quoted(explained.target)} depends on the method: ${nameInSentence(one.name)} and ${nameInSentence(other.name)} disagree.`,
          words,
        },
      ];
    }),
  );
}

/** Words with opposite signs in both, large enough in both; those first that are largest in the first. */
function contradicted(one: Float32Array, other: Float32Array): number[] {
  const bound = (scores: Float32Array): number =>
    worthNaming * scores.reduce((most, score) => (Math.abs(score) > most ? Math.abs(score) : most), 0);
  const [boundOne, boundOther] = [bound(one), bound(other)];
  return [...one.keys()]
    .filter(
      (word) =>
        one[word] * other[word] < 0 && Math.abs(one[word]) >= boundOne && Math.abs(other[word]) >= boundOther,
    )
    .sort((a, b) => Math.abs(one[b]) - Math.abs(one[a]))
    .slice(0, named);
}

/**
 * How far integrated gradients are from adding up, where that is far.
 * @param scores [S] integrated gradients of all tokens
 * @param gap the completeness gap
 */
export function describeCompleteness(scores: Float32Array, gap: number): Statement | undefined {
  const sum = scores.reduce((total, score) => (Number.isNaN(score) ? total : total + score), 0);
  if (!(gap >= wideGap * Math.abs(sum)) || gap === 0) return undefined;
  return {
    text: `The scores add up to ${signedDigits(sum)}, ${twoDigits(gap)} away from the change of the target: more steps would make them more exact.`,
    words: [],
  };
}

/** `gradient (L1)`: the label as it stands inside a sentence; names of methods with capitals inside keep theirs. */
function nameInSentence(name: SaliencyName): string {
  return saliencyMeasures[name].label.replace(/^[A-Z](?=[a-z]+(?![A-Za-z]))/, (letter) =>
    letter.toLowerCase(),
  );
}
