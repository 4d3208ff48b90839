import type { WordRow } from '../../../protocol/inspection';
import type { RelationsFile } from '../../../protocol/relations';
import type { WordRelations } from '../../../protocol/relations';
import { UserError } from '../../errors';
import { segment, wordRow } from '../segment';
import type { Range } from '../words';
import { readBrat } from './brat';
import { badLine, type FileRelations, type FileSpan } from './file';
import { readRelationsJson } from './json';

/** Relations of a file, over the words of the inspected text. */
export interface AlignedRelations {
  readonly words: WordRow;
  readonly relations: WordRelations;
  readonly notes: readonly string[];
}

/** Says of each word which word it depends on, −1 for roots; undefined where that is not known. */
export type ReadTree = (words: WordRow) => Promise<Int32Array | undefined>;

/**
 * Reads a BRAT or JSON file and finds its spans in a text. Words are those of the text, divided wherever a span begins or
 * ends inside one. A span of several words is drawn and scored at one: the word that the file names as its head, else
 * the one whose parent in the dependency tree is outside of the span, else the first.
 *
 * @param text that is inspected; begins at `start` in the document of the file
 * @throws UserError where the file is not valid or is of another text
 */
export async function alignRelations(
  text: string,
  file: RelationsFile,
  start: number,
  readTree: ReadTree,
): Promise<AlignedRelations> {
  const { name, content, document = text } = file;
  const read = /\.json[c]?$/i.test(name) ? readRelationsJson(name, content) : readBrat(name, content);
  if (read.text !== undefined && read.text !== document)
    throw new UserError(
      `“${name}” is about another text: its “text” is not this document's. Give the relations of this text, or choose another file.`,
    );
  const spans = spansIn(document, read, name);
  const inText = spans.map((ranges) =>
    ranges.every(([from, to]) => from >= start && to <= start + text.length)
      ? ranges.map(([from, to]): Range => [from - start, to - start])
      : undefined,
  );
  const words = divided(
    text,
    inText.flatMap((ranges) => ranges ?? []),
  );
  const heads = inText.some((ranges) => ranges && wordsIn(words, ranges).length > 1)
    ? await readTree(words)
    : undefined;
  const headUnits = unitsOf(document, read, name);
  const wordOf = inText.map((ranges, i) => {
    const { head } = read.spans[i];
    return (
      ranges &&
      headWord(words, ranges, head === undefined ? undefined : headUnits(head, read.spans[i]) - start, heads)
    );
  });
  return { words, ...pairsOf(read, wordOf, name) };
}

function pairsOf(read: FileRelations, wordOf: readonly (number | undefined)[], name: string) {
  const from: number[] = [];
  const to: number[] = [];
  const labels: string[] = [];
  const seen = new Set<string>();
  let outside = 0;
  let same = 0;
  const add = (word: number, partner: number, label: string): void => {
    const key = `${word} ${partner} ${label}`;
    if (seen.has(key)) return;
    seen.add(key);
    from.push(word);
    to.push(partner);
    labels.push(label);
  };
  for (const pair of read.pairs) {
    const [word, partner] = [wordOf[pair.from], wordOf[pair.to]];
    if (word === undefined || partner === undefined) outside++;
    else if (word === partner) same++;
    else {
      add(word, partner, pair.label);
      if (read.symmetric.includes(pair.label)) add(partner, word, pair.label);
    }
  }
  const notes: string[] = [];
  if (outside > 0)
    notes.push(
      `${read.pairs.length - outside} of the ${read.pairs.length} relations of ${name} lie in the inspected text.`,
    );
  if (same > 0)
    notes.push(`${same} of the relations of ${name} join a word with itself, so they are left out.`);
  const relations: WordRelations = {
    source: 'file',
    from: Int32Array.from(from),
    to: Int32Array.from(to),
    labels,
    ...(read.symmetric.length === 0 ? {} : { symmetric: read.symmetric }),
  };
  return { relations, notes };
}

/** Turns an offset of the file into UTF-16 units of the document. */
function unitsOf(
  document: string,
  { unit }: FileRelations,
  name: string,
): (offset: number, span: FileSpan) => number {
  const starts = unit === 'code-point' ? codePointStarts(document) : undefined;
  const length = starts ? starts.length - 1 : document.length;
  return (offset, { line }) => {
    if (offset <= length) return starts ? starts[offset] : offset;
    const counted = starts ? 'characters' : 'UTF-16 units';
    throw badLine(name, line, `speaks of character ${offset}, but the text has ${length} ${counted}`);
  };
}

/** Ranges of all spans in UTF-16 units of the document, checked against what the file says stands there. */
function spansIn(document: string, read: FileRelations, name: string): (readonly Range[])[] {
  const toUnits = unitsOf(document, read, name);
  return read.spans.map((span) => {
    const ranges = span.ranges.map(([from, to]): Range => [toUnits(from, span), toUnits(to, span)]);
    const found = ranges.map(([from, to]) => document.slice(from, to)).join(' ');
    const squeeze = (text: string) => text.replace(/\s+/g, '');
    if (span.text !== undefined && squeeze(span.text) !== squeeze(found))
      throw badLine(
        name,
        span.line,
        `has “${shorten(span.text)}” where the text has “${shorten(found)}”: the file is of another text, or of an older state of it`,
      );
    return ranges;
  });
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 30 ? `${line.slice(0, 29)}…` : line;
}

/** [n + 1] where each code point begins, and where the last one ends. */
function codePointStarts(text: string): Int32Array {
  const starts = new Int32Array(text.length + 1);
  let count = 0;
  for (let at = 0; at < text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) starts[count++] = at;
  starts[count] = text.length;
  return starts.subarray(0, count + 1);
}

/** The words of a text, cut wherever one of the ranges begins or ends inside a word. */
function divided(text: string, ranges: readonly Range[]): WordRow {
  const whole = segment(text);
  const cuts = [...new Set(ranges.flat())].sort((a, b) => a - b);
  const pieces: Range[] = [];
  const sentences: number[] = [];
  let next = 0;
  whole.sentences.forEach((sentence, word) => {
    let from = whole.offsets[2 * word];
    const end = whole.offsets[2 * word + 1];
    while (next < cuts.length && cuts[next] <= from) next++;
    for (let cut = next; cut < cuts.length && cuts[cut] < end; cut++) {
      pieces.push([from, cuts[cut]]);
      sentences.push(sentence);
      from = cuts[cut];
    }
    pieces.push([from, end]);
    sentences.push(sentence);
  });
  return wordRow(text, pieces, sentences);
}

/** Words that lie in some of the ranges, in order. */
function wordsIn({ offsets }: WordRow, ranges: readonly Range[]): number[] {
  const words: number[] = [];
  for (const [from, to] of ranges) {
    for (let word = firstFrom(offsets, from); 2 * word < offsets.length && offsets[2 * word] < to; word++)
      words.push(word);
  }
  return words;
}

/** First word that begins at or after a place. */
function firstFrom(offsets: Int32Array, place: number): number {
  let [low, high] = [0, offsets.length / 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[2 * middle] < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The word that stands for a span; undefined where it has none (white space). */
function headWord(
  words: WordRow,
  ranges: readonly Range[],
  head: number | undefined,
  heads: Int32Array | undefined,
): number | undefined {
  const inside = wordsIn(words, ranges);
  const named =
    head === undefined
      ? undefined
      : inside.find((word) => words.offsets[2 * word] <= head && head < words.offsets[2 * word + 1]);
  const all = new Set(inside);
  const syntactic = heads && inside.find((word) => !all.has(heads[word]));
  return named ?? syntactic ?? inside.at(0);
}
