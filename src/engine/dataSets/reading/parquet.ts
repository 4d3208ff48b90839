import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
} from 'hyparquet';
import { UserError } from '../../errors';
import type { Cell, RowSource } from './source';

/** Bytes that the table of contents at the end of a file may take, and those that one row group may. */
const largestFooter = 64 << 20;
const largestGroup = 1 << 30;
/** Rows that are decoded at once. */
const rowsAtOnce = 4096;

/** A Parquet file: columns of plain values; snappy or no compression. @throws UserError where it is damaged or has no such column */
export async function parquetSource(path: string): Promise<RowSource> {
  const file = await asyncBufferFromFile(path);
  const metadata = await readMetadata(file, path);
  const leaves = parquetSchema(metadata).children.filter(({ children }) => children.length === 0);
  const columns = leaves.map(({ element }) => element.name);
  if (columns.length === 0)
    throw new UserError(
      `“${path}” has no column of plain values, only lists and records. Write the text into a column of its own.`,
    );
  return {
    format: 'parquet',
    columns,
    async *rows(wanted) {
      const total = Number(metadata.num_rows);
      for (let rowStart = 0; rowStart < total; rowStart += rowsAtOnce) {
        const rowEnd = Math.min(total, rowStart + rowsAtOnce);
        const rows = await readRows(path, { file, metadata, columns: [...wanted], rowStart, rowEnd });
        for (const [index, row] of rows.entries())
          yield wanted.map((column) => cellOf(row[column], column, rowStart + index, path));
      }
    },
  };
}

async function readMetadata(file: AsyncBuffer, path: string): Promise<FileMetaData> {
  const damaged = (cause?: unknown): UserError =>
    new UserError(`“${path}” is not a whole Parquet file. Download or write it again.`, 'input', { cause });
  if (file.byteLength < 12) throw damaged();
  // The length of the table of contents stands before the closing magic number: checked before it is allocated.
  const footer = new DataView(await file.slice(file.byteLength - 8, file.byteLength));
  const length = footer.getUint32(0, true);
  if (footer.getUint32(4, true) !== 0x31524150 || length > file.byteLength - 12 || length > largestFooter)
    throw damaged();
  let metadata: FileMetaData;
  try {
    metadata = await parquetMetadataAsync(file);
  } catch (cause) {
    throw damaged(cause);
  }
  for (const { columns, num_rows } of metadata.row_groups) {
    const bytes = columns.reduce(
      (sum, { meta_data }) => sum + Number(meta_data?.total_uncompressed_size ?? 0),
      0,
    );
    if (bytes > largestGroup || bytes < 0 || num_rows < 0)
      throw new UserError(
        `A row group of “${path}” unpacks to ${(bytes / 2 ** 30).toFixed(1)} GB; at most 1 GB is read at once. Write the file with smaller row groups.`,
      );
  }
  return metadata;
}

async function readRows(
  path: string,
  options: Parameters<typeof parquetReadObjects>[0],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  try {
    return await parquetReadObjects(options);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const advice = /compression/i.test(reason)
      ? 'Write it with snappy compression, or as JSON Lines.'
      : 'Download or write it again.';
    throw new UserError(
      `“${path}” cannot be read from row ${options.rowStart ?? 0} on (${reason}). ${advice}`,
      'input',
      {
        cause,
      },
    );
  }
}

function cellOf(value: unknown, column: string, row: number, path: string): Cell {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  if (value instanceof Date) return value.toISOString();
  throw new UserError(
    `In row ${row} of “${path}”, “${column}” is ${Array.isArray(value) ? 'a list' : 'no plain value'}, not a text. Choose another column.`,
  );
}
