import type { AttentionEdit, EditedTokens } from './edits';
import type { Chat, ChatForm } from './chat';
import type { CodeContext, RelationsFile, WordRelations } from './relations';
import type { ModelSummary } from './model';
import type { Tensor } from './tensor';

/** Which stack of a model a head belongs to; single-stack models have only `self`. */
export type BlockName = 'self' | 'encoder' | 'decoder' | 'cross' | 'text' | 'vision';

/** One attention head, counted from 0. The user interface writes it `layer.head`. */
export interface HeadRef {
  readonly block: BlockName;
  readonly layer: number;
  readonly head: number;
}

/** Measures of tokens, as measures.md names them. */
export const saliencyNames = [
  'gradient-l1',
  'gradient-l2',
  'input-x-gradient',
  'integrated-gradients',
  'smooth-grad',
  'occlusion',
  'attention-rollout',
  'attention-flow',
  'surprisal',
] as const;
export type SaliencyName = (typeof saliencyNames)[number];

/** Measures of heads that one inspection gives without a further run of the model, as measures.md names them. */
export const plainHeadMeasureNames = [
  'confidence',
  'semantic',
  'syntactic',
  'importance',
  'attention-gradient',
  'entropy',
  'distance',
  'previous',
  'next',
  'self',
  'first',
  'separator',
  'sink',
  'induction',
] as const;
export type PlainHeadMeasureName = (typeof plainHeadMeasureNames)[number];

/** Measures of heads that need runs of their own: computed where they are asked for by name. */
export const furtherHeadMeasureNames = [
  'ablation-effect',
  'shapley-value',
  'direct-logit-attribution',
  'head-deviation',
  'prefix-matching',
] as const;
export type FurtherHeadMeasureName = (typeof furtherHeadMeasureNames)[number];

/** Measures of heads, as measures.md names them. */
export const headMeasureNames = [...plainHeadMeasureNames, ...furtherHeadMeasureNames] as const;
export type HeadMeasureName = (typeof headMeasureNames)[number];

/** One number for all heads of a block together; they come with the head deviation. */
export const blockMeasureNames = ['specialization', 'focus'] as const;
export type BlockMeasureName = (typeof blockMeasureNames)[number];

/** Tokens of one input sequence of `S` tokens, as columns. */
export interface TokenRow {
  /** [S] vocabulary ids. */
  readonly ids: Int32Array;
  /** [S] how the vocabulary writes each piece (`##ing`, `Ġthe`); for display only, nothing is matched by it. */
  readonly pieces: readonly string[];
  /** [S, 2] half-open range in the inspected text in UTF-16 units; −1, −1 for special tokens. */
  readonly offsets: Int32Array;
  /** [S] 1 for tokens that the tokenizer added ([CLS], [SEP], begin of text ...). */
  readonly special: Uint8Array;
  /** [S] index into the words, −1 for special tokens. */
  readonly words: Int32Array;
  /** [S] 0 for the first text, 1 for the second, −1 for special tokens; only there where two texts make one row. Offsets are in the token's own text. */
  readonly sequences?: Int8Array;
}

/** Words of the inspected text (`W` of them), as columns. Universal Dependencies words where a parse exists. */
export interface WordRow {
  readonly text: readonly string[];
  /** [W, 2] half-open UTF-16 range in the inspected text. */
  readonly offsets: Int32Array;
  /** [W] number of the sentence, from 0. */
  readonly sentences: Int32Array;
}

/** A dependency parse over the words of a {@link WordRow}. */
export interface Parse {
  /** [W] index of the parent word, −1 for a root. */
  readonly heads: Int32Array;
  /** [W] Universal Dependencies relation to the parent. */
  readonly relations: readonly string[];
  /** [W] universal part of speech; empty strings where unknown. */
  readonly upos: readonly string[];
  /** Where it comes from: the built-in parser, a CoNLL-U text of the user's, or the file that the attention was read from. */
  readonly source: 'parser' | 'conllu' | 'file';
}

/** One possible outcome: a class or a vocabulary entry. */
export interface Candidate {
  readonly id: number;
  readonly label: string;
  readonly logit: number;
  /** Softmax (classes, vocabulary) or sigmoid (multi-label) of the logit; 0 to 1. */
  readonly probability: number;
}

export type TargetKind = 'class' | 'next-token' | 'masked-token' | 'decoder-token' | 'norm' | 'similarity';

/** Whether a target is one of several outcomes with probabilities; norms and similarities of embeddings are numbers of their own. */
export function isOutcome(kind: TargetKind | undefined): boolean {
  return kind !== undefined && kind !== 'norm' && kind !== 'similarity';
}

/** What the model says, at one position. */
export interface Prediction {
  readonly kind: TargetKind;
  /** Token index whose logits these are; −1 for classifiers. */
  readonly position: number;
  /** Most probable first; all classes, or the 20 most probable vocabulary entries. */
  readonly candidates: readonly Candidate[];
  /** Entropy of the whole distribution in bits. */
  readonly entropy: number;
}

/** What the user wants explained; everything left out is chosen as measures.md says. */
export interface TargetRequest {
  /** A class label or the text of a token, or an id. */
  readonly label?: string;
  readonly id?: number;
  /** Token index at which to look (causal, masked and decoder targets). */
  readonly position?: number;
  /** A second candidate: the target becomes logit(first) − logit(second). */
  readonly contrast?: { readonly label?: string; readonly id?: number };
  /** Embedding models: the text whose embedding this one's is compared with; without it, the embedding's norm is explained. */
  readonly similarTo?: string;
}

/** The scalar that gradients are of. */
export interface Target {
  readonly kind: TargetKind;
  readonly id: number;
  readonly label: string;
  readonly position: number;
  /** The scalar itself: a logit, a difference of two, a norm, or a cosine. */
  readonly value: number;
  readonly probability: number;
  readonly contrast?: { readonly id: number; readonly label: string; readonly probability: number };
}

/** The strongest edges of every head of a block, for miniatures: `K` per head, padded with weight 0. */
export interface Thumbnails {
  /** [L, H, K, 2] query and key token. */
  readonly edges: Uint16Array;
  /** [L, H, K] weight, 255 = 1. */
  readonly weights: Uint8Array;
  readonly perHead: number;
}

/** How well heads agree with the relations between words (a parse, or any others), on this text. */
export interface SyntaxScores {
  /** Relations by falling count of words that have a partner in them; `root` and `punct` left out. */
  readonly relations: readonly { readonly name: string; readonly count: number }[];
  /** [R, 2, L, H] accuracy; second axis: dependent → head, head → dependent. */
  readonly byRelation: Float32Array;
  /** [2, L, H] accuracy over all relations. */
  readonly overall: Float32Array;
  /** Best guess that always points a fixed number of words away; one per direction. */
  readonly baselines: readonly { readonly offset: number; readonly accuracy: number }[];
  /** [R] the best such guess for each relation; absent in records of older versions. */
  readonly relationBaselines?: readonly { readonly offset: number; readonly accuracy: number }[];
}

/** All heads of one block and what was measured of them. */
export interface BlockSummary {
  readonly name: BlockName;
  readonly layers: number;
  /** Heads per layer (the largest, where layers differ). */
  readonly heads: number;
  /** Which token row the rows (queries) and columns (keys) of the attention are. */
  readonly queries: 'tokens' | 'pair';
  readonly keys: 'tokens' | 'pair';
  /** [L, H] each; NaN where a head has no such number. */
  readonly measures: Partial<Record<HeadMeasureName, Float32Array>>;
  /** [L, H] standard errors of measures that are estimated. */
  readonly errors?: Partial<Record<HeadMeasureName, Float32Array>>;
  /** Measures of all heads together. */
  readonly together?: Partial<Record<BlockMeasureName, number>>;
  readonly thumbnails: Thumbnails;
  readonly syntax?: SyntaxScores;
}

/** How Shapley values are estimated. */
export interface ShapleyOptions {
  /** Seconds after which no further permutation is begun; fewer where the values are precise before. Default 10. */
  readonly seconds?: number;
  /** Most permutations, where that is fewer than the seconds allow. */
  readonly permutations?: number;
  /** Of the random generator: the same seed gives the same permutations. Default 0. */
  readonly seed?: number;
  /** A permutation is cut short where what is left to change is below this share of the change of all heads. Default 0.01. */
  readonly tolerance?: number;
}

/** What further runs of the model said of the heads of an inspection. */
export interface HeadMeasurement {
  readonly blocks: readonly Pick<BlockSummary, 'name' | 'measures' | 'errors' | 'together'>[];
  /** Sentences: why a measure that was asked for could not be computed. */
  readonly unmeasured: Partial<Record<HeadMeasureName, string>>;
  /** Sentences that the user should read about numbers that are there. */
  readonly notes: readonly string[];
}

/** What is to be inspected and how. */
export interface InspectRequest {
  /** Name of a built-in or added model, a folder, or an `.onnx` file. */
  readonly model: string;
  /** The ONNX file inside the model's folder, where there are several. */
  readonly onnx?: string;
  readonly text: string;
  /** Second text: sentence pairs, and the decoder side of encoder-decoder models. */
  readonly pair?: string;
  /** How roles are marked in the text, where it may be a chat: that of a file whose name says so. A chat in JSON needs no form. */
  readonly chat?: ChatForm;
  /** Exact inputs instead of text. */
  readonly inputIds?: readonly number[];
  readonly decoderInputIds?: readonly number[];
  /** Tensors named as the model's inputs. */
  readonly feeds?: Readonly<Record<string, Tensor<Float32Array | Int32Array | BigInt64Array>>>;
  /** A picture as PNG or JPEG, for models that look at one; `name` is what messages call it. */
  readonly image?: { readonly name: string; readonly bytes: Uint8Array };
  /** UTF-16 range of the text that matters most: where the text is too long, the window lies around it. */
  readonly focus?: readonly [number, number];
  /** Most tokens to inspect, special ones included, where that is fewer than the model takes; 0 and absent: the model's own limit. */
  readonly maxTokens?: number;
  readonly target?: TargetRequest;
  /** Default: the cheap ones (gradients). */
  readonly saliency?: readonly SaliencyName[];
  /** Default: all that need no extra run. */
  readonly measures?: readonly (HeadMeasureName | BlockMeasureName)[];
  readonly shapley?: ShapleyOptions;
  /** `auto`: the built-in parser, for English prose; a CoNLL-U text replaces it. */
  readonly parse?: 'auto' | 'none' | { readonly conllu: string };
  /** The text is code: heads are compared with its syntax tree. */
  readonly code?: CodeContext;
  /** Relations of the user's own, in place of all others. */
  readonly relations?: RelationsFile;
  /** Heads whose output is set to zero. */
  readonly ablate?: readonly HeadRef[];
  /** Attention weights that are scaled while the model runs. */
  readonly edits?: readonly AttentionEdit[];
  /** The tokens that the edits number, where that is an earlier state of the text: edits of tokens that are gone are dropped. */
  readonly editedTokens?: EditedTokens;
  readonly integratedGradients?: {
    readonly steps?: number;
    readonly baseline?: 'pad' | 'mask' | 'unk' | 'zero';
  };
}

/** Milliseconds per stage, on the engine's clock. */
export interface Timings {
  readonly load: number;
  readonly tokenize: number;
  readonly forward: number;
  readonly backward: number;
  readonly parse: number;
  readonly measures: number;
  readonly total: number;
}

/** What the same request gives of the model as it is: what an inspection with heads off or attention edited is compared with. */
export interface BeforeIntervention {
  readonly prediction: Prediction;
  /** [C] probability of each candidate of the inspection's own prediction. */
  readonly probabilities: Float32Array;
  /** The same target: the class or token is chosen by the whole model. */
  readonly target: Target;
  /** [S] each, by the methods of the inspection. */
  readonly saliency: Partial<Record<SaliencyName, Float32Array>>;
}

/** The summary of one inspection: everything that a first picture needs; attention is fetched per head. */
export interface Inspection {
  readonly id: string;
  readonly model: ModelSummary;
  /** The text that was inspected: the request's, or a window of it. */
  readonly text: string;
  /** Where the window begins in the request's text, in UTF-16 units. */
  readonly start: number;
  /** Sentences the user should read: window cut, unknown tokens, what was not found. */
  readonly notes: readonly string[];
  readonly tokens: TokenRow;
  readonly pair?: TokenRow;
  /** The second text: that of `pair`, or of the tokens of `tokens` whose sequence is 1. */
  readonly pairText?: string;
  /** There where the text is a file of chat messages: what the model's template makes of them is what the model reads. */
  readonly chat?: Chat;
  readonly words: WordRow;
  readonly parse?: Parse;
  /** Relations of another kind over the same words (of code, of a file); where there are any, heads are compared with them. */
  readonly relations?: WordRelations;
  readonly blocks: readonly BlockSummary[];
  /** What the model says; nothing of it is known where the attention was read from a file that does not tell. */
  readonly prediction?: Prediction;
  /** What saliency and gradients are of; there where there is a prediction. */
  readonly target?: Target;
  /** [S] each, of the main token row. */
  readonly saliency: Partial<Record<SaliencyName, Float32Array>>;
  /** The same for the decoder side. */
  readonly pairSaliency?: Partial<Record<SaliencyName, Float32Array>>;
  /** abs(sum of integrated gradients − (target(e) − target(b))). */
  readonly completenessGap?: number;
  /** Sentences: why head measures that were asked for could not be computed. */
  readonly unmeasured?: Partial<Record<HeadMeasureName, string>>;
  /** Heads whose output was set to zero; left out where all are on. */
  readonly ablated?: readonly HeadRef[];
  /** What was changed of the attention; left out where nothing was. */
  readonly edits?: readonly AttentionEdit[];
  /** There where heads are off or attention is edited. */
  readonly before?: BeforeIntervention;
  /** The path of the file that the attention was read from, instead of running a model: nothing further can be run. */
  readonly attentionFile?: string;
  readonly timings: Timings;
}

/** An inspection that a model was run for: it says something, and that can be explained. */
export interface ModelInspection extends Inspection {
  readonly prediction: Prediction;
  readonly target: Target;
}

/** Whether it is known what the model says. */
export function hasPrediction(inspection: Inspection): inspection is ModelInspection {
  return inspection.prediction !== undefined && inspection.target !== undefined;
}
