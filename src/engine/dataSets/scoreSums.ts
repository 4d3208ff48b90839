import type { DataSetScores, RelationRanking } from '../../protocol/dataSet';
import type { BlockName, HeadMeasureName } from '../../protocol/inspection';
import { SyntaxOverDataSet, type SyntaxHits } from '../measures/syntactic';
import { headMeasureNames } from '../../protocol/inspection';

/** Sums over texts of one measure of the heads of a block. */
export interface MeasureSum {
  /** [L, H] */
  readonly sum: Float64Array;
  /** [L, H] texts in which the head has such a number. */
  readonly count: Uint32Array;
}

/** What adds up over texts for one block. */
export interface BlockSums {
  readonly layers: number;
  readonly heads: number;
  readonly measures: Map<HeadMeasureName, MeasureSum>;
  hits: SyntaxOverDataSet | undefined;
}

/** One block of one text, or of many. */
export interface BlockShare {
  readonly layers: number;
  readonly heads: number;
  readonly measures: Iterable<readonly [HeadMeasureName, MeasureSum]>;
  readonly hits?: SyntaxHits;
}

/** {@link ScoreSums} without any class of ours. */
export interface PlainSums {
  readonly texts: number;
  readonly parsed: number;
  readonly words: number;
  readonly blocks: readonly (BlockShare & { readonly name: BlockName })[];
}

/** Everything that is summed up over the texts of a data set; sums of parts add up to that of the whole. */
export class ScoreSums {
  texts = 0;
  parsed = 0;
  words = 0;
  readonly blocks = new Map<BlockName, BlockSums>();

  /** Adds the sums of a part. */
  add({ texts, parsed, words, blocks }: ScoreSums): void {
    this.texts += texts;
    this.parsed += parsed;
    this.words += words;
    for (const [name, { hits, ...share }] of blocks)
      this.addBlock(name, { ...share, ...(hits === undefined ? {} : { hits: hits.hits }) });
  }

  addBlock(name: BlockName, { layers, heads, measures, hits }: BlockShare): void {
    let block = this.blocks.get(name);
    if (block === undefined) {
      block = { layers, heads, measures: new Map(), hits: undefined };
      this.blocks.set(name, block);
    }
    for (const [measure, { sum, count }] of measures) {
      let total = block.measures.get(measure);
      if (total === undefined) {
        total = { sum: new Float64Array(layers * heads), count: new Uint32Array(layers * heads) };
        block.measures.set(measure, total);
      }
      for (let at = 0; at < sum.length; at++) {
        total.sum[at] += sum[at];
        total.count[at] += count[at];
      }
    }
    if (hits === undefined) return;
    block.hits ??= new SyntaxOverDataSet(layers, heads);
    block.hits.add(hits);
  }

  /** Adds one text. @param measures [L, H] each, NaN where a head has no such number */
  addText(
    name: BlockName,
    { layers, heads, hits }: Omit<BlockShare, 'measures'>,
    measures: Partial<Record<HeadMeasureName, Float32Array>>,
  ): void {
    const sums = headMeasureNames.flatMap((measure) => {
      const values = measures[measure];
      // The syntactic score of a data set is no mean of those of its texts.
      if (values === undefined || measure === 'syntactic') return [];
      const sum = Float64Array.from(values, (value) => (Number.isNaN(value) ? 0 : value));
      const count = Uint32Array.from(values, (value) => (Number.isNaN(value) ? 0 : 1));
      return [[measure, { sum, count }] as const];
    });
    this.addBlock(name, { layers, heads, measures: sums, ...(hits === undefined ? {} : { hits }) });
  }

  /** As it can be written to a file. */
  plain(): PlainSums {
    const { texts, parsed, words } = this;
    const blocks = Array.from(this.blocks, ([name, { hits, measures, ...shape }]) => ({
      name,
      ...shape,
      measures: new Map(measures),
      ...(hits === undefined ? {} : { hits: { ...hits.hits, byRelation: new Map(hits.hits.byRelation) } }),
    }));
    return { texts, parsed, words, blocks };
  }

  /** What {@link plain} gave. */
  static from(plain: unknown): ScoreSums {
    const { texts, parsed, words, blocks } = plain as PlainSums;
    const sums = new ScoreSums();
    Object.assign(sums, { texts, parsed, words });
    for (const { name, ...share } of blocks) sums.addBlock(name, share);
    return sums;
  }

  /** @param least instances of a relation that may give a head its syntactic score */
  scores(least: number | undefined, notes: readonly string[]): DataSetScores {
    return {
      texts: this.texts,
      parsed: this.parsed,
      words: this.words,
      notes,
      blocks: Array.from(this.blocks, ([name, { layers, heads, measures, hits }]) => ({
        name,
        layers,
        heads,
        measures: {
          ...Object.fromEntries(
            Array.from(measures, ([measure, { sum, count }]) => [
              measure,
              Float32Array.from(sum, (value, at) => (count[at] === 0 ? NaN : value / count[at])),
            ]),
          ),
          ...(hits === undefined ? {} : { syntactic: hits.scores(least) }),
        },
        relations: hits === undefined ? [] : hits.rankings().map(inProtocol),
      })),
    };
  }
}

function inProtocol({
  direction,
  ...ranked
}: ReturnType<SyntaxOverDataSet['rankings']>[number]): RelationRanking {
  return {
    ...ranked,
    direction: direction === 'dependent-to-head' ? 'dependent → head' : 'head → dependent',
  };
}
