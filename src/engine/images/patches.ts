import type { TokenRow } from '../../protocol/inspection';

/** Rows and columns of the patches that a model cuts a picture into. */
export interface PatchGrid {
  readonly rows: number;
  readonly columns: number;
}

/**
 * The tokens of a picture: patches from left to right and from the top, named by row and column from 0, after the tokens that the
 * model puts before them. They have no place in a text and no vocabulary.
 * @param tokens number of keys of the attention
 * @param grid undefined, or not fitting: patches are numbered only
 */
export function patchRow(tokens: number, grid: PatchGrid | undefined): Omit<TokenRow, 'words'> {
  const patches = grid === undefined ? tokens : grid.rows * grid.columns;
  const before = Math.max(0, tokens - patches);
  const isFitting = grid !== undefined && patches <= tokens;
  const nameOf = (token: number): string => {
    if (!isFitting) return `patch ${token}`;
    if (token < before) return token === 0 ? '[CLS]' : `[REG ${token}]`;
    const patch = token - before;
    return `patch ${Math.floor(patch / grid.columns)},${patch % grid.columns}`;
  };
  return {
    ids: new Int32Array(tokens).fill(-1),
    pieces: Array.from({ length: tokens }, (_, token) => nameOf(token)),
    offsets: new Int32Array(2 * tokens).fill(-1),
    special: Uint8Array.from({ length: tokens }, (_, token) => (isFitting && token < before ? 1 : 0)),
  };
}
