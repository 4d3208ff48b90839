import { linesOf } from './characters';
import type { Cell, RowSource } from './source';

/** Lines of text: each that is not empty is a row. @param chunks makes the text anew for each reading */
export function linesSource(chunks: () => AsyncIterable<string>, name: string): RowSource {
  return {
    format: 'lines',
    columns: [],
    async *rows(): AsyncGenerator<readonly Cell[]> {
      for await (const line of linesOf(chunks(), name)) if (line.trim() !== '') yield [line];
    },
  };
}
