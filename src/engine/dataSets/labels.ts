import type { LoadedModel } from '../session/loaded';
import { placeOf } from '../session/targets';
import { Column } from './column';

/** The classes that a model tells apart, in the order of its answer; none for models that predict something else. */
export function classNames({ outcomes, hasPositions, anatomy }: LoadedModel): readonly string[] {
  const { kind } = placeOf(outcomes, hasPositions, new Int32Array(1), undefined);
  if (kind !== 'class') return [];
  const width = anatomy.answer.dims?.at(-1);
  const count = typeof width === 'number' ? width : outcomes.labels.length;
  return Array.from({ length: count }, (_, id) => outcomes.labels[id] ?? `class ${id}`);
}

/** More different values than this are no classes: an id, a regression target, a second text. */
const mostClasses = 1000;

/** The true labels of a data set, in one list with those that the model predicts. */
export interface TrueLabels {
  /** The model's labels first, then those that only the data set has. */
  readonly names: readonly string[];
  /** [N] index into the names, −1 where there is none. */
  readonly column: Int32Array;
  /** Sentences for the user. */
  readonly notes: readonly string[];
}

/** Gathers the label cells of a data set while it is read. */
export class LabelReader {
  private readonly kinds = new Map<string, number>();
  private readonly column = new Column(Int32Array);
  private isGivenUp = false;

  add(cell: string | undefined): void {
    const value = cell?.trim() ?? '';
    if (value === '' || this.isGivenUp) {
      this.column.push(-1);
      return;
    }
    let kind = this.kinds.get(value);
    if (kind === undefined) {
      kind = this.kinds.size;
      this.kinds.set(value, kind);
      this.isGivenUp = this.kinds.size > mostClasses;
    }
    this.column.push(kind);
  }

  /**
   * Finds the model's labels among the cells: by name, whatever its case; by number where all cells are numbers of the model's labels
   * (`1`, `1.0`, `LABEL_1`). What is neither stays a label of the data set's own.
   */
  finish(modelLabels: readonly string[], column: string | undefined): TrueLabels {
    const rows = this.column.toArray();
    if (this.isGivenUp)
      return {
        names: modelLabels,
        column: rows.fill(-1),
        notes: [
          `“${column ?? 'The label column'}” has more than ${mostClasses} different values, so it is not taken for a label.`,
        ],
      };
    const names = [...modelLabels];
    const byName = new Map(modelLabels.map((name, index) => [name.toLowerCase(), index] as const));
    const cells = [...this.kinds.keys()];
    const areNumbers =
      modelLabels.length > 0 &&
      cells.some((cell) => !byName.has(cell.toLowerCase())) &&
      cells.every((cell) => numberOf(cell) < modelLabels.length);
    const own: string[] = [];
    const places = cells.map((cell) => {
      const known = areNumbers ? numberOf(cell) : byName.get(cell.toLowerCase());
      if (known !== undefined) return known;
      const isNew = !byName.has(cell.toLowerCase());
      if (isNew) own.push(cell);
      byName.set(cell.toLowerCase(), names.length);
      return names.push(cell) - 1;
    });
    const notes =
      own.length > 0 && modelLabels.length > 0
        ? [
            `The model does not know ${own.length === 1 ? 'the label' : 'the labels'} ${listed(own)}; its own are ${listed(modelLabels)}. Such rows never count as right.`,
          ]
        : [];
    return { names, column: rows.map((kind) => (kind < 0 ? -1 : places[kind])), notes };
  }
}

/** The class that a cell numbers; infinity where it is no number. */
function numberOf(cell: string): number {
  const match = /^(?:LABEL_)?(\d+)(?:\.0+)?$/i.exec(cell);
  return match === null ? Infinity : Number(match[1]);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `“${name.length > 30 ? `${name.slice(0, 29)}…` : name}”`);
  return names.length > 5 ? `${shown.join(', ')} and ${names.length - 5} more` : shown.join(', ');
}
