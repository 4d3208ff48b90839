import type { InstanceColumns } from '../../../src/protocol/dataSet';

/** What rows can be sorted by. */
export const sortKeys = ['row', 'text', 'label', 'predicted', 'confidence', 'correct'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface Sorting {
  readonly key: SortKey;
  readonly isFalling: boolean;
}

/** Whether the model agrees with the label; `unknown` where either is missing, or nothing that the model says could agree. */
export type Verdict = 'correct' | 'wrong' | 'unknown';

/** Which rows are shown. Everything left out lets all rows through. */
export interface RowFilter {
  /** Index into the labels. */
  readonly label?: number;
  readonly predicted?: number;
  readonly verdict?: Exclude<Verdict, 'unknown'>;
  /** Both ends included; rows that were not run are left out unless the range is [0, 1]. */
  readonly confidence?: readonly [number, number];
  /** Rows that the search has found, in rising order. */
  readonly found?: Uint32Array;
  /** [N] 1 for rows inside the lasso. */
  readonly lasso?: Uint8Array;
}

/** The columns of a data set with what the labels mean, as views read them. */
export class Rows {
  readonly columns: InstanceColumns;
  readonly labels: readonly string[];
  /** Whether the file has labels at all, and whether the model has said any. */
  readonly hasLabels: boolean;
  readonly hasPredictions: boolean;
  /** Whether some true label is a name that the model could say: else nothing can be correct or wrong. */
  readonly isComparable: boolean;

  /** @param classes what the model can say; empty where it predicts no class */
  constructor(columns: InstanceColumns, labels: readonly string[], classes: readonly string[]) {
    this.columns = columns;
    this.labels = labels;
    this.hasLabels = columns.label.some((label) => label >= 0);
    this.hasPredictions = columns.predicted.some((predicted) => predicted >= 0);
    const names = new Set(classes);
    const used = new Set(columns.label);
    this.isComparable = labels.some((name, label) => names.has(name) && used.has(label));
  }

  get count(): number {
    return this.columns.label.length;
  }

  verdict(row: number): Verdict {
    const label = this.columns.label[row];
    const predicted = this.columns.predicted[row];
    if (!this.isComparable || label < 0 || predicted < 0) return 'unknown';
    return label === predicted ? 'correct' : 'wrong';
  }

  /** Name of a label; empty for −1. */
  nameOf(label: number): string {
    return this.labels[label] ?? '';
  }
}

/** The rows that a filter lets through, in their order in the data set. */
export function filterRows(rows: Rows, filter: RowFilter): Uint32Array {
  const { label, predicted, confidence } = rows.columns;
  const [low, high] = filter.confidence ?? [0, 1];
  const isWhole = low <= 0 && high >= 1;
  const candidates = filter.found ?? Uint32Array.from({ length: rows.count }, (_, row) => row);
  return candidates.filter(
    (row) =>
      (filter.label === undefined || label[row] === filter.label) &&
      (filter.predicted === undefined || predicted[row] === filter.predicted) &&
      (filter.verdict === undefined || rows.verdict(row) === filter.verdict) &&
      (isWhole || (confidence[row] >= low && confidence[row] <= high)) &&
      (filter.lasso === undefined || filter.lasso[row] === 1),
  );
}

/**
 * Rows in another order. Rows that have no such value come last whichever way it goes; equal ones stay in the order of the data set.
 * @param textOrder all rows in the order of their texts, where they are sorted by text
 */
export function sortRows(
  rows: Rows,
  shown: Uint32Array,
  { key, isFalling }: Sorting,
  textOrder?: Uint32Array,
): Uint32Array {
  const rank = ranksOf(rows, key, textOrder);
  if (!rank) return isFalling ? shown.toReversed() : shown;
  const sign = isFalling ? -1 : 1;
  return shown.toSorted((a, b) => {
    const [first, second] = [rank[a], rank[b]];
    if (first === second) return a - b;
    if (Number.isNaN(first)) return Number.isNaN(second) ? a - b : 1;
    if (Number.isNaN(second)) return -1;
    return sign * (first - second);
  });
}

/** [N] numbers in whose order rows stand; NaN: no value. Undefined: the order of the data set. */
function ranksOf(rows: Rows, key: SortKey, textOrder: Uint32Array | undefined): Float32Array | undefined {
  const { columns, labels } = rows;
  if (key === 'confidence') return columns.confidence;
  if (key === 'label' || key === 'predicted') {
    const alphabetic = labels.map((_, i) => i).sort((a, b) => labels[a].localeCompare(labels[b]));
    const rankOf = new Map(alphabetic.map((label, rank) => [label, rank]));
    return Float32Array.from(columns[key], (label) => rankOf.get(label) ?? NaN);
  }
  if (key === 'correct') {
    return Float32Array.from({ length: rows.count }, (_, row) => {
      const verdict = rows.verdict(row);
      return verdict === 'unknown' ? NaN : Number(verdict === 'correct');
    });
  }
  if (key !== 'text' || !textOrder) return undefined;
  const ranks = new Float32Array(rows.count);
  textOrder.forEach((row, rank) => (ranks[row] = rank));
  return ranks;
}

/** How often the model was right, and what it took for what. */
export interface Agreement {
  /** Rows with a label and a prediction that can be compared. */
  readonly judged: number;
  readonly correct: number;
  /** Most frequent first. */
  readonly confusions: readonly {
    readonly label: number;
    readonly predicted: number;
    readonly count: number;
  }[];
}

/** @param shown the rows that are counted */
export function agreementOf(rows: Rows, shown: Uint32Array): Agreement {
  const counts = new Map<number, number>();
  const width = rows.labels.length;
  let [judged, correct] = [0, 0];
  for (const row of shown) {
    const verdict = rows.verdict(row);
    if (verdict === 'unknown') continue;
    judged++;
    if (verdict === 'correct') correct++;
    else {
      const key = rows.columns.label[row] * width + rows.columns.predicted[row];
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const confusions = [...counts]
    .map(([key, count]) => ({ label: Math.floor(key / width), predicted: key % width, count }))
    .sort((a, b) => b.count - a.count);
  return { judged, correct, confusions };
}
