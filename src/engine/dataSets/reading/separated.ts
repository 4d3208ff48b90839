import { Readable } from 'node:stream';
import { CsvError, parse, type Options } from 'csv-parse';
import { UserError } from '../../errors';
import { labelNames, textNames } from './columnNames';
import { longestRow, rowsLookedAt, type Cell, type RowSource } from './source';

const delimiters = [',', ';', '\t', '|'] as const;

/**
 * Comma- or tab-separated values (RFC 4180; semicolons and bars are told by the first line).
 * @param beginning the first thousands of characters
 * @throws UserError where the beginning cannot be read
 */
export async function separatedSource(
  chunks: () => AsyncIterable<string>,
  name: string,
  beginning: string,
  format: 'csv' | 'tsv',
): Promise<RowSource> {
  const delimiter = format === 'tsv' ? '\t' : delimiterOf(beginning);
  // Many .tsv files are written without quoting at all, and have lone quotes in their texts.
  const quote = format === 'csv' || hasQuoting(beginning) ? '"' : false;
  const records = () => recordsOf(chunks(), name, { delimiter, quote });
  const first: string[][] = [];
  for await (const record of records()) if (first.push(record) > rowsLookedAt) break;
  const hasHeader = isHeader(first);
  const width = first.reduce((most, record) => Math.max(most, record.length), 0);
  const columns = Array.from({ length: width }, (_, at) => {
    const header = hasHeader ? (first[0][at] ?? '').trim() : '';
    return header === '' ? `Column ${at + 1}` : header;
  });
  return {
    format,
    columns,
    async *rows(wanted) {
      const places = wanted.map((column) => columns.indexOf(column));
      let isFirst = hasHeader;
      for await (const record of records()) {
        if (!isFirst) yield places.map((at): Cell => record[at]);
        isFirst = false;
      }
    },
  };
}

async function* recordsOf(
  chunks: AsyncIterable<string>,
  name: string,
  options: Pick<Options, 'delimiter' | 'quote'>,
): AsyncGenerator<string[]> {
  const parser = parse({
    ...options,
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: longestRow,
  });
  const input = Readable.from(chunks);
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  try {
    for await (const record of parser) yield record as string[];
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new UserError(`${sentenceOf(cause, name)} Correct the file, or save it again as CSV.`, 'input', {
      cause,
    });
  } finally {
    input.destroy();
  }
}

function sentenceOf(error: CsvError, name: string): string {
  const line = typeof error['lines'] === 'number' ? error['lines'] : undefined;
  const where = line === undefined ? `“${name}”` : `“${name}”, at line ${line},`;
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return `${where} ends inside a quoted text: a quote is opened and never closed.`;
    case 'CSV_MAX_RECORD_SIZE':
      return `${where} has a row of more than ${longestRow >> 20} million characters: a quote is opened and never closed, or the file is not CSV.`;
    default:
      return `${where} is not valid CSV (${error.message}).`;
  }
}

/** The delimiter that stands most often in the first line, outside quotes. */
function delimiterOf(beginning: string): string {
  const [line] = beginning.replace(/"(?:[^"]|"")*"/g, '').split(/\r?\n/, 1);
  const count = (delimiter: string): number => line.split(delimiter).length;
  return delimiters.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/** Whether fields that begin with a quote mostly end with one. */
function hasQuoting(beginning: string): boolean {
  let [whole, open] = [0, 0];
  for (const field of beginning.split(/[\t\n]/)) {
    if (!field.startsWith('"')) continue;
    if (/[^"]"\r?$|^"(?:"")*"\r?$/.test(field)) whole++;
    else open++;
  }
  return whole > open;
}

/** Whether the first row names the columns: by a known name, or because it looks unlike the rows below it. */
function isHeader([head, ...body]: readonly string[][]): boolean {
  if (head === undefined) return false;
  const names = head.map((cell) => cell.trim().toLowerCase());
  const isWritten = names.filter((cell) => cell !== '');
  if (isWritten.length === 0 || new Set(isWritten).size < isWritten.length) return false;
  if (isWritten.some((cell) => cell.length > 60 || isNumber(cell))) return false;
  if (names.some((cell) => textNames.includes(cell) || labelNames.includes(cell))) return true;
  if (body.length === 0) return false;
  return names.some((cell, at) => {
    const column = body.map((record) => (record[at] ?? '').trim()).filter((value) => value !== '');
    if (cell === '' || column.length === 0 || column.some((value) => value.toLowerCase() === cell))
      return false;
    const mean = column.reduce((sum, value) => sum + value.length, 0) / column.length;
    return column.every(isNumber) || (/^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(cell) && mean > 3 * cell.length);
  });
}

function isNumber(cell: string): boolean {
  return cell !== '' && Number.isFinite(Number(cell));
}
