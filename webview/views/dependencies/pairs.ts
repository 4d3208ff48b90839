import { isSymmetric, type WordRelations } from '../../../src/protocol/relations';

const indexed = new WeakMap<WordRelations, ReadonlyMap<string, readonly number[]>>();

/** The pairs that lead from one word to another: none, one, or one per relation. */
export function pairsFromTo(relations: WordRelations, from: number, to: number): readonly number[] {
  let index = indexed.get(relations);
  if (!index) indexed.set(relations, (index = indexPairs(relations)));
  return index.get(`${from} ${to}`) ?? [];
}

function indexPairs({ from, to }: WordRelations): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>();
  from.forEach((word, pair) => {
    const key = `${word} ${to[pair]}`;
    const before = index.get(key);
    if (before) before.push(pair);
    else index.set(key, [pair]);
  });
  return index;
}

/** The relations that join two words in either direction, each once: `nsubj`, `parent, sibling`; empty for none. */
export function relationsBetween(relations: WordRelations, a: number, b: number): string {
  const pairs = [...pairsFromTo(relations, a, b), ...pairsFromTo(relations, b, a)];
  return [...new Set(pairs.map((pair) => relations.labels[pair]))].join(', ');
}

/** The same pair seen from its other end, where its relation has no direction. */
export function oppositeOf(relations: WordRelations, pair: number): number | undefined {
  const label = relations.labels[pair];
  if (!isSymmetric(relations, label)) return undefined;
  return pairsFromTo(relations, relations.to[pair], relations.from[pair]).find(
    (other) => relations.labels[other] === label,
  );
}

/**
 * A tree of these relations: for each word the first pair, in their order, that leads to a parent without closing a
 * circle; relations without direction have no parents. Of a parse it is the parse, of code its syntax tree.
 * @param words W
 * @returns [W] pair that leads from each word to its parent, −1 for roots
 */
export function treePairs(relations: WordRelations, words: number): Int32Array {
  const { from, to, labels } = relations;
  const pairOf = new Int32Array(words).fill(-1);
  from.forEach((word, pair) => {
    if (pairOf[word] >= 0 || isSymmetric(relations, labels[pair])) return;
    let at = to[pair];
    while (at !== word && pairOf[at] >= 0) at = to[pairOf[at]];
    if (at !== word) pairOf[word] = pair;
  });
  return pairOf;
}
