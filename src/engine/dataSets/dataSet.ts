import type {
  DataSetRequest,
  DataSetScores,
  InstanceColumns,
  OpenedDataSet,
  RowText,
  SearchRequest,
} from '../../protocol/dataSet';
import { UserError } from '../errors';
import type { LoadedModel } from '../session/loaded';
import type { KeptResults } from './kept';
import { classNames, LabelReader, type TrueLabels } from './labels';
import type { Vectors } from './map';
import { doneIn, emptyPiece, type Piece } from './piece';
import { nameOf, openRows } from './reading/open';
import type { RowSource } from './reading/source';
import { ScoreSums } from './scoreSums';
import type { Scorer } from './scoring';
import { TextTable } from './textTable';

/** Bytes of a text that decide its place among the others: far more than anyone reads to see the order. */
const orderedBy = 160;

/** Rows that are put in order of length and kept together. With head measures a row takes many times longer. */
const rowsPerPiece = 1024;
const scoredRowsPerPiece = 128;

/** What a data set is read with. */
export interface ReadContext {
  readonly model: LoadedModel;
  /** Where texts are put that memory should not hold. */
  readonly folder?: string;
  /** There where head measures are wanted. */
  readonly scorer?: Scorer;
  /** Called now and then with the rows read so far; throws where the caller has given up. */
  readonly onRows: (rows: number) => void;
}

/** A data set that was read, and what is known of its rows so far. */
export class DataSet {
  readonly pieces: readonly Piece[];
  /** What was kept on disk; undefined where nothing may be written. */
  kept: KeptResults | undefined;
  /** The run that is under way: a second one waits for it. */
  running: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly request: DataSetRequest,
    readonly model: LoadedModel,
    private readonly texts: TextTable,
    private readonly pairs: TextTable | undefined,
    private readonly labels: TrueLabels,
    private readonly notes: readonly string[],
    /** There where head measures are wanted. */
    readonly scorer: Scorer | undefined,
  ) {
    const size = request.scores ? scoredRowsPerPiece : rowsPerPiece;
    this.pieces = Array.from({ length: Math.ceil(texts.length / size) }, (_, piece) =>
      emptyPiece(piece * size, Math.min(size, texts.length - piece * size)),
    );
  }

  /** Reads a data set. @throws UserError where it cannot be read, has no such column, or no text */
  static async read(request: DataSetRequest, context: ReadContext): Promise<DataSet> {
    const { model, folder, onRows } = context;
    const name = nameOf(request.source);
    const source = await openRows(request.source);
    const { text, pair, label } = checkedColumns(request, source, name);
    const most = request.mostRows ?? Infinity;
    const texts = new TextTable({ folder });
    const pairs = pair === undefined ? undefined : new TextTable({ folder });
    const labels = new LabelReader();
    let [seen, left, damaged] = [0, 0, 0];
    let isCut = false;
    const wanted = [text, pair, label].filter((column) => column !== undefined);
    try {
      if (most > 0) {
        for await (const cells of source.rows(wanted)) {
          if (++seen % 4096 === 0) onRows(seen);
          const own = cells[0] ?? '';
          const second = pair === undefined ? undefined : (cells[1] ?? '');
          if (own.trim() === '' || second?.trim() === '') {
            left++;
            continue;
          }
          if (texts.length >= most) {
            isCut = true;
            break;
          }
          if (own.includes('\uFFFD')) damaged++;
          texts.add(own);
          if (second !== undefined) pairs?.add(second);
          labels.add(label === undefined ? undefined : cells[wanted.length - 1]);
        }
      }
      if (texts.length === 0)
        throw new UserError(
          `“${name}” has no text${text === undefined ? '' : ` in its column “${text}”`}. Choose another ${text === undefined ? 'file' : 'column'}.`,
        );
    } catch (error) {
      texts.release();
      pairs?.release();
      throw error;
    }
    const found = labels.finish(classNames(model), label);
    const notes = [
      ...(isCut ? [`Only the first ${rowsInWords(texts.length)} with a text were read.`] : []),
      ...(left > 0 ? [`${rowsInWords(left)} without a text ${left === 1 ? 'was' : 'were'} left out.`] : []),
      ...(damaged > 0
        ? [
            `${rowsInWords(damaged)} ${damaged === 1 ? 'has' : 'have'} characters that are not UTF-8. Save the file as UTF-8.`,
          ]
        : []),
      ...(label === undefined ? [] : found.notes),
    ];
    return new DataSet(request, model, texts, pairs, found, notes, context.scorer);
  }

  get name(): string {
    return nameOf(this.request.source);
  }

  get length(): number {
    return this.texts.length;
  }

  /** Number of classes that the model tells apart; 0 where it predicts something else. */
  get classes(): number {
    return classNames(this.model).length;
  }

  get done(): number {
    return this.pieces.reduce((sum, piece) => sum + doneIn(piece), 0);
  }

  opened(id: string): OpenedDataSet {
    const { name, length: rows, done, notes } = this;
    return { id, name, rows, model: this.model.summary, labels: this.labels.names, done, notes };
  }

  /** The results so far. */
  columns(): InstanceColumns {
    const predicted = new Int32Array(this.length);
    const confidence = new Float32Array(this.length);
    const tokens = new Int32Array(this.length);
    for (const piece of this.pieces) {
      predicted.set(piece.predicted, piece.start);
      confidence.set(piece.confidence, piece.start);
      tokens.set(piece.tokens, piece.start);
    }
    return {
      done: this.done,
      label: this.labels.column.slice(),
      predicted,
      confidence,
      tokens,
      notes: this.runNotes(),
    };
  }

  /** @throws UserError for a row that the data set does not have */
  textOf(row: number): RowText {
    if (row >= this.length)
      throw new UserError(`“${this.name}” has ${rowsInWords(this.length)}; there is no row ${row}.`);
    const text = this.texts.get(row);
    return this.pairs === undefined ? { text } : { text, pair: this.pairs.get(row) };
  }

  /** The bytes of a row's texts, for telling whether they are the same as before. */
  bytesOf(row: number): readonly Buffer[] {
    return [this.texts.encoded(row), ...(this.pairs === undefined ? [] : [this.pairs.encoded(row)])];
  }

  /** All rows as a reader would sort their texts, case and accents aside; equal ones by number. */
  textOrder(): Uint32Array {
    const { compare } = new Intl.Collator('en', { sensitivity: 'base', numeric: true });
    const texts = Array.from({ length: this.length }, (_, row) =>
      this.texts.encoded(row).subarray(0, orderedBy).toString('utf8').trimStart(),
    );
    return Uint32Array.from(texts.keys()).sort((a, b) => compare(texts[a], texts[b]) || a - b);
  }

  /**
   * Rows with a text or second text that contains the query.
   * @param pause called now and then, so that others get their turn
   */
  async search({ query, isCaseSensitive }: SearchRequest, pause: () => Promise<void>): Promise<Uint32Array> {
    const found: number[] = [];
    const bytes = Buffer.from(query, 'utf8');
    const lower = query.toLowerCase();
    const has = (text: Buffer): boolean =>
      isCaseSensitive ? text.includes(bytes) : text.toString('utf8').toLowerCase().includes(lower);
    for (let row = 0; row < this.length; row++) {
      if (this.bytesOf(row).some(has)) found.push(row);
      if (row % 8192 === 8191) await pause();
    }
    return Uint32Array.from(found);
  }

  /** Rows that were run and have a mean hidden state. */
  rowsWithStates(): number[] {
    return this.pieces.flatMap(({ start, isRun, tokens, width }) =>
      width === 0
        ? []
        : Array.from(isRun, (run, at) => (run === 1 && tokens[at] > 0 ? [start + at] : [])).flat(),
    );
  }

  /**
   * The mean hidden states [n, D] of rows, in an array of its own.
   * @param rows in order
   * @returns the rows whose states are still there, and these
   */
  async statesOf(rows: readonly number[]): Promise<{ readonly rows: number[]; readonly vectors: Vectors }> {
    const size = this.pieces[0].length;
    const width = this.pieces.find((piece) => piece.width > 0)?.width ?? 0;
    const data = new Float32Array(rows.length * width);
    const found: number[] = [];
    let [number, states]: [number, Float32Array | undefined] = [-1, undefined];
    for (const row of rows) {
      const index = Math.floor(row / size);
      if (index !== number) {
        number = index;
        states = this.pieces[index].states ?? (await this.kept?.statesOf(index));
      }
      const at = (row % size) * width;
      if (states === undefined) continue;
      data.set(states.subarray(at, at + width), found.length * width);
      found.push(row);
    }
    return { rows: found, vectors: { data: data.slice(0, found.length * width), width } };
  }

  /** Means over the rows that were run so far. @throws UserError where the data set was opened without scores, or nothing was run */
  scores(): DataSetScores {
    if (this.scorer === undefined)
      throw new UserError('Heads were not measured on this data set. Open it with head measures.');
    const sums = new ScoreSums();
    for (const { scores } of this.pieces) if (scores !== undefined) sums.add(scores);
    if (sums.texts === 0) throw new UserError('No text of this data set was run yet. Run it first.');
    return sums.scores(this.request.leastInstances, this.scorer.notes);
  }

  /** Frees the memory and disk that its texts take. */
  release(): void {
    this.texts.release();
    this.pairs?.release();
  }

  private runNotes(): string[] {
    const cut = this.pieces.reduce((sum, piece) => sum + piece.cut, 0);
    const refused = new Map<string, number>();
    for (const piece of this.pieces)
      for (const [reason, count] of piece.refused) refused.set(reason, (refused.get(reason) ?? 0) + count);
    const left = [...refused.values()].reduce((sum, count) => sum + count, 0);
    const [reason] = refused.keys();
    const { trouble } = this.kept ?? {};
    return [
      ...(trouble === undefined ? [] : [trouble]),
      ...(cut > 0
        ? [
            `${rowsInWords(cut)} ${cut === 1 ? 'is' : 'are'} longer than ${this.model.name} takes: only the beginning was read.`,
          ]
        : []),
      ...(left > 0 ? [`${rowsInWords(left)} could not be run, the first because: ${reason}`] : []),
    ];
  }
}

function rowsInWords(count: number): string {
  return count === 1 ? '1 row' : `${count.toLocaleString('en')} rows`;
}

/** The columns that were chosen, each of which must be there. */
function checkedColumns(
  { columns }: DataSetRequest,
  { columns: known, format }: RowSource,
  name: string,
): DataSetRequest['columns'] {
  if (format === 'lines') return {};
  const list = known.slice(0, 20).join(', ');
  for (const column of [columns.text, columns.pair, columns.label]) {
    if (column !== undefined && !known.includes(column))
      throw new UserError(`“${name}” has no column “${column}”. Its columns are ${list}.`);
  }
  if (columns.text === undefined)
    throw new UserError(`It is not clear which column of “${name}” has the texts. Choose one of ${list}.`);
  return columns;
}
