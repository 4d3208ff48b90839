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
