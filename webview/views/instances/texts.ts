import { LRUCache } from 'lru-cache';
import type { RowText } from '../../../src/protocol/dataSet';
import type { HostCalls } from '../../../src/protocol/view';

/** Texts that are kept; more than fit on any screen, far fewer than a large data set has. */
const kept = 2000;

/** The texts of rows in view. One request is under way at a time, for the rows that are in view by then. */
export class RowTexts {
  readonly #host: HostCalls;
  readonly #arrived: () => void;
  readonly #texts = new LRUCache<number, RowText>({ max: kept });
  #dataSet = '';
  #wanted: readonly number[] = [];
  #isAsking = false;

  /** @param arrived is called when further texts are there */
  constructor(host: HostCalls, arrived: () => void) {
    this.#host = host;
    this.#arrived = arrived;
  }

  /** Forgets everything where it is another data set. */
  open(dataSet: string): void {
    if (dataSet === this.#dataSet) return;
    this.#dataSet = dataSet;
    this.#texts.clear();
    this.#wanted = [];
  }

  get(row: number): RowText | undefined {
    return this.#texts.get(row);
  }

  /** Asks for texts that are not there. Rows wanted before and not now are not asked for any more. */
  want(rows: readonly number[]): void {
    this.#wanted = rows;
    if (!this.#isAsking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    try {
      for (;;) {
        const missing = this.#wanted.filter((row) => !this.#texts.has(row));
        const dataSet = this.#dataSet;
        if (missing.length === 0) return;
        const texts = await this.#host.rowTexts({ dataSet, rows: Uint32Array.from(missing) });
        if (dataSet !== this.#dataSet) continue;
        missing.forEach((row, i) => this.#texts.set(row, texts[i] ?? { text: '' }));
        this.#arrived();
      }
    } catch {
      // The data set was closed or the engine failed, which the state of the data set says; the next scroll asks again.
      this.#wanted = [];
    } finally {
      this.#isAsking = false;
    }
  }
}

/** Both texts in one line, as they stand in a table. */
export function inOneLine({ text, pair }: RowText): string {
  const whole = pair === undefined ? text : `${text} ⟂ ${pair}`;
  return whole.replace(/\s+/gu, ' ').trim();
}
