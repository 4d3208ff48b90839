import type {
  BlockSummary,
  FurtherHeadMeasureName,
  HeadMeasurement,
  HeadRef,
  InspectRequest,
  Inspection,
  ModelInspection,
  ShapleyOptions,
  Target,
  TokenRow,
} from './inspection';
import type { CodeContext } from './relations';
import type { ModelSummary } from './model';
import type { DataSetEngineCalls } from './dataSet';
import type { AttentionEdit } from './edits';
import type {
  Branch,
  Changes,
  ChangesRequest,
  Generation,
  GenerationRequest,
  NextTokens,
  PromptPlace,
} from './prompt';
import type { WordRelations } from './relations';
import type { Tensor } from './tensor';
import type { Expectation, PromptCost, PromptRequest, TokenAttention, TokenRequest } from './token';

/** A number that the caller gives a long call, so that progress can be told of it and it can be cancelled. */
export type CallId = number;

export interface Progress {
  /** What is being done, as a user would say it: `Loading headlight-decoder`. */
  readonly message: string;
  /** 0 to 1; left out where it is not known. */
  readonly fraction?: number;
  /** Once per inspection, as soon as it is there. */
  readonly glimpse?: Glimpse;
  /** What was generated so far, of a generation. */
  readonly branches?: readonly Branch[];
}

/** What the editor colours its text with, while the rest of an inspection is still being computed. */
export interface Glimpse extends Pick<ModelInspection, 'text' | 'start' | 'saliency'> {
  readonly tokens: Pick<TokenRow, 'offsets'>;
  readonly target: Pick<Target, 'label' | 'probability'>;
}

/** Which attention a view wants to draw. */
export interface AttentionRequest {
  readonly inspection: string;
  readonly heads: readonly HeadRef[];
  /** `word`: pieces merged to words, special tokens dropped (measures.md, word-level attention). */
  readonly level: 'token' | 'word';
}

/** Measures of heads that need runs of their own. */
export interface MeasureHeadsRequest {
  readonly inspection: string;
  readonly names: readonly FurtherHeadMeasureName[];
  readonly shapley?: ShapleyOptions;
}

/** Attention in a safetensors file (docs/attention-file.md). */
export interface OpenAttentionRequest {
  readonly path: string;
}

/** How the attention sinks of an inspected text are to be calibrated. */
export interface CalibrationRequest {
  readonly inspection: string;
  /** What remains of the attention on a sink, 0 to 1. */
  readonly factor: number;
  /** Leave the first token its attention. */
  readonly keepFirst: boolean;
}

/** What a language server knows of the names in inspected code. */
export interface RelateRequest {
  readonly inspection: string;
  readonly definitions: NonNullable<CodeContext['definitions']>;
}

/** The parts of an inspection that other relations change. */
export interface Related {
  readonly relations?: WordRelations;
  readonly blocks: readonly Pick<BlockSummary, 'name' | 'syntax' | 'measures'>[];
}

/** What the engine process does for its caller (the extension host, or the command line). */
export interface EngineCalls extends DataSetEngineCalls {
  /** Runs the model; rejects with an {@link EngineFailure}. */
  inspect(call: CallId, request: InspectRequest): Promise<ModelInspection>;
  /** Opens attention that any program saved; no model is run. */
  openAttention(call: CallId, request: OpenAttentionRequest): Promise<Inspection>;
  /** [Sq, Sk] or [W, W] per head, in the order asked for. Recomputed where the store has let go of it. */
  attention(call: CallId, request: AttentionRequest): Promise<Tensor[]>;
  /** The heads that attend most from one token and to it. */
  tokenAttention(call: CallId, request: TokenRequest): Promise<TokenAttention>;
  /** Where a causal model expected another token. `leastBits`: only tokens at least so surprising. */
  expectations(
    call: CallId,
    request: { readonly inspection: string; readonly leastBits: number },
  ): Promise<Expectation[]>;
  /** Tokens of a prompt and its mean surprisal, without inspecting it. */
  promptCost(call: CallId, request: PromptRequest): Promise<PromptCost>;
  /** Runs the model again with heads off, or backwards, as the measures need it. */
  measureHeads(call: CallId, request: MeasureHeadsRequest): Promise<HeadMeasurement>;
  /** The edits that calibrate the attention sinks of the model as it is on the inspected text; none where it has no sinks. */
  sinkCalibration(call: CallId, request: CalibrationRequest): Promise<AttentionEdit[]>;
  /** What a causal model expects at a place of an inspected prompt. */
  distribution(call: CallId, request: PromptPlace): Promise<NextTokens>;
  /** [S] bits of every token of an inspected prompt, causal models only; NaN for the first. */
  surprisal(call: CallId, request: { readonly inspection: string }): Promise<Float32Array>;
  /** Continues an inspected prompt; {@link Progress.branches} has what there is so far. */
  generate(call: CallId, request: GenerationRequest): Promise<Generation>;
  /** What the edits since an earlier version of an inspected text do to its target. */
  changes(call: CallId, request: ChangesRequest): Promise<Changes>;
  /** Relations and scores of inspected code with the definitions of its names. */
  relate(call: CallId, request: RelateRequest): Promise<Related>;
  /** Reads a model and says what it is; loads no session. */
  describe(call: CallId, model: string, onnx?: string): Promise<ModelSummary>;
  /** Gives up a call: its promise rejects with the failure `cancelled` at once. */
  cancel(call: CallId): void;
}

/** What the engine tells its caller unasked. */
export interface EngineEvents {
  progress(call: CallId, progress: Progress): void;
  log(level: 'info' | 'warning' | 'error', message: string): void;
}

/**
 * Kinds of failure that a caller treats differently; everything else is `failed`. `forgotten`: the engine does not know an
 * inspection any more; whoever remembers what was asked can have it made again. `untrusted`: a model of a workspace that is not trusted.
 */
export type FailureKind = 'input' | 'forgotten' | 'model' | 'untrusted' | 'cancelled' | 'crashed' | 'failed';

/** An error as it crosses the border: `message` is a sentence for the user, with a way out. */
export interface EngineFailure {
  readonly kind: FailureKind;
  readonly message: string;
  /** For the log only. */
  readonly detail?: string;
}
