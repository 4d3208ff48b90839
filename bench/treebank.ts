// How well words, sentences and trees agree with a treebank, from its raw text (as in the CoNLL 2018 shared task, but
// without its alignment of words: a word counts where both of its ends agree).
// tsx bench/treebank.ts FILE.conllu ...      files of https://universaldependencies.org, with `# text` comments
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Parse, WordRow } from '../src/protocol/inspection';
import { alignConllu } from '../src/engine/syntax/conlluAlignment';
import { DependencyParser } from '../src/engine/syntax/parser';
import { segment } from '../src/engine/syntax/segment';

/** The text of each document: sentences with the blank between them that the file says, paragraphs with a blank line. */
function documents(source: string): { text: string; conllu: string }[] {
  const found: { text: string; conllu: string; glued: boolean }[] = [];
  for (const block of source.split(/\n\n+/)) {
    const text = /^# text = (.*)$/m.exec(block)?.[1];
    if (text === undefined) continue;
    const glued = /SpaceAfter=No\S*$/.test(block.trimEnd().split('\n').at(-1) ?? '');
    const last = found.at(-1);
    if (!last || /^# newdoc/m.test(block)) found.push({ text, conllu: `${block}\n\n`, glued });
    else {
      last.text += (/^# newpar/m.test(block) ? '\n\n' : last.glued ? '' : ' ') + text;
      last.conllu += `${block}\n\n`;
      last.glued = glued;
    }
  }
  return found;
}

/** Precision and recall from counts. */
class Agreement {
  private gold = 0;
  private ours = 0;
  private both = 0;

  add(gold: ReadonlySet<string>, ours: ReadonlySet<string>): void {
    this.gold += gold.size;
    this.ours += ours.size;
    for (const item of gold) if (ours.has(item)) this.both++;
  }

  toString(): string {
    return `${((200 * this.both) / (this.gold + this.ours)).toFixed(2)} %`;
  }
}

const wordAt = ({ offsets }: WordRow, word: number): string =>
  `${offsets[2 * word]}-${offsets[2 * word + 1]}`;

function sentenceSet(words: WordRow): Set<string> {
  const found = new Set<string>();
  for (let first = 0, word = 0; word < words.text.length; word++) {
    if (words.sentences[word] === words.sentences[word + 1]) continue;
    found.add(`${words.offsets[2 * first]}-${words.offsets[2 * word + 1]}`);
    first = word + 1;
  }
  return found;
}

function arcSet(words: WordRow, parse: Parse, labelled: boolean): Set<string> {
  return new Set(
    words.text.map((_, word) => {
      const parent = parse.heads[word] < 0 ? 'root' : wordAt(words, parse.heads[word]);
      return `${wordAt(words, word)} ${parent} ${labelled ? parse.relations[word].split(':')[0] : ''}`;
    }),
  );
}

async function main(): Promise<void> {
  const parser = await DependencyParser.load(join(__dirname, '../media/models/headlight-parser-ewt'));
  for (const file of process.argv.slice(2)) {
    const [words, sentences, unlabelled, labelled] = Array.from({ length: 4 }, () => new Agreement());
    const begun = performance.now();
    for (const { text, conllu } of documents(readFileSync(file, 'utf8'))) {
      const gold = alignConllu(text, conllu);
      const ours = segment(text);
      const { parse } = await parser.parseWords(ours);
      words.add(
        new Set(gold.words.text.map((_, at) => wordAt(gold.words, at))),
        new Set(ours.text.map((_, at) => wordAt(ours, at))),
      );
      sentences.add(sentenceSet(gold.words), sentenceSet(ours));
      unlabelled.add(arcSet(gold.words, gold.parse, false), arcSet(ours, parse, false));
      labelled.add(arcSet(gold.words, gold.parse, true), arcSet(ours, parse, true));
    }
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(
      `${basename(file)}: words ${words}, sentences ${sentences}, unlabelled arcs ${unlabelled}, labelled arcs ${labelled} (F1, from raw text; ${seconds} s)`,
    );
  }
  await parser.release();
}

void main();
