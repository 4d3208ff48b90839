import type { Related } from '../../protocol/engine';
import type { BlockSummary, InspectRequest } from '../../protocol/inspection';
import type { WordRelations } from '../../protocol/relations';
import type { Tensor } from '../../protocol/tensor';
import { computeHeadMeasures } from '../measures/definitions';
import { countRelationHits, syntaxScores } from '../measures/syntactic';
import type { InspectionResult } from './inspect';
import type { Work } from './queue';
import { structureOf } from './structure';
import { wordIndex } from './summary';
import type { TextParser } from './textParser';

/**
 * The relations of an inspection, made anew by a request that knows more of them, and the scores of the heads by them.
 * Nothing is run: the attention is the same.
 */
export async function relatedAnew(
  { inspection, attentions, prepared }: InspectionResult,
  request: InspectRequest,
  parser: TextParser,
  work: Work,
): Promise<Related> {
  const { words, relations } = await structureOf(request, prepared, parser, work, []);
  const isSameText = words.text.length === inspection.words.text.length;
  if (!relations || !isSameText) return { blocks: [] };
  const index = wordIndex(inspection.tokens, words.text.length);
  const blocks = inspection.blocks
    .filter(({ syntax }) => syntax !== undefined)
    .map((block) => scoredBy(block, relations, attentions.get(block.name) ?? [], index));
  return { relations, blocks };
}

function scoredBy(
  block: BlockSummary,
  relations: WordRelations,
  attentions: readonly Tensor[],
  words: ReturnType<typeof wordIndex>,
): Related['blocks'][number] {
  const syntax = syntaxScores(countRelationHits(attentions, words, relations));
  const none = { ids: new Int32Array(0), special: new Uint8Array(0), separators: new Uint8Array(0) };
  const wanted = block.measures.syntactic ? (['syntactic'] as const) : [];
  const measures = computeHeadMeasures({ attentions, isSelf: true, keys: none, syntax }, wanted);
  return { name: block.name, syntax, measures };
}
