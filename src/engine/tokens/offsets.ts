/**
 * The one place where positions change their unit. The tokenizer library counts Unicode code points, VS Code and
 * JavaScript count UTF-16 units; a lone surrogate reaches the library as U+FFFD and is one of both.
 */

const surrogatePair = /[\uD800-\uDBFF][\uDC00-\uDFFF]/;

/**
 * Where each code point of a text begins, in UTF-16 units.
 *
 * @returns [number of code points + 1], the last entry is the text's length; undefined where every code point is one
 * unit, so that positions are the same in both (nearly all texts: no table is built).
 */
export function codePointStarts(text: string): Uint32Array | undefined {
  if (!surrogatePair.test(text)) return undefined;
  const starts = new Uint32Array(text.length + 1);
  let count = 0;
  for (let unit = 0; unit < text.length; count++) {
    starts[count] = unit;
    unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  }
  starts[count] = text.length;
  return starts.subarray(0, count + 1);
}

/**
 * A position in code points as one in UTF-16 units, kept inside the text.
 *
 * @param starts of {@link codePointStarts} for the same text
 */
export function toUtf16(codePoint: number, starts: Uint32Array | undefined, text: string): number {
  if (!starts) return Math.min(codePoint, text.length);
  return starts[Math.min(codePoint, starts.length - 1)];
}
