import type { TokenRow } from '../../protocol/inspection';

/** What head measures ask of the tokens that are attended to, as columns over `S` tokens. */
export interface TokenFacts {
  /** [S] vocabulary ids; negative for tokens outside any vocabulary (image patches). */
  readonly ids: Int32Array;
  /** [S] 1 for tokens that the tokenizer added. */
  readonly special: Uint8Array;
  /** [S] 1 for separators and punctuation. */
  readonly separators: Uint8Array;
  /** [S] number of the sentence or segment, −1 for special tokens; left out where it is all one. */
  readonly segments?: Int32Array;
}

const punctuation = /^\s*[\p{P}\p{S}]+\s*$/u;

/**
 * Tells separators and punctuation from the rest: by id for special tokens, by the text they cover for the others, never by
 * how the vocabulary spells them.
 * @param tokens `S` tokens
 * @param text what their offsets refer to
 * @param separatorIds ids of the special tokens that end or divide texts (`[SEP]`, end of text)
 * @returns [S] 1 for separators and for tokens of which every character is punctuation or a symbol
 */
export function findSeparators(
  tokens: Pick<TokenRow, 'ids' | 'offsets' | 'special'>,
  text: string,
  separatorIds: ReadonlySet<number>,
): Uint8Array {
  const { ids, offsets, special } = tokens;
  return Uint8Array.from(ids, (id, i) => {
    if (special[i] || offsets[2 * i] < 0) return separatorIds.has(id) ? 1 : 0;
    return separatorIds.has(id) || punctuation.test(text.slice(offsets[2 * i], offsets[2 * i + 1])) ? 1 : 0;
  });
}
