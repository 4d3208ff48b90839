import { basename, extname } from 'node:path';
import type { DataSetOutline, DataSetSource } from '../../../protocol/dataSet';
import { decodedChunks, encodingOf, oneChunk, readHead } from './characters';
import { jsonLinesSource } from './jsonLines';
import { linesSource } from './lines';
import { separatedSource } from './separated';
import { rowsLookedAt, type Cell, type RowSource } from './source';
import { suggestColumns } from './suggest';

const samplesShown = 5;
const longestSample = 80;

/** The rows of a file or document, by what its name and first bytes say it is. @throws UserError that says what is wrong with it */
export async function openRows(source: DataSetSource): Promise<RowSource> {
  if (source.kind === 'lines') return linesSource(() => oneChunk(source.text), source.name);
  const { path } = source;
  const { bytes } = await readHead(path);
  if (bytes.toString('latin1', 0, 4) === 'PAR1' || extname(path).toLowerCase() === '.parquet') {
    const { parquetSource } = await import('./parquet');
    return parquetSource(path);
  }
  const encoding = encodingOf(path, bytes);
  const chunks = () => decodedChunks(path, encoding);
  const name = basename(path);
  switch (extname(path).toLowerCase()) {
    case '.csv':
      return separatedSource(chunks, name, bytes.toString(encoding), 'csv');
    case '.tsv':
    case '.tab':
      return separatedSource(chunks, name, bytes.toString(encoding), 'tsv');
    case '.jsonl':
    case '.ndjson':
    case '.json':
      return jsonLinesSource(chunks, name);
    default:
      return linesSource(chunks, name);
  }
}

/** What a data set is called. */
export function nameOf(source: DataSetSource): string {
  return source.kind === 'lines' ? source.name : basename(source.path);
}

/** Format, columns and a suggestion of what they mean, from the beginning of a data set. */
export async function outlineOf(source: DataSetSource): Promise<DataSetOutline> {
  const rows = await openRows(source);
  const looked: (readonly Cell[])[] = [];
  for await (const row of rows.rows(rows.columns)) if (looked.push(row) === rowsLookedAt) break;
  const values = rows.columns.map((_, at) => looked.map((row) => row[at]));
  return {
    format: rows.format,
    columns: rows.columns.map((name, at) => ({
      name,
      samples: values[at]
        .flatMap((value) => (value === undefined ? [] : [shortened(value)]))
        .slice(0, samplesShown),
    })),
    suggested: suggestColumns(rows.columns, values),
  };
}

function shortened(value: string): string {
  const line = value
    .slice(0, 4 * longestSample)
    .replace(/\s+/g, ' ')
    .trim();
  const letters = Array.from(line);
  return letters.length > longestSample ? `${letters.slice(0, longestSample - 1).join('')}…` : line;
}
