/** A line of CoNLL-U that is a word: number, form, and eight more columns. */
const wordLine = /^\d+(?:[-.]\d+)?\t[^\t]+(?:\t[^\t]*){8}$/;

/**
 * The CoNLL-U in a text: its lines from the first to the last that belong to the format.
 * @returns undefined where no line is a word of CoNLL-U.
 */
export function conlluBlock(text: string): string | undefined {
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex((line) => wordLine.test(line));
  if (first < 0) return undefined;
  const last = lines.findLastIndex((line) => wordLine.test(line));
  let start = first;
  while (start > 0 && lines[start - 1].startsWith('#')) start--;
  return `${lines.slice(start, last + 1).join('\n')}\n\n`;
}
