import { diffArrays } from 'diff';

/** One place in the common row of two texts: what A has there, what B has; −1 where one of them has nothing. */
export interface Column {
  readonly a: number;
  readonly b: number;
  /** `changed`: both have something, but not the same. */
  readonly kind: 'same' | 'changed' | 'inserted' | 'removed';
}

/** Milliseconds after which two texts count as altogether different. */
const patience = 500;

/**
 * Two rows of words or tokens as one: what is the same stands in one column, in the order of both. Where as many words were
 * taken out as were put in, each stands over its replacement. Source: Myers 1986, by the library jsdiff.
 * @param a labels of the first row @param b labels of the second
 */
export function align(a: readonly string[], b: readonly string[]): Column[] {
  const parts = diffArrays([...a], [...b], { timeout: patience }) ?? [
    { removed: true, added: false, value: [...a] },
    { removed: false, added: true, value: [...b] },
  ];
  const columns: Column[] = [];
  let [atA, atB] = [0, 0];
  for (let i = 0; i < parts.length; i++) {
    const { removed, added, value } = parts[i];
    const next = parts.at(i + 1);
    if (removed && next?.added && next.value.length === value.length) {
      for (let k = 0; k < value.length; k++) columns.push({ a: atA++, b: atB++, kind: 'changed' });
      i++;
    } else if (removed)
      for (let k = 0; k < value.length; k++) columns.push({ a: atA++, b: -1, kind: 'removed' });
    else if (added)
      for (let k = 0; k < value.length; k++) columns.push({ a: -1, b: atB++, kind: 'inserted' });
    else for (let k = 0; k < value.length; k++) columns.push({ a: atA++, b: atB++, kind: 'same' });
  }
  return columns;
}

/** Where each place of one side is on the other; −1 where it has no counterpart. @param from which side is asked about */
export function counterparts(columns: readonly Column[], from: 'a' | 'b', count: number): Int32Array {
  const to = from === 'a' ? 'b' : 'a';
  const found = new Int32Array(count).fill(-1);
  for (const column of columns) if (column[from] >= 0) found[column[from]] = column[to];
  return found;
}
