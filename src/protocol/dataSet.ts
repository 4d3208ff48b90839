import type { CallId } from './engine';
import type { BlockName, HeadMeasureName } from './inspection';
import type { ModelSummary } from './model';
import type { Tensor } from './tensor';

/** Where the texts of a data set come from. */
export type DataSetSource =
  | { readonly kind: 'file'; readonly path: string }
  /** Lines of a document that need not be on disk; empty lines are left out. */
  | { readonly kind: 'lines'; readonly name: string; readonly text: string };

export type DataSetFormat = 'lines' | 'csv' | 'tsv' | 'jsonl' | 'parquet';

/** One column of a table file, for choosing. */
export interface DataSetColumn {
  readonly name: string;
  /** The first few values, as they stand in the file, shortened. */
  readonly samples: readonly string[];
}

/** What a file looks like before anything is run on it. */
export interface DataSetOutline {
  readonly format: DataSetFormat;
  /** None for lines of text. */
  readonly columns: readonly DataSetColumn[];
  /** What the names and samples suggest. */
  readonly suggested: ColumnChoice;
}

/** Which columns mean what; for lines of text, none. */
export interface ColumnChoice {
  readonly text?: string;
  readonly pair?: string;
  readonly label?: string;
}

export interface DataSetRequest {
  readonly source: DataSetSource;
  readonly columns: ColumnChoice;
  readonly model: string;
  readonly onnx?: string;
  /** Head measures and syntactic scores are averaged over the texts too: slower. */
  readonly scores: boolean;
  /** Path of a CoNLL-U file with the trees of the texts, in place of the built-in parser's; for scores only. */
  readonly conllu?: string;
  /** Relations with fewer instances than this say nothing of a head's syntactic score; left out: 100 (Clark et al. 2019). */
  readonly leastInstances?: number;
  /** Stop after so many rows; left out: all. */
  readonly mostRows?: number;
}

/** A data set that the engine has read; nothing was run yet, or some of it in an earlier session. */
export interface OpenedDataSet {
  readonly id: string;
  readonly name: string;
  readonly rows: number;
  readonly model: ModelSummary;
  /** Names of the true labels and of the predicted ones, in one list that both columns index. */
  readonly labels: readonly string[];
  /** Rows whose results were kept from an earlier run. */
  readonly done: number;
  /** Sentences for the user: rows left out, and why. */
  readonly notes: readonly string[];
}

/** The results so far, as columns over all `N` rows. */
export interface InstanceColumns {
  /** Rows that were run; those of them that the model could not take have 0 tokens. */
  readonly done: number;
  /** [N] index into the labels; −1 where there is none. */
  readonly label: Int32Array;
  /** [N] index into the labels, −1 where not run yet or where the model predicts no class (tokens, embeddings). */
  readonly predicted: Int32Array;
  /** [N] probability of the prediction; of the most likely token for language models; NaN where not run yet and for embedding models. */
  readonly confidence: Float32Array;
  /** [N] tokens, special ones included; 0 where not run yet. */
  readonly tokens: Int32Array;
  /** Sentences for the user: texts that were cut or could not be run. */
  readonly notes?: readonly string[];
}

/** A data set, and rows of it. */
export interface RowsRequest {
  readonly dataSet: string;
  readonly rows: Uint32Array;
}

export interface RowText {
  readonly text: string;
  readonly pair?: string;
}

export interface SearchRequest {
  readonly dataSet: string;
  readonly query: string;
  readonly isCaseSensitive: boolean;
}

/** How well the best heads find one relation (Clark et al. 2019, table 1). */
export interface RelationRanking {
  readonly relation: string;
  readonly count: number;
  readonly direction: 'dependent → head' | 'head → dependent';
  readonly baseline: { readonly offset: number; readonly accuracy: number };
  /** Best first, at most 5. */
  readonly heads: readonly { readonly layer: number; readonly head: number; readonly accuracy: number }[];
}

/** Means over the texts of one block of heads. */
export interface DataSetBlock {
  readonly name: BlockName;
  readonly layers: number;
  readonly heads: number;
  /** [L, H] each: confidence, semantic, importance and all others as means over texts; syntactic as measures.md defines it over a data set. */
  readonly measures: Partial<Record<HeadMeasureName, Float32Array>>;
  /** Most frequent first, each in both directions; none for blocks whose tokens are not the parsed words. */
  readonly relations: readonly RelationRanking[];
}

/** Means of what is measured of the heads, over the texts that were run so far. */
export interface DataSetScores {
  /** Texts that the means are over. */
  readonly texts: number;
  /** Texts that have a parse, and the words of these: what the syntactic scores are over. */
  readonly parsed: number;
  readonly words: number;
  readonly blocks: readonly DataSetBlock[];
  /** Sentences for the user: what could not be measured, and why. */
  readonly notes: readonly string[];
}

/** Where each text lies on the map. */
export interface Projection {
  /** [N, 2]; NaN for rows that were not run. */
  readonly points: Tensor;
  /** What was projected and how, in a sentence: `UMAP of the mean second-to-last hidden state of 2,000 texts`. */
  readonly method: string;
}

/** What the engine does with data sets. */
export interface DataSetEngineCalls {
  /** What a file of texts looks like: format and columns. */
  outlineDataSet(call: CallId, source: DataSetSource): Promise<DataSetOutline>;
  /** Reads a data set; runs nothing. Results of an earlier run on the same content are there again. */
  openDataSet(call: CallId, request: DataSetRequest): Promise<OpenedDataSet>;
  /** Runs what has not been run yet, in pieces between which other calls are served; cancelled, it keeps what was done. */
  runDataSet(call: CallId, dataSet: string): Promise<InstanceColumns>;
  /** The results so far. */
  instances(call: CallId, dataSet: string): Promise<InstanceColumns>;
  rowTexts(call: CallId, request: RowsRequest): Promise<RowText[]>;
  /** All rows in the alphabetic order of their texts. */
  textOrder(call: CallId, dataSet: string): Promise<Uint32Array>;
  /** Rows whose text contains the query. */
  searchDataSet(call: CallId, request: SearchRequest): Promise<Uint32Array>;
  /** A map of the texts: UMAP of the mean second-to-last hidden state. Kept. */
  projectDataSet(call: CallId, dataSet: string): Promise<Projection>;
  /** Means over the texts that were run so far, where the data set was opened with scores. */
  dataSetScores(call: CallId, dataSet: string): Promise<DataSetScores>;
}
