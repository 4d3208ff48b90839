import type { Parse, WordRow } from '../../protocol/inspection';
import { UserError } from '../errors';

/**
 * CoNLL-U, the format of the Universal Dependencies treebanks (https://universaldependencies.org/format.html): reading
 * and writing. conlluAlignment.ts says where its words stand in a text.
 */

/** One syntactic word. */
export interface ConlluWord {
  readonly form: string;
  /** Empty where the file has `_`. */
  readonly upos: string;
  /** Index of the parent in the sentence, −1 for a root. */
  readonly head: number;
  readonly relation: string;
}

/** What is written as one token and is several words: `don't` over the words `do` and `n't`. */
export interface ConlluRange {
  /** Half-open range of words. */
  readonly first: number;
  readonly end: number;
  readonly form: string;
}

export interface ConlluSentence {
  readonly words: readonly ConlluWord[];
  readonly ranges: readonly ConlluRange[];
  /** Line of the file on which its first word or comment stands, from 1. */
  readonly line: number;
}

/**
 * Reads a CoNLL-U file or block. Comments and empty nodes (5.1) are skipped; columns may be parted by several blanks
 * instead of tabs, as they are after copying from a web page; the last two columns may be missing.
 *
 * @returns the sentences, each with at least one word
 * @throws UserError naming the line, for everything else that is not CoNLL-U
 */
export function readConllu(source: string): ConlluSentence[] {
  const sentences: ConlluSentence[] = [];
  let block: Line[] = [];
  const finish = (): void => {
    const sentence = readSentence(block);
    if (sentence) sentences.push(sentence);
    block = [];
  };
  source
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .forEach((content, index) => {
      if (content.trim() === '') finish();
      else block.push({ content, number: index + 1 });
    });
  finish();
  if (sentences.length === 0)
    throw new UserError('The CoNLL-U text has no words; give it a line of ten columns for each word.');
  return sentences;
}

interface Line {
  readonly content: string;
  /** From 1. */
  readonly number: number;
}

function readSentence(block: readonly Line[]): ConlluSentence | undefined {
  const words: ConlluWord[] = [];
  const ranges: ConlluRange[] = [];
  const lines: Line[] = [];
  for (const line of block) {
    if (line.content.startsWith('#')) continue;
    const columns = columnsOf(line);
    const [id, form, , upos, , , head, relation] = columns;
    if (/^\d+\.\d+$/.test(id)) continue;
    const range = /^(\d+)-(\d+)$/.exec(id);
    if (range) {
      const [first, last] = [Number(range[1]), Number(range[2])];
      if (first !== words.length + 1 || last <= first)
        throw bad(line, `has the words ${id}, which do not begin with the next word`);
      ranges.push({ first: first - 1, end: last, form });
      continue;
    }
    if (Number(id) !== words.length + 1) {
      throw bad(line, `has the number ${id}, where ${words.length + 1} should follow`);
    }
    if (!/^\d+$/.test(head))
      throw bad(line, `has no head in its seventh column (“${head}”), so there is no tree`);
    words.push({
      form,
      upos: upos === '_' ? '' : upos,
      head: Number(head) - 1,
      relation: relation === '_' ? 'dep' : relation,
    });
    lines.push(line);
  }
  if (words.length === 0) return undefined;
  checkTree(words, lines);
  const outside = ranges.find(({ end }) => end > words.length);
  if (outside)
    throw bad(
      lines[lines.length - 1],
      `is the last word, but “${outside.form}” goes up to word ${outside.end}`,
    );
  return { words, ranges, line: block[0].number };
}

function columnsOf(line: Line): string[] {
  const columns = line.content.includes('\t') ? line.content.split('\t') : line.content.trim().split(/\s+/);
  if (columns.length < 8) {
    throw bad(
      line,
      `has ${columns.length} of the ten columns ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS MISC`,
    );
  }
  return columns.map((column) => column.trim());
}

function checkTree(words: readonly ConlluWord[], lines: readonly Line[]): void {
  words.forEach(({ head }, word) => {
    if (head >= words.length)
      throw bad(lines[word], `has the head ${head + 1}, but its sentence has ${words.length} words`);
    let at = word;
    for (let steps = 0; at >= 0; steps++) {
      if (steps > words.length) throw bad(lines[word], 'is part of a circle of heads that has no root');
      at = words[at].head;
    }
  });
}

function bad(line: Line, fault: string): UserError {
  return new UserError(
    `Line ${line.number} of the CoNLL-U text ${fault}; correct it, or leave the CoNLL-U text out.`,
  );
}

/**
 * Writes a parse as CoNLL-U, with `# text`, `SpaceAfter=No`, and ranges for contractions; what Headlight does not know
 * (lemmas, features) is `_`.
 *
 * @param text that the words' ranges are in
 */
export function writeConllu(text: string, words: WordRow, parse: Parse): string {
  const blocks: string[] = [];
  for (let from = 0; from < words.text.length;) {
    let to = from + 1;
    while (to < words.text.length && words.sentences[to] === words.sentences[from]) to++;
    blocks.push(writeSentence(text, words, parse, from, to, blocks.length + 1));
    from = to;
  }
  return blocks.join('');
}

function writeSentence(
  text: string,
  words: WordRow,
  parse: Parse,
  from: number,
  to: number,
  id: number,
): string {
  const start = (word: number): number => words.offsets[2 * word];
  const end = (word: number): number => words.offsets[2 * word + 1];
  const touchesNext = (word: number): boolean =>
    word + 1 < words.text.length && end(word) === start(word + 1);
  const misc = (word: number): string => (touchesNext(word) ? 'SpaceAfter=No' : '_');
  const lines = [
    `# sent_id = ${id}`,
    `# text = ${text.slice(start(from), end(to - 1)).replace(/\s+/g, ' ')}`,
  ];
  for (let first = from; first < to;) {
    let last = first;
    while (last + 1 < to && touchesNext(last) && continues(words.text[last], words.text[last + 1])) last++;
    if (last > first) {
      const form = words.text.slice(first, last + 1).join('');
      lines.push([`${first - from + 1}-${last - from + 1}`, form, ...'_______', misc(last)].join('\t'));
    }
    for (let word = first; word <= last; word++) {
      const head = parse.heads[word] < 0 ? 0 : parse.heads[word] - from + 1;
      const fields = ['_', parse.upos[word] || '_', '_', '_', head, parse.relations[word], '_'];
      lines.push([word - from + 1, words.text[word], ...fields, last > first ? '_' : misc(word)].join('\t'));
    }
    first = last + 1;
  }
  return `${lines.join('\n')}\n\n`;
}

/** Whether two words that touch are written as one: `do` `n't`, `gon` `na`; not `well` `-`, `5` `km`. */
function continues(word: string, next: string): boolean {
  return /\p{L}['’]?$/u.test(word) && /^['’`´]?\p{L}/u.test(next);
}
