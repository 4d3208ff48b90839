import type { SyntaxScores } from '../../protocol/inspection';
import { isScored, pairsOfTree } from '../../protocol/relations';
import type { Tree, WordRelations } from '../../protocol/relations';
import type { Tensor } from '../../protocol/tensor';
import { headsOf } from './headAttention';
import { wordAttention } from './wordAttention';
import type { WordIndex } from './wordAttention';

/** dependent → head: the word that the dependent attends to most. head → dependent: the word that attends to it most. */
export const directions = ['dependent-to-head', 'head-to-dependent'] as const;
export type Direction = (typeof directions)[number];

/** The guesses that a head must beat: the parent stands so many words after its dependent. Source: Clark 2019. */
export const offsetGuesses = [-3, -2, -1, 1, 2] as const;

/** How often one relation occurred and was found; adds up over texts. */
export interface RelationHits {
  /** Instances: words with a partner in this relation, where the model saw tokens of both. */
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
 * For each relation how many of its instances each head finds in one text. An instance is a word with its partners in
 * that relation: a dependent with its parent, a use with its definition, a residue with all that it touches. A head finds
 * it where the other word that the word attends to most (or, in the other direction, that attends to it most) is one of
 * the partners.
 * @param attentions per layer [H, S, S], self-attention
 * @param words which word each token belongs to
 * @throws RangeError where the relations are not over the same words
 */
export function countRelationHits(
  attentions: readonly Tensor[],
  words: WordIndex,
  relations: WordRelations | Tree,
): SyntaxHits {
  const width = attentions.reduce((most, { dims }) => Math.max(most, dims[0]), 0);
  const perDirection = attentions.length * width;
  const found = new Map<string, RelationHits>();
  const instances = instancesOf(words, relations).map(({ word, relation, partners }) => {
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
    for (const [guess, offset] of offsetGuesses.entries())
      if (partners.includes(word + offset)) entry.guessed[guess]++;
    return { word, partners, hits: entry.hits };
  });
  attentions.forEach((attention, layer) => {
    headsOf(attention).forEach((head, index) => {
      const { data } = wordAttention(head, words);
      const at = layer * width + index;
      // Words that have partners in several relations are looked at once.
      const keys = new Int32Array(words.count).fill(unknown);
      const queries = new Int32Array(words.count).fill(unknown);
      for (const { word, partners, hits } of instances) {
        if (keys[word] === unknown) {
          keys[word] = strongest(data, words.count, word * words.count, 1, word);
          queries[word] = strongest(data, words.count, word, words.count, word);
        }
        if (partners.includes(keys[word])) hits[at]++;
        if (partners.includes(queries[word])) hits[perDirection + at]++;
      }
    });
  });
  return { layers: attentions.length, heads: width, byRelation: found };
}

const unknown = -2;

/** A word and its partners in one relation. */
interface Instance {
  readonly word: number;
  readonly relation: string;
  readonly partners: readonly number[];
}

/** What is scored: both words of a pair must have tokens, or no head could find it. In the order of the pairs. */
function instancesOf(words: WordIndex, given: WordRelations | Tree): Instance[] {
  const { from, to, labels } = 'heads' in given ? pairsOfTree(checked(given, words.count)) : given;
  const hasTokens = new Uint8Array(words.count);
  for (const word of words.words) if (word >= 0) hasTokens[word] = 1;
  const instances = new Map<string, { word: number; relation: string; partners: number[] }>();
  from.forEach((word, pair) => {
    const [partner, relation] = [to[pair], labels[pair]];
    if (Math.max(word, partner) >= words.count) {
      throw new RangeError(`A relation of word ${Math.max(word, partner)} is not in ${words.count} words.`);
    }
    if (!isScored(relation) || hasTokens[word] === 0 || hasTokens[partner] === 0) return;
    const key = `${word} ${relation}`;
    const instance = instances.get(key);
    if (instance) instance.partners.push(partner);
    else instances.set(key, { word, relation, partners: [partner] });
  });
  return [...instances.values()];
}

function checked(tree: Tree, words: number): Tree {
  if (tree.heads.length === words && tree.relations.length === words) return tree;
  throw new RangeError(`A parse of ${tree.heads.length} words does not fit ${words} words.`);
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
    relationBaselines: byCount.map(([, relation]) => {
      const guess = bestGuess(relation.guessed);
      return { offset: guess.offset, accuracy: guess.right / relation.count };
    }),
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

/** The heads that find one relation best, in one direction. */
export interface RankedRelation {
  readonly relation: string;
  readonly count: number;
  readonly direction: Direction;
  readonly baseline: { readonly offset: number; readonly accuracy: number };
  /** Best first, ties in the order of layers and heads. */
  readonly heads: readonly { readonly layer: number; readonly head: number; readonly accuracy: number }[];
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

  /**
   * For each relation and direction the heads that find it best, most frequent relations first. Source: Clark 2019, table 1.
   * @param most heads of each
   */
  rankings(most = 5): RankedRelation[] {
    const perDirection = this.layers * this.heads;
    return [...this.totals]
      .sort(([, a], [, b]) => b.count - a.count)
      .flatMap(([relation, { count, hits, guessed }]) => {
        const { offset, right } = bestGuess(guessed);
        return directions.map((direction, which) => ({
          relation,
          count,
          direction,
          baseline: { offset, accuracy: right / count },
          heads: Array.from(hits.subarray(which * perDirection, (which + 1) * perDirection), (hit, at) => ({
            layer: Math.floor(at / this.heads),
            head: at % this.heads,
            accuracy: hit / count,
          }))
            .sort((a, b) => b.accuracy - a.accuracy)
            .slice(0, most),
        }));
      });
  }

  /** Everything that was added so far, as of one text. */
  get hits(): SyntaxHits {
    return { layers: this.layers, heads: this.heads, byRelation: this.totals };
  }

  /** The same numbers as for a single text, over all texts added. */
  overall(): SyntaxScores {
    return syntaxScores(this.hits);
  }
}
