import type { TokenRun } from '../../marks/tokenText';

/** One line of a prompt and what it costs. */
export interface PromptLine {
  /** Indices of its tokens; the token that breaks a line belongs to the line that it ends. */
  readonly tokens: readonly number[];
  /** Sum of the surprisal of its tokens; tokens without one count 0. */
  readonly bits: number;
}

/** The cost of a whole prompt. */
export interface PromptTotals {
  readonly tokens: number;
  readonly bits: number;
  /** Mean surprisal of the tokens that have one, in bits; NaN where none has. */
  readonly bitsPerToken: number;
  /** 2 to the power of that. */
  readonly perplexity: number;
}

/**
 * Which line each token is in, from 0: a line ends with the token that holds its break, or before the token that a break stands before.
 * @param begins tokens that begin a line of their own in any case
 */
export function lineOfTokens(
  runs: readonly Pick<TokenRun, 'before' | 'after'>[],
  begins: ReadonlySet<number> = new Set(),
): Int32Array {
  let line = 0;
  let isEmpty = true;
  const breaksIn = (text: string): number => text.split('\n').length - 1;
  return Int32Array.from(runs, ({ before, after }, token) => {
    const above = breaksIn(before);
    line += above > 0 ? above : begins.has(token) && !isEmpty ? 1 : 0;
    const own = line;
    const below = breaksIn(after);
    line += below;
    isEmpty = below > 0;
    return own;
  });
}

/**
 * The lines of a prompt, empty ones included, with their cost.
 * @param lines [S] line of each token
 * @param bits [S] surprisal; NaN for tokens that have none
 */
export function promptLines(lines: Int32Array, bits: Float32Array | undefined): PromptLine[] {
  const count = lines.reduce((most, line) => Math.max(most, line), -1) + 1;
  const tokens: number[][] = Array.from({ length: count }, () => []);
  lines.forEach((line, token) => tokens[line].push(token));
  return tokens.map((own) => ({
    tokens: own,
    bits: own.reduce((sum, token) => sum + (bits?.[token] || 0), 0),
  }));
}

/** @param bits [S] surprisal; NaN for the first token */
export function promptTotals(bits: Float32Array): PromptTotals {
  const known = bits.filter((value) => !Number.isNaN(value));
  const sum = known.reduce((total, value) => total + value, 0);
  const bitsPerToken = known.length > 0 ? sum / known.length : NaN;
  return { tokens: bits.length, bits: sum, bitsPerToken, perplexity: 2 ** bitsPerToken };
}
