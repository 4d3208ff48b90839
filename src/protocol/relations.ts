import type { Related } from './engine';
import type { BlockSummary, HeadRef, Inspection, Parse } from './inspection';

/** Where relations come from: the built-in parser, a CoNLL-U text, the syntax tree of code, or a file of the user's. */
export type RelationSource = Parse['source'] | 'code' | 'file';

/**
 * Labelled, directed pairs of words (`P` of them), as columns: what the views draw above the text and what heads are
 * scored by. A word may have several partners, in one relation or in several; no pair occurs twice with one label, and
 * no word is its own partner.
 */
export interface WordRelations {
  readonly source: RelationSource;
  /** [P] the word that has the partner: a dependent, a use, a child. */
  readonly from: Int32Array;
  /** [P] its partner: the parent, the definition. */
  readonly to: Int32Array;
  /** [P] name of the relation. */
  readonly labels: readonly string[];
  /** Words that stand at the top of a tree; left out where the relations are none. */
  readonly roots?: Int32Array;
  /** Words of code that are names, of which a language server may know the definition. */
  readonly names?: Int32Array;
  /** Labels of relations without direction: of these both `from → to` and `to → from` are among the pairs. */
  readonly symmetric?: readonly string[];
}

/** A tree as a column of parents. */
export type Tree = Pick<Parse, 'heads' | 'relations'> & { readonly source?: RelationSource };

const pairsOfTrees = new WeakMap<Tree, WordRelations>();

/** The relations of a tree as pairs, in the order of the dependents; the same object every time. */
export function pairsOfTree(tree: Tree): WordRelations {
  const known = pairsOfTrees.get(tree);
  if (known) return known;
  const { heads, relations, source = 'parser' } = tree;
  const all = Array.from(heads.keys());
  const from = Int32Array.from(all.filter((word) => heads[word] >= 0));
  const pairs: WordRelations = {
    source,
    from,
    to: from.map((word) => heads[word]),
    labels: Array.from(from, (word) => relations[word]),
    roots: Int32Array.from(all.filter((word) => heads[word] < 0)),
  };
  pairsOfTrees.set(tree, pairs);
  return pairs;
}

/** What heads of this inspection are compared with: its relations of another kind where it has some, else its parse. */
export function relationsOf({
  relations,
  parse,
}: Pick<Inspection, 'relations' | 'parse'>): WordRelations | undefined {
  return relations ?? (parse && pairsOfTree(parse));
}

export function isSymmetric({ symmetric = [] }: WordRelations, label: string): boolean {
  return symmetric.includes(label);
}

/** Whether a relation counts in a head's score: roots have no partner, and punctuation hangs somewhere. */
export function isScored(label: string): boolean {
  return label !== 'root' && label !== 'punct' && !label.startsWith('punct:');
}

/** An inspection with relations that became known later, and the scores of its heads by them. */
export function withRelated<Summary extends Inspection>(
  inspection: Summary,
  { relations, blocks }: Related,
): Summary {
  if (!relations) return inspection;
  return {
    ...inspection,
    relations,
    blocks: inspection.blocks.map((block) => {
      const scored = blocks.find(({ name }) => name === block.name);
      return scored
        ? { ...block, syntax: scored.syntax, measures: { ...block.measures, ...scored.measures } }
        : block;
    }),
  };
}

/** Whether the relations are a dependency parse, of which one speaks in words of its own. */
export function isParse(relations: Pick<WordRelations, 'source'> | undefined): boolean {
  return relations?.source === 'parser' || relations?.source === 'conllu';
}

/**
 * How well each head of a block finds one relation. Of a parse the better direction counts, as in the syntactic score;
 * of other relations the one in which words attend to their partners, which is what “finds” means there.
 * @returns [L, H] accuracies; undefined where the text has no such relation
 */
export function relationAccuracy(
  { relations, parse }: Pick<Inspection, 'relations' | 'parse'>,
  { syntax, layers, heads }: BlockSummary,
  name: string,
): Float32Array | undefined {
  const index = syntax?.relations.findIndex((one) => one.name === name) ?? -1;
  if (!syntax || index < 0) return undefined;
  const size = layers * heads;
  const forward = syntax.byRelation.subarray(index * 2 * size, (index * 2 + 1) * size);
  if (!isParse(relationsOf({ relations, parse }))) return forward.slice();
  return forward.map((accuracy, i) => Math.max(accuracy, syntax.byRelation[(index * 2 + 1) * size + i]));
}

/** The head that finds a relation best, the first of equal ones; undefined where the text has no such relation. */
export function bestHead(
  inspection: Inspection,
  name: string,
):
  | { readonly head: HeadRef; readonly accuracy: number; readonly baseline: number; readonly count: number }
  | undefined {
  for (const block of inspection.blocks) {
    const accuracies = relationAccuracy(inspection, block, name);
    if (!accuracies) continue;
    const best = accuracies.reduce((top, accuracy, i) => (accuracy > accuracies[top] ? i : top), 0);
    const index = block.syntax?.relations.findIndex((one) => one.name === name) ?? 0;
    return {
      head: { block: block.name, layer: Math.floor(best / block.heads), head: best % block.heads },
      accuracy: accuracies[best],
      baseline: block.syntax?.relationBaselines?.[index].accuracy ?? 0,
      count: block.syntax?.relations[index].count ?? 0,
    };
  }
  return undefined;
}

/** The code that a text is a part of. */
export interface CodeContext {
  /** VS Code's id of the language; one without a grammar counts as no code. */
  readonly language: string;
  /** The document around the text, which says what a part of it means; default: the text itself. */
  readonly document?: string;
  /** Where the request's text begins in the document, in UTF-16 units. */
  readonly start?: number;
  /**
   * Names and their definitions as a language server knows them, as columns of places in the document (UTF-16, where the
   * name begins). Absent: none was asked or none answered.
   */
  readonly definitions?: { readonly uses: Int32Array; readonly definitions: Int32Array };
}

/** A file of the user's that says which words of a text belong together (docs/relations.md). */
export interface RelationsFile {
  /** What messages call it; its ending says the format. */
  readonly name: string;
  readonly content: string;
  /** It was found, not chosen: where it does not fit, the text is inspected without it. */
  readonly isOptional?: boolean;
  /** The document that the file is about, of which the request's text may be a part; default: the text itself. */
  readonly document?: string;
  /** Where the request's text begins in the document, in UTF-16 units. */
  readonly start?: number;
}
