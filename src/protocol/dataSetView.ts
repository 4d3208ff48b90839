import type {
  DataSetScores,
  InstanceColumns,
  Projection,
  RowsRequest,
  RowText,
  SearchRequest,
} from './dataSet';
import type { Progress } from './engine';

/** The data set that is open, as views know it: everything but its columns and texts, which they ask for. */
export interface DataSetState {
  /** Another one wherever columns and texts are others: another file, other columns of it, another model. */
  readonly id: string;
  readonly name: string;
  /** 0 while it is being read. */
  readonly rows: number;
  /** Whether the texts come in pairs. */
  readonly hasPairs: boolean;
  readonly model: { readonly reference: string; readonly name: string; readonly labels: readonly string[] };
  /** Names that the columns of true and of predicted labels index. */
  readonly labels: readonly string[];
  /** Rows that were run. */
  readonly done: number;
  /** `paused`: by the user, or because something went wrong. */
  readonly activity: 'opening' | 'running' | 'paused' | 'finished';
  /** What is being done, besides running rows: loading a model, drawing the map. */
  readonly progress?: Progress;
  /** The run that measures all heads on every row; absent where nobody has asked for it. */
  readonly scores?: ScoringState;
  /** Sentences for the user: rows left out, and why. */
  readonly notes: readonly string[];
  /** Why it could not be opened, or the run broke off. */
  readonly failure?: string;
  /** The model that the user has chosen since, where it is another one. */
  readonly otherModel?: string;
}

/** How far the heads are scored. */
export interface ScoringState {
  readonly activity: DataSetState['activity'];
  readonly done: number;
  readonly progress?: Progress;
  readonly failure?: string;
}

/** What a view asks of the extension host about the data set that is open. Requests that name another one reject. */
export interface DataSetHostCalls {
  /** The results so far. */
  instances(dataSet: string): Promise<InstanceColumns>;
  rowTexts(request: RowsRequest): Promise<RowText[]>;
  /** Rows whose text contains the query, in rising order. */
  searchRows(request: SearchRequest): Promise<Uint32Array>;
  /** All rows in the alphabetic order of their texts. */
  textOrder(dataSet: string): Promise<Uint32Array>;
  projectRows(dataSet: string): Promise<Projection>;
  /** Means over the rows that were run; there where {@link DataSetState.scores} says so. */
  dataSetScores(dataSet: string): Promise<DataSetScores>;
  /** Runs what has not been run yet. */
  runDataSet(): void;
  /** Keeps what was done and stops. */
  pauseDataSet(): void;
  /** Measures all heads on every row as well, or goes on with it. */
  scoreHeads(): void;
  pauseScoring(): void;
  /** Opens the data set anew with the model that is chosen now. */
  useChosenModel(): void;
  /** Inspects one row, in the editor where its text stands in a text file, and in all views. */
  inspectRow(row: number): void;
}

/** What the extension host tells a view about the data set. */
export interface DataSetViewCalls {
  /** Undefined: none is open. */
  showDataSet(state?: DataSetState): void;
}
