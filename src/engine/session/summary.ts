import type {
  BlockName,
  BlockSummary,
  HeadMeasureName,
  Inspection,
  Parse,
  TokenRow,
  WordRow,
} from '../../protocol/inspection';
import { relationsOf, type WordRelations } from '../../protocol/relations';
import type { Tensor } from '../../protocol/tensor';
import { computeHeadMeasures, headsPerLayer } from '../measures/definitions';
import { countRelationHits, syntaxScores, type SyntaxHits } from '../measures/syntactic';
import { strongestEdges } from '../measures/thumbnails';
import { findSeparators, type TokenFacts } from '../measures/tokenFacts';
import type { WordIndex } from '../measures/wordAttention';
import type { GradientRun } from './runs';

/** Edges per head in a miniature: a head that looks at one token from each of a sentence's is whole with them. */
export const miniatureEdges = 48;

/** Token rows of an inspection, complete with their words. */
export interface Rows {
  readonly tokens: TokenRow;
  readonly pair?: TokenRow;
}

/** What the blocks of one inspection are summarised from. */
export interface BlockSource {
  readonly attentions: ReadonlyMap<BlockName, readonly Tensor[]>;
  readonly rows: Rows;
  readonly text: string;
  readonly pairText: string;
  readonly separatorIds: ReadonlySet<number>;
  readonly words: WordRow;
  readonly parse: Parse | undefined;
  /** Of another kind, over the same words; where there are any, heads are scored by them. */
  readonly relations?: WordRelations;
  readonly gradients: GradientRun | undefined;
  readonly saliency: Inspection['saliency'];
  readonly pairSaliency: Inspection['pairSaliency'];
  readonly names: readonly HeadMeasureName[] | undefined;
}

/** Which token row the queries and keys of a block are. */
export function rowsOf(block: BlockName): { queries: 'tokens' | 'pair'; keys: 'tokens' | 'pair' } {
  if (block === 'decoder') return { queries: 'pair', keys: 'pair' };
  if (block === 'cross') return { queries: 'pair', keys: 'tokens' };
  return { queries: 'tokens', keys: 'tokens' };
}

/** The words of a token row as the measures take them. */
export function wordIndex(row: TokenRow, count: number): WordIndex {
  return { words: row.words, count };
}

/** Measures, miniatures and syntax scores of every block, in the order in which the model computes them. */
export function summariseBlocks(source: BlockSource): BlockSummary[] {
  return Array.from(source.attentions, ([name, attentions]) => summariseBlock(name, attentions, source));
}

function summariseBlock(name: BlockName, attentions: readonly Tensor[], source: BlockSource): BlockSummary {
  const { measures, hits, ...rows } = measureBlock(name, attentions, source);
  return {
    name,
    layers: attentions.length,
    heads: headsPerLayer({ attentions }),
    ...rows,
    measures,
    thumbnails: strongestEdges(attentions, miniatureEdges),
    ...(hits === undefined ? {} : { syntax: syntaxScores(hits) }),
  };
}

/** Everything that is measured of the heads of one block on one text. */
export interface MeasuredBlock {
  readonly queries: 'tokens' | 'pair';
  readonly keys: 'tokens' | 'pair';
  readonly measures: Partial<Record<HeadMeasureName, Float32Array>>;
  /** How often heads find the relations of the text, where it has any. */
  readonly hits?: SyntaxHits;
}

/** Measures a block of a text. @param attentions per layer [H, Sq, Sk], padding cut off */
export function measureBlock(
  name: BlockName,
  attentions: readonly Tensor[],
  source: BlockSource,
): MeasuredBlock {
  const { queries, keys } = rowsOf(name);
  const keyRow = keys === 'pair' ? source.rows.pair : source.rows.tokens;
  const isSelf = queries === keys;
  const isMain = isSelf && keys === 'tokens';
  const size = attentions[0]?.dims[2] ?? 0;
  const facts = factsOf(keyRow, keys === 'pair' ? source.pairText : source.text, source.separatorIds, size);
  const relations = relationsOf(source);
  // Only where the keys are the related words' own tokens (patches of an image are not).
  const canScore =
    relations !== undefined && source.words.text.length > 0 && isMain && keyRow?.ids.length === size;
  const hits = canScore
    ? countRelationHits(attentions, wordIndex(source.rows.tokens, source.words.text.length), relations)
    : undefined;
  const saliency = (keys === 'pair' ? source.pairSaliency : source.saliency)?.['gradient-l1'];
  const measures = computeHeadMeasures(
    {
      attentions,
      isSelf,
      keys: facts,
      headGradients: source.gradients?.heads.get(name),
      attentionGradients: source.gradients?.attentions?.get(name),
      // Of the tokens before an image's patches there is no gradient, so there is no cosine with all of them.
      saliency: saliency?.length === size && !saliency.some(Number.isNaN) ? saliency : undefined,
      ...(hits === undefined ? {} : { syntax: syntaxScores(hits) }),
    },
    source.names,
  );
  return { queries, keys, measures, ...(hits === undefined ? {} : { hits }) };
}

/** Facts of the key tokens; of image patches nothing is known but their number. */
export function factsOf(
  row: TokenRow | undefined,
  text: string,
  separatorIds: ReadonlySet<number>,
  size: number,
): TokenFacts {
  if (row === undefined || row.ids.length !== size) {
    return {
      ids: new Int32Array(size).fill(-1),
      special: new Uint8Array(size),
      separators: new Uint8Array(size),
    };
  }
  return { ids: row.ids, special: row.special, separators: findSeparators(row, text, separatorIds) };
}
