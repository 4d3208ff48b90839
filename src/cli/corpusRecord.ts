import type { Agreement } from '../protocol/agreement';
import type {
  ColumnChoice,
  DataSetOutline,
  DataSetScores,
  InstanceColumns,
  OpenedDataSet,
  RelationRanking,
  RowText,
} from '../protocol/dataSet';
import { percent, twoDigits } from '../protocol/numbers';

/** Everything that one run of `headlight corpus` gave. */
export interface CorpusRun {
  readonly file: string;
  readonly format: DataSetOutline['format'];
  readonly columns: ColumnChoice;
  readonly opened: OpenedDataSet;
  readonly instances: InstanceColumns;
  readonly agreement: Agreement | undefined;
  readonly scores: DataSetScores | undefined;
  readonly leastInstances: number;
  /** Tokens that were run now, not in an earlier run, and the seconds that it took. */
  readonly tokensNow: number;
  readonly seconds: number;
}

/** Sentences for the user, of reading and of running. */
export function notesOf({ opened, instances, scores }: CorpusRun): string[] {
  return [...opened.notes, ...(instances.notes ?? []), ...(scores?.notes ?? [])];
}

/** The record as JSON (docs/corpus.md): typed arrays become plain lists, NaN becomes null, [L, H] a list per layer. */
export function corpusJson(run: CorpusRun): string {
  const { file, format, columns, opened, instances, agreement, scores, leastInstances } = run;
  const { name, reference, architecture, task } = opened.model;
  const record = {
    file,
    format,
    columns,
    model: { name, reference, architecture, task },
    rows: opened.rows,
    run: instances.done,
    tokens: instances.tokens.reduce((sum, count) => sum + count, 0),
    tokensNow: run.tokensNow,
    seconds: run.seconds,
    notes: notesOf(run),
    labels: opened.labels,
    agreement: agreement ?? null,
    scores:
      scores === undefined
        ? null
        : {
            texts: scores.texts,
            parsed: scores.parsed,
            words: scores.words,
            leastInstances,
            blocks: scores.blocks.map(({ measures, ...block }) => ({
              ...block,
              measures: Object.fromEntries(
                Object.entries(measures).map(([measure, values]) => [
                  measure,
                  layersOf(values, block.layers),
                ]),
              ),
            })),
          },
    instances: {
      label: Array.from(instances.label),
      predicted: Array.from(instances.predicted),
      confidence: Array.from(instances.confidence),
      tokens: Array.from(instances.tokens),
    },
  };
  return JSON.stringify(record);
}

function layersOf(values: Float32Array, layers: number): number[][] {
  const width = values.length / layers;
  return Array.from({ length: layers }, (_, layer) =>
    Array.from(values.subarray(layer * width, (layer + 1) * width)),
  );
}

/** A summary for a terminal. */
export function corpusText(run: CorpusRun): string {
  const { opened, instances, agreement, scores } = run;
  const total = instances.tokens.reduce((sum, count) => sum + count, 0);
  const lines = [
    `${opened.name} · ${opened.model.name} · ${whole(instances.done)} texts · ${whole(total)} tokens`,
    run.tokensNow > 0
      ? `${run.seconds.toFixed(1)} s, ${whole(Math.round(run.tokensNow / run.seconds))} tokens/s`
      : 'All results are from an earlier run.',
  ];
  if (agreement !== undefined) {
    lines.push(
      '',
      `Accuracy: ${percent(agreement.accuracy)} (${whole(agreement.right)} of ${whole(agreement.labelled)} rows with a label)`,
      ...table(
        ['label', 'rows', 'predicted', 'precision', 'recall', 'F1'],
        agreement.labels.map(({ label, count, predicted, precision, recall, f1 }) => [
          label,
          whole(count),
          whole(predicted),
          ...[precision, recall, f1].map(percent),
        ]),
      ),
    );
  } else if (opened.labels.length > 0) lines.push('', ...predictionLines(run));
  for (const block of scores?.blocks ?? []) {
    const where = scores?.blocks.length === 1 ? '' : ` of ${block.name}`;
    lines.push('', `Heads${where}, means over ${whole(scores?.texts ?? 0)} texts: strongest first`);
    for (const [measure, values] of Object.entries(block.measures)) {
      const best = Array.from(values.keys())
        .filter((at) => !Number.isNaN(values[at]))
        .sort((a, b) => values[b] - values[a])
        .slice(0, 4)
        .map((at) => `${headName(Math.floor(at / block.heads), at % block.heads)} ${twoDigits(values[at])}`);
      lines.push(`  ${measure.padEnd(11)} ${best.join('  ')}`);
    }
    const ranked = strongestDirections(block.relations, run.leastInstances);
    if (ranked.length > 0)
      lines.push(
        '',
        `Relations${where} with at least ${run.leastInstances} instances, and the heads that find them best`,
        ...table(
          ['relation', 'instances', 'head', 'accuracy', 'baseline', 'direction'],
          ranked.map(({ relation, count, heads: [best], baseline, direction }) => [
            relation,
            whole(count),
            headName(best.layer, best.head),
            percent(best.accuracy),
            `${percent(baseline.accuracy)} (${offsetName(baseline.offset)})`,
            direction,
          ]),
        ),
      );
    else if (block.relations.length > 0)
      lines.push(
        `  No relation has ${run.leastInstances} instances in ${whole(scores?.words ?? 0)} words, so no head has a syntactic score. Run more texts, or give --least-instances.`,
      );
  }
  const notes = notesOf(run);
  if (notes.length > 0) lines.push('', ...notes);
  return `${lines.join('\n')}\n`;
}

/** How often each class was predicted, where nothing is known to compare with. */
function predictionLines({ opened, instances }: CorpusRun): string[] {
  const counts = opened.labels.map((label, index) => ({
    label,
    count: instances.predicted.reduce((sum, predicted) => sum + Number(predicted === index), 0),
  }));
  return table(
    ['predicted', 'rows', ''],
    counts
      .filter(({ count }) => count > 0)
      .map(({ label, count }) => [label, whole(count), percent(count / instances.done)]),
  );
}

/** Of each relation the direction in which its best head is better; those with enough instances. */
export function strongestDirections(relations: readonly RelationRanking[], least: number): RelationRanking[] {
  const best = new Map<string, RelationRanking>();
  for (const ranking of relations) {
    if (ranking.count < least || ranking.heads.length === 0) continue;
    const known = best.get(ranking.relation);
    if (known === undefined || ranking.heads[0].accuracy > known.heads[0].accuracy)
      best.set(ranking.relation, ranking);
  }
  return [...best.values()];
}

/** `layer.head`, counted from 0. */
export function headName(layer: number, head: number): string {
  return `${layer}.${head}`;
}

/** Where a guess points: `1 to the right`. */
export function offsetName(offset: number): string {
  return `${Math.abs(offset)} to the ${offset > 0 ? 'right' : 'left'}`;
}

export function whole(count: number): string {
  return count.toLocaleString('en');
}

/** Columns side by side: the first at the left, numbers at the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at].length)));
  return [head, ...rows].map(
    (row) =>
      `  ${row
        .map((cell, at) => (at === 0 || at === 5 ? cell.padEnd(widths[at]) : cell.padStart(widths[at])))
        .join('  ')
        .trimEnd()}`,
  );
}

/** The head line of {@link csvLine}. */
export const csvHead = 'row,text,pair,label,predicted,confidence,tokens\n';

/** A row as CSV (RFC 4180). */
export function csvLine(row: number, { text, pair }: RowText, { opened, instances }: CorpusRun): string {
  const nameOf = (index: number): string => (index < 0 ? '' : opened.labels[index]);
  const confidence = instances.confidence[row];
  const cells = [
    String(row),
    text,
    pair ?? '',
    nameOf(instances.label[row]),
    nameOf(instances.predicted[row]),
    Number.isNaN(confidence) ? '' : String(confidence),
    String(instances.tokens[row]),
  ];
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`;
}
