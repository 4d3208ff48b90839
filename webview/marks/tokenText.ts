import type { Inspection, TokenRow } from '../../src/protocol/inspection';

/** One stretch of a text with tokens in it: what stands before the token, and the token itself. */
export interface TokenRun {
  readonly token: number;
  /** Text that belongs to no token (white space mostly), drawn plainly before it. */
  readonly before: string;
  /** The token as it is shown; never empty. */
  readonly shown: string;
  /** Text after `shown` that keeps the layout: the line break of a token that is one. */
  readonly after: string;
  readonly isSpecial: boolean;
  /** Whether the token begins and ends its word; pieces of one word stand together. */
  readonly beginsWord: boolean;
  readonly endsWord: boolean;
  /** The token has no characters of its own: a part of a character, or white space. */
  readonly isMark: boolean;
}

/** A text, or two, with the tokens that a model makes of them. */
export interface TokenSource {
  readonly text: string;
  /** Text of the tokens whose sequence is 1. */
  readonly secondText?: string;
  readonly row: TokenRow;
}

const readRows = new WeakMap<TokenRow, TokenRow>();

/**
 * What the model reads, with its tokens: the inspected text; of a chat what its template makes of it. The row is the same one for the same
 * inspection.
 */
export function readText({ text, pairText, tokens, chat }: Inspection): TokenSource {
  if (!chat) return { text, secondText: pairText, row: tokens };
  const row = readRows.get(tokens) ?? { ...tokens, offsets: chat.offsets };
  readRows.set(tokens, row);
  return { text: chat.text, row };
}

/**
 * Lays the tokens over their text, so that all of it can be read as it is written, white space included. A blank that a
 * tokenizer counts to the following word (GPT-2) is drawn before the token. Tokens that share one character (bytes of an
 * emoji) show it once; the others are dots.
 */
export function tokenRuns({ text, secondText = '', row }: TokenSource): TokenRun[] {
  const count = row.pieces.length;
  const texts = [text, secondText];
  const reached = [0, 0];
  return Array.from({ length: count }, (_, token) => {
    const word = row.words[token];
    const ends = {
      token,
      beginsWord: word < 0 || token === 0 || row.words[token - 1] !== word,
      endsWord: word < 0 || token === count - 1 || row.words[token + 1] !== word,
    };
    const [from, to] = [row.offsets[2 * token], row.offsets[2 * token + 1]];
    if (from < 0) {
      return { ...ends, before: '', shown: row.pieces[token], after: '', isSpecial: true, isMark: false };
    }
    const sequence = row.sequences?.[token] === 1 ? 1 : 0;
    const begin = Math.max(reached[sequence], from);
    const between = texts[sequence].slice(reached[sequence], begin);
    const own = texts[sequence].slice(begin, Math.max(begin, to));
    reached[sequence] = Math.max(reached[sequence], to);
    const rest = own.trimStart();
    if (rest !== '') {
      const before = between + own.slice(0, own.length - rest.length);
      return { ...ends, before, shown: rest, after: '', isSpecial: row.special[token] === 1, isMark: false };
    }
    return { ...ends, before: between, ...blankRun(own), isSpecial: row.special[token] === 1, isMark: true };
  });
}

/** White space made visible without changing the layout: a line break keeps breaking. */
function blankRun(own: string): { readonly shown: string; readonly after: string } {
  const lineBreak = own.search(/[\r\n]/);
  if (lineBreak >= 0)
    return { shown: `${visibleBlanks(own.slice(0, lineBreak))}↵`, after: own.slice(lineBreak) };
  // A tab keeps its width behind its arrow.
  return { shown: own.replace(/\t/g, '→\t').replace(/[^\S\t]/g, '·') || '·', after: '' };
}

function visibleBlanks(text: string): string {
  return text.replace(/\t/g, '→').replace(/\s/g, '·');
}

/** A vocabulary entry as a label: blanks and line breaks become visible where they would be lost. */
export function visibleToken(label: string): string {
  const shown = label.replace(/\r?\n/g, '↵').replace(/\t/g, '→');
  if (shown.trim() === '') return visibleBlanks(shown) || '∅';
  return shown.replace(/^\s+|\s+$/g, visibleBlanks);
}
