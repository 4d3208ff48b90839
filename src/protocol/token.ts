import type { HeadRef } from './inspection';

/** One token of one inspection. */
export interface TokenRequest {
  readonly inspection: string;
  readonly token: number;
}

/** One weight of one head: between a token and another one. */
export interface HeadEdge {
  readonly head: HeadRef;
  /** The other token, in the row that the head has at its other end. */
  readonly other: number;
  /** 0 to 1. */
  readonly weight: number;
}

/** The heads for which a token matters most. A head is in each list once, with its strongest edge; self-attention of the token and special tokens are left out. */
export interface TokenAttention {
  /** The token is the query: what it attends to. Strongest first. */
  readonly from: readonly HeadEdge[];
  /** The token is the key: what attends to it. Strongest first. */
  readonly to: readonly HeadEdge[];
}

/** What the model expected where a token stands (causal models). */
export interface Expectation {
  readonly token: number;
  /** The most likely token there, given what stands before. */
  readonly expected: string;
  /** Its probability, 0 to 1. */
  readonly probability: number;
  /** Of the token that stands there, in bits. */
  readonly surprisal: number;
}

export interface PromptRequest {
  readonly model: string;
  readonly onnx?: string;
  readonly text: string;
}

/** What a prompt costs. */
export interface PromptCost {
  readonly model: string;
  /** Special tokens included. */
  readonly tokens: number;
  /** Most tokens that the model takes; 0 where it does not say. */
  readonly contextLength: number;
  /** Mean surprisal of the tokens in bits; left out for models that do not predict the next token, and for prompts that do not fit. */
  readonly bitsPerToken?: number;
}
