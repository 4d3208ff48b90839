import type { SyntaxScores } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { headsOf } from './headAttention';
import { wordAttention } from './wordAttention';
import type { WordIndex } from './wordAttention';

/** dependent → head: the word that the dependent attends to most. head → dependent: the word that attends to it most. */
export const directions = ['dependent-to-head', 'head-to-dependent'] as const;
export type Direction = (typeof directions)[number];

/** The guesses that a head must beat: the parent stands so many words after its dependent. Source: Clark 2019. */
export const offsetGuesses = [-3, -2, -1, 1, 2] as const;

/** Relations that are no grammar to be found: the root has no parent, and punctuation hangs somewhere. */
const leftOut: ReadonlySet<string> = new Set(['root', 'punct']);

/** A tree over `W` words, or any other relation from words to words (coreference, the syntax tree of code). */
export interface WordRelations {
  /** [W] parent of each word, −1 for none. */
  readonly heads: Int32Array;
  /** [W] name of the relation to the parent. */
  readonly relations: readonly string[];
}

/** How often one relation occurred and was found; adds up over texts. */
export interface RelationHits {
  /** Instances: words with this relation whose own and whose parent's tokens the model saw. */
  count: number;
  /** [2, L, H] instances that the head found, by {@link directions}. */
  readonly hits: Uint32Array;
  /** Instances that each of {@link offsetGuesses} got right. */
  readonly guessed: Uint32Array;
}

/** What {@link countRelationHits} found. */
export interface SyntaxHits {
  /** L */
  readonly layers: number;
  /** H, of the layer with most heads */
  readonly heads: number;
  /** In the order in which relations first occur. */
  readonly byRelation: ReadonlyMap<string, RelationHits>;
}

/**
 * For each relation how many of its instances each head finds in one text.
 * @param attentions per layer [H, S, S], self-attention
 * @param words which word each token belongs to
 * @throws RangeError where the relations are not over the same words
 */
export function countRelationHits(
  attentions: readonly Tensor[],
  words: WordIndex,
  { heads: parents, relations }: WordRelations,
): SyntaxHits {
  if (parents.length !== words.count || relations.length !== words.count) {
    throw new RangeError(`A parse of ${parents.length} words does not fit ${words.count} words.`);
  }
  const width = attentions.reduce((most, { dims }) => Math.max(most, dims[0]), 0);
  const perDirection = attentions.length * width;
  const found = new Map<string, RelationHits>();
  const instances = instancesOf(words, parents, relations).map(({ word, parent }) => {
    const relation = relations[word];
    let entry = found.get(relation);
    if (!entry) {
      entry = {
        count: 0,
        hits: new Uint32Array(2 * perDirection),
        guessed: new Uint32Array(offsetGuesses.length),
      };
      found.set(relation, entry);
    }
    entry.count++;
    offsetGuesses.forEach((offset, guess) => {
      if (word + offset === parent) entry.guessed[guess]++;
    });
    return { word, parent, hits: entry.hits };
  });
  attentions.forEach((attention, layer) => {
    headsOf(attention).forEach((head, index) => {
      const { data } = wordAttention(head, words);
      const at = layer * width + index;
      for (const { word, parent, hits } of instances) {
        if (strongest(data, words.count, word * words.count, 1, word) === parent) hits[at]++;
        if (strongest(data, words.count, word, words.count, word) === parent) hits[perDirection + at]++;
      }
    });
  });
  return { layers: attentions.length, heads: width, byRelation: found };
}

/** Words to be scored: both ends of the relation must have tokens, or no head could find it. */
function instancesOf(
  words: WordIndex,
  parents: Int32Array,
  relations: readonly string[],
): { word: number; parent: number }[] {
  const hasTokens = new Uint8Array(words.count);
  for (const word of words.words) if (word >= 0) hasTokens[word] = 1;
  return Array.from(parents, (parent, word) => ({ word, parent })).filter(
    ({ word, parent }) =>
      parent >= 0 && !leftOut.has(relations[word]) && hasTokens[word] && hasTokens[parent],
  );
}

/** Index of the largest of `count` numbers at `start`, `start + step` ..., number `except` left out; −1 where all are 0. */
function strongest(data: Float32Array, count: number, start: number, step: number, except: number): number {
  let best = -1;
  let largest = 0;
  for (let i = 0, at = start; i < count; i++, at += step) {
    if (data[at] > largest && i !== except) {
      largest = data[at];
      best = i;
    }
  }
  return best;
}

/**
 * The scores of one text from its hits.
 * @returns relations by falling count, ties in the order of the text; accuracies NaN where there is no relation at all
 */
export function syntaxScores({ layers, heads, byRelation: found }: SyntaxHits): SyntaxScores {
  const byCount = [...found].sort(([, a], [, b]) => b.count - a.count);
  const size = 2 * layers * heads;
  const byRelation = new Float32Array(byCount.length * size);
  const hits = new Float64Array(size);
  const guessed = new Float64Array(offsetGuesses.length);
  let total = 0;
  byCount.forEach(([, relation], r) => {
    total += relation.count;
    relation.hits.forEach((hit, at) => {
      byRelation[r * size + at] = hit / relation.count;
      hits[at] += hit;
    });
    relation.guessed.forEach((right, guess) => (guessed[guess] += right));
  });
  // A guess at a fixed distance is about the parent of a word, so it is the same in both directions.
  const { offset, right } = bestGuess(guessed);
  return {
    relations: byCount.map(([name, { count }]) => ({ name, count })),
    byRelation,
    overall: Float32Array.from(hits, (hit) => hit / total),
    baselines: directions.map(() => ({ offset, accuracy: right / total })),
  };
}

function bestGuess(guessed: ArrayLike<number>): { offset: number; right: number } {
  let best = 0;
  for (let guess = 1; guess < guessed.length; guess++) if (guessed[guess] > guessed[best]) best = guess;
  return { offset: offsetGuesses[best], right: guessed[best] };
}

/** What a head is best at, over a data set. */
export interface HeadRole {
  readonly relation: string;
  readonly direction: Direction;
  readonly accuracy: number;
  /** Accuracy of the best guess at a fixed distance for this relation. */
  readonly baseline: number;
}

/** Adds up hits over the texts of a data set; memory grows with the number of relations only. */
export class SyntaxOverDataSet {
  private readonly totals = new Map<string, RelationHits>();

  /**
   * @param layers L
   * @param heads H of the layer with most heads
   */
  constructor(
    private readonly layers: number,
    private readonly heads: number,
  ) {}

  /** Adds a text. @throws RangeError where it is of another model */
  add({ layers, heads, byRelation }: SyntaxHits): void {
    if (layers !== this.layers || heads !== this.heads) {
      throw new RangeError(`${layers} × ${heads} heads do not fit ${this.layers} × ${this.heads}.`);
    }
    for (const [name, { count, hits, guessed }] of byRelation) {
      const total = this.totals.get(name);
      if (!total) {
        this.totals.set(name, { count, hits: hits.slice(), guessed: guessed.slice() });
        continue;
      }
      total.count += count;
      hits.forEach((hit, at) => (total.hits[at] += hit));
      guessed.forEach((right, guess) => (total.guessed[guess] += right));
    }
  }

  /**
   * What each head is best at: its highest accuracy over relations with at least `minimum` instances and both directions.
   * An accuracy counts only where it beats the best guess at a fixed distance for that relation.
   * Source: Clark 2019; Dodrio 2021.
   * @returns [L, H] undefined for heads that are best at nothing
   */
  roles(minimum = 100): (HeadRole | undefined)[] {
    const perDirection = this.layers * this.heads;
    const roles = new Array<HeadRole | undefined>(perDirection).fill(undefined);
    for (const [relation, { count, hits, guessed }] of this.totals) {
      if (count < minimum) continue;
      const baseline = bestGuess(guessed).right / count;
      hits.forEach((hit, at) => {
        const accuracy = hit / count;
        const role = roles[at % perDirection];
        if (accuracy > baseline && accuracy > (role?.accuracy ?? 0)) {
          const direction = directions[at < perDirection ? 0 : 1];
          roles[at % perDirection] = { relation, direction, accuracy, baseline };
        }
      });
    }
    return roles;
  }

  /** The data set's syntactic score of each head, 0 where {@link roles} has none. @returns [L, H] */
  scores(minimum = 100): Float32Array {
    return Float32Array.from(this.roles(minimum), (role) => role?.accuracy ?? 0);
  }

  /** The same numbers as for a single text, over all texts added. */
  overall(): SyntaxScores {
    return syntaxScores({ layers: this.layers, heads: this.heads, byRelation: this.totals });
  }
}
