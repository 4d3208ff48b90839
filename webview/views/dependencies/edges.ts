import type { WordRow } from '../../../src/protocol/inspection';
import { isScored, type WordRelations } from '../../../src/protocol/relations';
import type { Tensor } from '../../../src/protocol/tensor';

/**
 * Where a dependent is looked for in a head's attention `A`: `dependent-to-head`: it is the query, so its weights are a
 * row of `A`; `head-to-dependent`: it is the key, so its weights are a column.
 */
export const directions = ['dependent-to-head', 'head-to-dependent'] as const;
export type Direction = (typeof directions)[number];

/** One drawn edge: how much `dependent` and `other` have to do with each other, seen in a {@link Direction}. */
export interface Edge {
  readonly dependent: number;
  readonly other: number;
  /** A weight of `A`, 0 to 1; in a difference of two heads −1 to 1. */
  readonly weight: number;
  /** 1 for the dependent's strongest edge, 2 for the next. */
  readonly rank: number;
}

/** The weight between a dependent and another unit in the given direction. */
export function weightOf(attention: Tensor, direction: Direction, dependent: number, other: number): number {
  const units = attention.dims[1];
  return direction === 'dependent-to-head'
    ? attention.data[dependent * units + other]
    : attention.data[other * units + dependent];
}

/** The query and the key of an edge. */
export function queryAndKey(edge: Edge, direction: Direction): readonly [query: number, key: number] {
  return direction === 'dependent-to-head' ? [edge.dependent, edge.other] : [edge.other, edge.dependent];
}

/**
 * The `perUnit` strongest edges of every unit to other units, by falling weight (in a difference: by falling size);
 * the lower index first where weights are equal. Edges of weight 0 are left out: a causal head has them by construction.
 * @param attention [U, U]
 */
export function strongestEdges(attention: Tensor, direction: Direction, perUnit: number): Edge[] {
  const units = attention.dims[0];
  const edges: Edge[] = [];
  for (let dependent = 0; dependent < units; dependent++) {
    const best: { other: number; weight: number }[] = [];
    for (let other = 0; other < units; other++) {
      if (other === dependent) continue;
      const weight = weightOf(attention, direction, dependent, other);
      const size = Math.abs(weight);
      if (size === 0 || !Number.isFinite(size)) continue;
      let place = best.length;
      while (place > 0 && Math.abs(best[place - 1].weight) < size) place--;
      if (place >= perUnit) continue;
      best.splice(place, 0, { other, weight });
      best.length = Math.min(best.length, perUnit);
    }
    best.forEach(({ other, weight }, i) => edges.push({ dependent, other, weight, rank: i + 1 }));
  }
  return edges;
}

/** The edges whose size reaches the threshold. */
export function edgesOver(edges: readonly Edge[], threshold: number): Edge[] {
  return edges.filter((edge) => Math.abs(edge.weight) >= threshold);
}

/**
 * The threshold over which about one edge per unit is left, with two significant digits so that the number shown is
 * the number used: the weight of the `units`-th strongest edge, rounded down.
 */
export function defaultThreshold(edges: readonly Edge[], units: number): number {
  if (edges.length === 0) return 0;
  const sizes = Float64Array.from(edges, (edge) => Math.abs(edge.weight))
    .sort()
    .reverse();
  return roundDown(sizes[Math.min(units, sizes.length) - 1]);
}

/** The largest number with two significant digits that is not over `value`, at least 0.001. */
function roundDown(value: number): number {
  if (value <= 0.001) return 0;
  const digits = 1 - Math.floor(Math.log10(value));
  const scale = 10 ** digits;
  // 0.29 · 100 is 28.999…: without the nudge, a number of two digits would lose its last one.
  return Math.floor(value * scale + 1e-9) / scale;
}

/** The other unit with the largest weight for each unit, −1 where there is none; the lowest index of equal ones. */
export function strongestOthers(attention: Tensor, direction: Direction): Int32Array {
  const others = new Int32Array(attention.dims[0]).fill(-1);
  for (const edge of strongestEdges(attention, direction, 1)) others[edge.dependent] = edge.other;
  return others;
}

/**
 * Which pairs a head agrees with, as the syntactic score of one text counts them (Clark et al. 2019): 1 where the other
 * word that a word has its largest weight with is its partner.
 * @param attention [W, W], word-level
 * @returns [P]
 */
export function agreements(
  attention: Tensor,
  { from, to }: Pick<WordRelations, 'from' | 'to'>,
  direction: Direction,
): Uint8Array {
  const others = strongestOthers(attention, direction);
  return Uint8Array.from(from, (word, pair) => (others[word] === to[pair] ? 1 : 0));
}

/** How many words have a partner in a relation, and how many of these a head agrees with. */
export interface RelationCount {
  readonly name: string;
  readonly count: number;
  readonly agreed: number;
}

/**
 * Relations by falling count of words that have a partner in them (then by name).
 * @param agreed [P] from {@link agreements}; one agreeing pair of a word is enough
 */
export function countRelations(
  { from, labels }: Pick<WordRelations, 'from' | 'labels'>,
  agreed: Uint8Array,
): RelationCount[] {
  const words = new Map<string, Map<number, number>>();
  labels.forEach((name, pair) => {
    let agreeing = words.get(name);
    if (!agreeing) words.set(name, (agreeing = new Map()));
    agreeing.set(from[pair], Math.max(agreeing.get(from[pair]) ?? 0, agreed[pair]));
  });
  return Array.from(words, ([name, agreeing]) => ({
    name,
    count: agreeing.size,
    agreed: [...agreeing.values()].reduce((sum, one) => sum + one, 0),
  })).sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

/**
 * The relation that the head follows best: the largest share of agreement among scored relations, where the lower
 * end of Wilson's 95 % interval decides, so that one hit out of one does not win over nine out of ten.
 */
export function strongestRelation(counts: readonly RelationCount[]): RelationCount | undefined {
  const lowerEnd = ({ count, agreed }: RelationCount) => {
    const z = 1.96;
    const share = agreed / count;
    const spread = z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
    return (share + (z * z) / (2 * count) - spread) / (1 + (z * z) / count);
  };
  return counts
    .filter((relation) => isScored(relation.name) && relation.agreed > 0)
    .sort((a, b) => lowerEnd(b) - lowerEnd(a))[0];
}

/** Number of sentences of a word row. */
export function sentenceCount(words: WordRow): number {
  return words.sentences.length === 0 ? 0 : words.sentences[words.sentences.length - 1] + 1;
}
