// Writes test/fixtures/parses.conllu: what the built-in parser makes of a few sentences, so that a change in how its
// scores are decoded shows. To be run again only when the parser's model or the division into words changes on purpose.
// tsx scripts/golden-parse.ts
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeConllu } from '../src/engine/syntax/conllu';
import { DependencyParser } from '../src/engine/syntax/parser';
import { segment } from '../src/engine/syntax/segment';

const sentences = [
  'The quick brown fox jumped over the lazy dog.',
  "She didn't want to visit the office where he worked.",
  'The plot is boring, and the acting is terrible.',
  'The book was written by a young woman from Paris.',
  "We cannot see John's new house, but it's large.",
  "Is there anything that you'd like to eat?",
  'Go home!',
  'Attention heads often track syntactic relations such as subjects and objects.',
  'In 2019 Clark et al. found a head that attends to direct objects with an accuracy of 86.8%.',
  'Mr. Smith, who lives in the U.S., gave his well-known neighbours $5.',
];

async function main(): Promise<void> {
  const root = join(__dirname, '..');
  const parser = await DependencyParser.load(join(root, 'media/models/headlight-parser-ewt'));
  const text = sentences.join('\n\n');
  const words = segment(text);
  const { parse } = await parser.parseWords(words);
  writeFileSync(join(root, 'test/fixtures/parses.conllu'), writeConllu(text, words, parse));
  await parser.release();
}

void main();
