import type { Range } from './literals';

/** One replacement in a document, as editors report it. */
export interface Edit {
  /** Offset at which `length` units were replaced by `text`. */
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/**
 * Ranges of tokens in a document that is edited: they move with their text, and a token whose text was touched has
 * no range any more. Works on offsets in UTF-16 units.
 */
export class TrackedRanges {
  /** [S, 2]; −1, −1 for tokens without a range. */
  readonly #ranges: Int32Array;
  /** The whole inspected part; grows with what is written in it. */
  #whole: Range;

  /**
   * @param offsets [S, 2] ranges in the inspected text; −1, −1 for special tokens.
   * @param start offset of the inspected text in the document.
   * @param whole the inspected part of the document.
   */
  constructor(offsets: Int32Array, start: number, whole: Range) {
    this.#ranges = offsets.map((offset) => (offset < 0 ? -1 : offset + start));
    this.#whole = whole;
  }

  get length(): number {
    return this.#ranges.length / 2;
  }

  get whole(): Range {
    return this.#whole;
  }

  /** Where a token is now; undefined where it is special or was touched. */
  at(token: number): Range | undefined {
    const start = this.#ranges[2 * token];
    return start === undefined || start < 0 ? undefined : [start, this.#ranges[2 * token + 1]];
  }

  /** The token at an offset: the one that the offset lies in, else the one that it ends. */
  tokenAt(offset: number): number | undefined {
    let endingHere: number | undefined;
    for (let token = 0; token < this.length; token++) {
      const start = this.#ranges[2 * token];
      const end = this.#ranges[2 * token + 1];
      if (start < 0 || start > offset || end < offset || start === end) continue;
      if (offset < end) return token;
      endingHere ??= token;
    }
    return endingHere;
  }

  /** The last token that ends before an offset or at it; −1 where the offset stands before all of them, undefined where no token has a range. */
  lastBefore(offset: number): number | undefined {
    let last: number | undefined;
    for (let token = 0; token < this.length; token++) {
      if (this.#ranges[2 * token] < 0) continue;
      last ??= token - 1;
      if (this.#ranges[2 * token + 1] <= offset) last = token;
    }
    return last;
  }

  /**
   * Follows the edits of one change event, which all speak of the document before it.
   * @returns whether a token lost its range.
   */
  follow(edits: readonly Edit[]): boolean {
    let lost = false;
    // From the end of the document on, no edit moves the place of the next.
    for (const edit of [...edits].sort((a, b) => b.offset - a.offset)) lost = this.#followOne(edit) || lost;
    return lost;
  }

  #followOne({ offset, length, text }: Edit): boolean {
    const end = offset + length;
    const growth = text.length - length;
    let lost = false;
    for (let i = 0; i < this.#ranges.length; i += 2) {
      const from = this.#ranges[i];
      const to = this.#ranges[i + 1];
      if (from < 0) continue;
      const overlaps = length > 0 ? from < end && to > offset : from < offset && to > offset;
      const prolonged = to === offset && startsWithWord.test(text);
      const preceded = from === end && endsWithWord.test(text);
      if (overlaps || prolonged || preceded) {
        this.#ranges.fill(-1, i, i + 2);
        lost = true;
      } else if (from >= end) {
        this.#ranges[i] += growth;
        this.#ranges[i + 1] += growth;
      }
    }
    this.#whole = followedBy(this.#whole, offset, end, text.length);
    return lost;
  }
}

const startsWithWord = /^[\p{L}\p{N}_]/u;
const endsWithWord = /[\p{L}\p{N}_]$/u;

/** The inspected part after `[offset, end)` was replaced by `inserted` units; what is written at its ends belongs to it. */
function followedBy([start, stop]: Range, offset: number, end: number, inserted: number): Range {
  if (offset > stop) return [start, stop];
  if (end < start) return [start - (end - offset) + inserted, stop - (end - offset) + inserted];
  const newStart = Math.min(start, offset);
  return [newStart, Math.max(stop, end) - (end - offset) + inserted];
}
