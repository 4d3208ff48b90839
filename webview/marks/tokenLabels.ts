import type { Inspection, TokenRow } from '../../src/protocol/inspection';
import { visibleToken } from './tokenText';

/** The row of tokens that queries or keys of a block are. */
export function rowOf(inspection: Inspection, side: 'tokens' | 'pair'): TokenRow {
  return side === 'pair' ? (inspection.pair ?? inspection.tokens) : inspection.tokens;
}

/**
 * Each token as an axis writes it: its characters in its text, white space made visible; special tokens as the
 * vocabulary writes them. Never empty.
 */
export function tokenLabels(inspection: Inspection, side: 'tokens' | 'pair'): string[] {
  const row = rowOf(inspection, side);
  const second = inspection.pairText ?? '';
  return row.pieces.map((piece, token) => {
    const [from, to] = [row.offsets[2 * token], row.offsets[2 * token + 1]];
    const text = side === 'pair' || row.sequences?.[token] === 1 ? second : inspection.text;
    return (from < 0 ? '' : text.slice(from, to).trim()) || visibleToken(piece);
  });
}
