import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { UserError } from '../../errors';
import { longestRow } from './source';

export type TextEncoding = 'utf8' | 'utf16le';

/** The beginning of a file, for telling what it is. */
export interface FileHead {
  readonly bytes: Buffer;
  readonly size: number;
}

const headBytes = 64 << 10;
/** Larger files are refused: reading them would take longer than anybody waits. */
const largestFile = 8 * 2 ** 30;

/** Reads the first bytes of a file. @throws UserError where it is none, cannot be read, is empty or far too large */
export async function readHead(path: string): Promise<FileHead> {
  try {
    const file = await open(path, 'r');
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new UserError(`“${path}” is not a file. Choose a file of texts.`);
      if (stat.size > largestFile)
        throw new UserError(
          `“${path}” has ${(stat.size / 2 ** 30).toFixed(1)} GB; at most 8 GB are read. Split it, or take a sample of it.`,
        );
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(headBytes, stat.size)), 0);
      if (bytesRead === 0) throw new UserError(`“${path}” is empty. Choose a file with a text per line.`);
      return { bytes: buffer.subarray(0, bytesRead), size: stat.size };
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`“${path}” cannot be read. Check the path and your rights.`, 'input', { cause });
  }
}

/** How the characters of a text file are written. @throws UserError for binary files */
export function encodingOf(path: string, head: Buffer): TextEncoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf16le';
  if (head.subarray(0, 8192).includes(0))
    throw new UserError(
      `“${path}” is a binary file, not text. Headlight reads .txt, .csv, .tsv, .jsonl and .parquet.`,
    );
  return 'utf8';
}

/** A text file as decoded chunks. */
export function decodedChunks(path: string, encoding: TextEncoding): AsyncIterable<string> {
  return createReadStream(path, { encoding, highWaterMark: 1 << 20 });
}

/** The text of a document as the one chunk that it is. */
export async function* oneChunk(text: string): AsyncIterable<string> {
  yield await Promise.resolve(text);
}

/**
 * The lines of a text, without their ends, empty ones included; the byte order mark is left out.
 * @param name of the file or document, for messages
 * @throws UserError where a line is longer than a text can be
 */
export async function* linesOf(chunks: AsyncIterable<string>, name: string): AsyncGenerator<string> {
  let rest = '';
  let isFirst = true;
  for await (const chunk of chunks) {
    const parts = (rest + (isFirst ? chunk.replace(/^\uFEFF/, '') : chunk)).split('\n');
    isFirst = false;
    rest = parts.pop() ?? '';
    if (rest.length > longestRow)
      throw new UserError(
        `“${name}” has a line of more than ${longestRow >> 20} million characters, so it is not a file with a text per line.`,
      );
    for (const part of parts) yield part.endsWith('\r') ? part.slice(0, -1) : part;
  }
  if (rest !== '') yield rest;
}
