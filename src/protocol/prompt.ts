import type { Progress } from './engine';
import type { Candidate, ModelInspection, Prediction } from './inspection';

/** A place in an inspected prompt, or behind it. */
export interface PromptPlace {
  readonly inspection: string;
  /** Token after which the model is asked to go on; default: the last one. */
  readonly position?: number;
  /** Vocabulary ids that follow that token, instead of those of the text: “what if”. */
  readonly after?: readonly number[];
}

/** What a causal model expects at a place. */
export interface NextTokens extends Prediction {
  /** What each candidate adds to the text when it is inserted; empty for tokens that stand for no text. */
  readonly texts: readonly string[];
  /** The token that stands there; left out at the end of the text and after `after`. */
  readonly actual?: Candidate & {
    /** 1 for the most likely token. */
    readonly rank: number;
  };
}

/** How tokens are drawn. */
export interface Sampling {
  /** Divides the logits; 0: always the most likely token. */
  readonly temperature: number;
  /** Only the most likely tokens that together reach this probability are drawn from; 1: all. */
  readonly topP: number;
  /** The same seed draws the same tokens. */
  readonly seed: number;
}

export interface GenerationRequest extends PromptPlace, Sampling {
  /** Most tokens of each continuation. */
  readonly tokens: number;
  /** How many continuations are drawn; with temperature 0 they would all be the same. */
  readonly count: number;
  /** The continuation of most likely tokens comes first, besides those that are drawn. */
  readonly withGreedy?: boolean;
  /** Goes on behind the token that ends a text; default: no. */
  readonly ignoreEnd?: boolean;
}

export interface GeneratedToken {
  readonly id: number;
  readonly label: string;
  /** By the model itself, before temperature and top-p; 0 to 1. */
  readonly probability: number;
}

/** One continuation of a prompt. */
export interface Branch {
  readonly kind: 'greedy' | 'sampled';
  /** Of the random numbers; left out where none are drawn. */
  readonly seed?: number;
  readonly tokens: readonly GeneratedToken[];
  /** All of it, as it would stand behind the prompt. */
  readonly text: string;
  /** Why there are no more tokens: the number asked for, a token that ends a text, or the end of the model's context. */
  readonly ended?: 'length' | 'end of text' | 'context';
}

export interface Generation {
  readonly branches: readonly Branch[];
  /** Keys and values of what was read are kept from step to step; else all of it is read again for each token. */
  readonly usesCache: boolean;
}

/** A text that the inspected one is compared with. */
export interface EarlierText {
  /** The earlier version of the inspected text; or of the whole document, where `document` tells where in it the inspected text stands. */
  readonly text: string;
  readonly document?: { readonly text: string; readonly range: readonly [number, number] };
}

export interface ChangesRequest {
  readonly inspection: string;
  readonly before: EarlierText;
}

/** What becomes of the target in one version of a text. */
export interface Outcome {
  readonly probability: number;
  /** Natural logarithm of the probability. */
  readonly logProbability: number;
  /** The target itself: a logit, or a difference of two. */
  readonly value: number;
}

/** One edit, and what it does to the target. */
export interface TextEdit {
  /** Half-open UTF-16 range in the earlier text and in the new one. */
  readonly beforeRange: readonly [number, number];
  readonly range: readonly [number, number];
  readonly removed: string;
  readonly inserted: string;
  /** The new text without this edit. */
  readonly without: Outcome;
  /** The earlier text with this edit only. */
  readonly alone: Outcome;
  /** log p(target | new text) − log p(target | new text without this edit), natural logarithm: above 0 the edit helps the target. For a contrast: the same difference of logits. */
  readonly effect: number;
  /** The same for the earlier text: with this edit only, minus without any. */
  readonly effectAlone: number;
}

/** What edits of a text do to the target of its inspection. */
export interface Changes {
  readonly target: ModelInspection['target'];
  readonly before: Outcome;
  readonly after: Outcome;
  /** The earlier version's own prediction at the same place. */
  readonly predictionBefore: Prediction;
  /** As they stand in the text. */
  readonly edits: readonly TextEdit[];
  /** Sentences that the user should read. */
  readonly notes: readonly string[];
}

/** The earlier version that a text is compared with: the file as it was saved, or the version that the user marked. */
export type Since = 'saved' | 'reference';

/** {@link Changes}, and since when. */
export interface ChangesSince extends Changes {
  readonly since: Since;
  /** When the reference version was marked, in milliseconds since 1970; left out where there is none. */
  readonly marked?: number;
}

/** What views ask of the extension host about prompts. `run` is a number of the view's own, by which it stops the call. */
export interface PromptCalls {
  distribution(run: number, place: PromptPlace): Promise<NextTokens>;
  /** [S] bits. */
  surprisal(run: number, inspection: string): Promise<Float32Array>;
  generate(run: number, request: GenerationRequest): Promise<Generation>;
  /** @param since default: the reference version where there is one, else the saved file */
  changes(run: number, inspection: string, since?: Since): Promise<ChangesSince>;
  stop(run: number): void;
  /** Writes a text behind a token, in the editor. */
  insertAfter(token: number, text: string): void;
  /** Selects a range of the inspected text in the editor, in UTF-16 units. */
  revealRange(from: number, to: number): void;
}

/** What the extension host tells a view of calls that are under way. */
export interface PromptEvents {
  progressed(run: number, progress: Progress): void;
}
