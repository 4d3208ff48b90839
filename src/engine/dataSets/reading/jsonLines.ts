import { UserError } from '../../errors';
import { linesOf } from './characters';
import { rowsLookedAt, type Cell, type RowSource } from './source';

type JsonRow = Readonly<Record<string, unknown>>;

/** JSON Lines: an object per line, or a string per line. @throws UserError where the beginning is not that */
export async function jsonLinesSource(chunks: () => AsyncIterable<string>, name: string): Promise<RowSource> {
  const columns = new Set<string>();
  let seen = 0;
  for await (const { row } of jsonRows(chunks(), name)) {
    for (const [key, value] of Object.entries(row)) if (!isNested(value)) columns.add(key);
    if (++seen === rowsLookedAt) break;
  }
  if (seen > 0 && columns.size === 0)
    throw new UserError(
      `The objects in “${name}” have no field with a text of its own, only lists and objects. Write one {"text": …} per line.`,
    );
  return {
    format: 'jsonl',
    columns: [...columns],
    async *rows(wanted) {
      for await (const { row, line } of jsonRows(chunks(), name))
        yield wanted.map((column) => cellOf(row[column], column, line, name));
    },
  };
}

async function* jsonRows(
  chunks: AsyncIterable<string>,
  name: string,
): AsyncGenerator<{ row: JsonRow; line: number }> {
  let line = 0;
  for await (const written of linesOf(chunks, name)) {
    line++;
    if (written.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(written);
    } catch (cause) {
      const isArray = line === 1 && /^\s*\[/.test(written);
      throw new UserError(
        isArray
          ? `“${name}” is one JSON array. Write it as JSON Lines: one object per line, without the brackets and commas around them.`
          : `Line ${line} of “${name}” is not valid JSON: “${shortened(written)}”. Correct it; each line must be one object.`,
        'input',
        { cause },
      );
    }
    if (typeof value === 'string') yield { row: { text: value }, line };
    else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      yield { row: value as JsonRow, line };
    else
      throw new UserError(
        `Line ${line} of “${name}” is ${Array.isArray(value) ? 'a list' : 'a bare value'}, not an object: “${shortened(written)}”. Each line must be one object such as {"text": "…", "label": "…"}.`,
      );
  }
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function cellOf(value: unknown, column: string, line: number, name: string): Cell {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new UserError(
    `In line ${line} of “${name}”, “${column}” is ${Array.isArray(value) ? 'a list' : 'an object'}, not a text. Choose another column, or write the text into a field of its own.`,
  );
}

/** The beginning of a faulty line, for a sentence. */
function shortened(line: string): string {
  const letters = Array.from(line.trim().slice(0, 200));
  return letters.length > 60 ? `${letters.slice(0, 59).join('')}…` : letters.join('');
}
