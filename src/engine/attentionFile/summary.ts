import type {
  BlockName,
  BlockSummary,
  HeadMeasureName,
  SyntaxScores,
  Thumbnails,
} from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { computeHeadMeasures } from '../measures/definitions';
import { countRelationHits, syntaxScores, type RelationHits, type SyntaxHits } from '../measures/syntactic';
import { strongestEdges } from '../measures/thumbnails';
import type { Work } from '../session/queue';
import { factsOf, miniatureEdges, rowsOf, wordIndex } from '../session/summary';
import type { FileContent } from './content';
import type { FileLayer } from './layers';
import { RowCheck } from './rowCheck';

/** What is said of one block of a file. */
interface SummarisedBlock {
  readonly block: BlockSummary;
  readonly rows: RowCheck;
}

/**
 * Measures, miniature and syntax score of every head of a block. One head is in memory at a time, so that a file may be much
 * larger than that.
 */
export async function summariseFileBlock(
  name: BlockName,
  layers: readonly FileLayer[],
  content: FileContent,
  work: Work,
): Promise<SummarisedBlock> {
  const { queries, keys } = rowsOf(name);
  const isMain = queries === 'tokens' && keys === 'tokens';
  const keyRow = keys === 'pair' ? content.pair : content.tokens;
  const text = keys === 'pair' ? (content.pairText ?? '') : content.text;
  const facts = factsOf(keyRow, text, new Set(), layers[0].keys);
  const saliency = (keys === 'pair' ? content.pairSaliency : content.saliency)?.['gradient-l1'];
  const words = wordIndex(content.tokens, content.words.text.length);
  const parse = isMain && content.parse && content.parse.heads.length > 0 ? content.parse : undefined;
  const width = Math.max(...layers.map((layer) => layer.heads));
  const count = layers.length * width;
  const measures: Partial<Record<HeadMeasureName, Float32Array>> = {};
  const thumbnails: Thumbnails = {
    edges: new Uint16Array(count * miniatureEdges * 2),
    weights: new Uint8Array(count * miniatureEdges),
    perHead: miniatureEdges,
  };
  const hits = parse && new StackedHits(layers.length, width);
  const rows = new RowCheck();
  for (const [layer, source] of layers.entries()) {
    work.report({ message: `Reading layer ${layer} of “${name}”`, fraction: layer / layers.length });
    for (let head = 0; head < source.heads; head++) {
      const stored = await source.read(head);
      work.check();
      const dims = [1, source.queries, source.keys];
      const attention: Tensor = { data: weightsOf(stored, source), dims };
      const at = layer * width + head;
      const measured = computeHeadMeasures({
        attentions: [attention],
        isSelf: queries === keys,
        keys: facts,
        ...(saliency && !saliency.some(Number.isNaN) ? { saliency } : {}),
      });
      for (const [measure, [value]] of Object.entries(measured) as [HeadMeasureName, Float32Array][])
        (measures[measure] ??= new Float32Array(count).fill(NaN))[at] = value;
      const edges = strongestEdges([attention], miniatureEdges);
      thumbnails.edges.set(edges.edges, at * miniatureEdges * 2);
      thumbnails.weights.set(edges.weights, at * miniatureEdges);
      rows.see(attention.data, source.keys, { block: name, layer, head });
      // In the file's own unit: weights rounded to whole numbers of it tie exactly, which their products may not.
      if (parse) hits?.add(layer, head, countRelationHits([{ data: stored, dims }], words, parse));
    }
  }
  const syntax = hits && syntaxScores(hits.total());
  if (syntax) measures.syntactic = betterDirection(syntax);
  return {
    rows,
    block: {
      name,
      layers: layers.length,
      heads: width,
      queries,
      keys,
      measures: { ...content.measures.get(name), ...measures },
      thumbnails,
      ...(syntax === undefined ? {} : { syntax }),
    },
  };
}

/** The numbers of a file as weights. */
export function weightsOf(stored: Float32Array, { unit }: FileLayer): Float32Array {
  return unit === 1 ? stored : stored.map((value) => value * unit);
}

/** [L, H] the better of the two directions, as the measure `syntactic` has it. */
function betterDirection({ overall }: SyntaxScores): Float32Array {
  const count = overall.length / 2;
  return Float32Array.from({ length: count }, (_, i) => Math.max(overall[i], overall[count + i]));
}

/** Hits of single heads, gathered to those of a block. */
class StackedHits {
  readonly #byRelation = new Map<string, RelationHits>();

  constructor(
    private readonly layers: number,
    private readonly heads: number,
  ) {}

  add(layer: number, head: number, { byRelation }: SyntaxHits): void {
    const size = this.layers * this.heads;
    const at = layer * this.heads + head;
    for (const [name, { count, hits, guessed }] of byRelation) {
      let total = this.#byRelation.get(name);
      if (!total) {
        total = { count, hits: new Uint32Array(2 * size), guessed };
        this.#byRelation.set(name, total);
      }
      total.hits[at] = hits[0];
      total.hits[size + at] = hits[1];
    }
  }

  total(): SyntaxHits {
    return { layers: this.layers, heads: this.heads, byRelation: this.#byRelation };
  }
}
