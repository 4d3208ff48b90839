/** A number with two significant digits, as short as it reads: `0.62`, `0.043`, `12`, `3.1e-5`; with a real minus sign. */
export function twoDigits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  const text =
    size < 0.001 || size >= 1e6
      ? size.toExponential(1)
      : size >= 9.95
        ? size.toFixed(0)
        : size.toFixed(Math.max(0, 1 - Math.floor(Math.log10(Number(size.toPrecision(2))))));
  return value < 0 ? `−${text}` : text;
}

/** The same with its sign said in any case: `+0.62`. */
export function signedDigits(value: number): string {
  return value > 0 ? `+${twoDigits(value)}` : twoDigits(value);
}

/** A number between −1 and 1 as correlations are written: `0.31`, `−0.05`. */
export function twoDecimals(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && text !== '0.00' ? `−${text}` : text;
}

/** `59 %`, with a narrow space that does not break; `< 1 %` for a little more than nothing, never 100 % for a little less than all. */
export function percent(share: number): string {
  const rounded = Math.round(share * 100);
  if (rounded === 0 && share > 0) return '< 1\u202f%';
  if (rounded === 100 && share < 1) return '> 99\u202f%';
  return `${rounded}\u202f%`;
}

/** Longest word that is quoted whole. */
const longest = 40;

/** `“word”`, cut where nobody would read on, with line breaks and tabs as blanks. */
export function quoted(text: string): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()];
  return `“${characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : characters.join('')}”`;
}

/** `a, b and c` */
export function list(items: readonly string[]): string {
  return items.length < 2
    ? items.join('')
    : `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

/** The items, each once; those that occur several times say so: `“the” (2 times)`. */
export function counted(items: readonly string[]): string[] {
  return [...new Set(items)].map((item) => {
    const times = items.filter((other) => other === item).length;
    return times > 1 ? `${item} (${times} times)` : item;
  });
}
