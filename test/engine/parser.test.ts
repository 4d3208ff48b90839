import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Parse, WordRow } from '../../src/protocol/inspection';
import { UserError } from '../../src/engine/errors';
import { writeConllu } from '../../src/engine/syntax/conllu';
import { DependencyParser } from '../../src/engine/syntax/parser';
import { segment } from '../../src/engine/syntax/segment';

const models = join(__dirname, '../../media/models');

describe('the dependency parser', () => {
  let parser: DependencyParser;
  before(async () => {
    parser = await DependencyParser.load(join(models, 'headlight-parser-ewt'));
  });
  after(() => parser.release());

  /** `dependent relation parent` of every word; the root has the parent ROOT. */
  async function arcs(text: string): Promise<Set<string>> {
    const words = segment(text);
    const { parse } = await parser.parseWords(words);
    return new Set(
      words.text.map(
        (word, at) =>
          `${word} ${parse.relations[at]} ${parse.heads[at] < 0 ? 'ROOT' : words.text[parse.heads[at]]}`,
      ),
    );
  }

  it('finds subjects, determiners, adjectives and oblique modifiers', async () => {
    const found = await arcs('The quick brown fox jumped over the lazy dog.');
    for (const arc of [
      'jumped root ROOT',
      'fox nsubj jumped',
      'The det fox',
      'quick amod fox',
      'over case dog',
      'the det dog',
      'lazy amod dog',
      'dog obl jumped',
    ]) {
      assert.ok(found.has(arc), arc);
    }
  });

  it('finds passive subjects, agents, negation, clausal complements and coordination', async () => {
    const passive = await arcs('The book was written by a young woman from Paris.');
    for (const arc of [
      'book nsubj:pass written',
      'was aux:pass written',
      'woman obl:agent written',
      'Paris nmod woman',
    ])
      assert.ok(passive.has(arc), arc);
    const negated = await arcs("She didn't want to visit the office where he worked.");
    for (const arc of [
      'She nsubj want',
      'did aux want',
      "n't advmod want",
      'visit xcomp want',
      'office obj visit',
    ])
      assert.ok(negated.has(arc), arc);
    const both = await arcs('The plot is boring, and the acting is terrible.');
    for (const arc of ['plot nsubj boring', 'is cop boring', 'terrible conj boring', 'and cc terrible'])
      assert.ok(both.has(arc), arc);
  });

  it('gives the trees that were recorded', async () => {
    const recorded = await readFile(join(__dirname, '../fixtures/parses.conllu'), 'utf8');
    const text = [...recorded.matchAll(/^# text = (.*)$/gm)].map(([, sentence]) => sentence).join('\n\n');
    const words = segment(text);
    const { parse, notes } = await parser.parseWords(words);
    assert.equal(writeConllu(text, words, parse), recorded);
    assert.deepEqual(notes, []);
  });

  it('gives every sentence one root, at which every word arrives, and `root` to no other word', async () => {
    const text = 'One two. Whoever asks will be told what the others know! No? (Yes; and then some.) 42 :)';
    const words = segment(text);
    const { parse } = await parser.parseWords(words);
    for (let sentence = 0; sentence <= words.sentences[words.sentences.length - 1]; sentence++) {
      const members = [...words.sentences.keys()].filter((word) => words.sentences[word] === sentence);
      assert.equal(members.filter((word) => parse.heads[word] < 0).length, 1);
      for (const word of members) {
        assert.equal(parse.relations[word] === 'root', parse.heads[word] < 0);
        let at = word;
        for (let steps = 0; parse.heads[at] >= 0; steps++) {
          assert.ok(steps < members.length && members.includes(parse.heads[at]));
          at = parse.heads[at];
        }
      }
    }
  });

  it('parses sentences of different lengths together as it does alone', async () => {
    const sentences = [
      'Go home !',
      'The quick brown fox jumped over the lazy dog .',
      'Yes',
      "She did n't want to visit the office where he worked .",
    ].map((text) => text.split(' '));
    const together = await parser.parse(sentences);
    for (const [index, sentence] of sentences.entries()) {
      assert.deepEqual([together[index]], await parser.parse([sentence]));
    }
  });

  it('cuts a sentence that is too long after punctuation, and says so', async () => {
    const text = Array.from({ length: 60 }, (_, n) => `the ${n}th man saw the old house on the hill`).join(
      ', ',
    );
    const words = segment(text);
    const { parse, notes } = await parser.parseWords(words);
    assert.equal(parse.heads.length, words.text.length);
    assert.match(notes[0], /A sentence of \d+ words .* in 2 parts/);
    const roots = [...parse.heads.keys()].filter((word) => parse.heads[word] < 0);
    assert.equal(roots.length, 2);
    // All words of a part arrive at its root, so no arc crosses from one part to the other.
    const rootOf = (word: number): number => (parse.heads[word] < 0 ? word : rootOf(parse.heads[word]));
    const cut = [...parse.heads.keys()].findIndex((word) => rootOf(word) !== roots[0]);
    assert.equal(words.text[cut - 1], ',');
  });

  it('takes words of any length and kind', async () => {
    const strange = ['x'.repeat(5000), '-.'.repeat(2000), '\ud800', '日本語', '👩‍💻', '[SEP]', ''];
    const [tree] = await parser.parse([strange]);
    assert.equal(tree.heads.length, strange.length);
    assert.deepEqual(await parser.parse([]), []);
    assert.deepEqual((await parser.parse([[]]))[0].heads.length, 0);
    const none: WordRow = { text: [], offsets: new Int32Array(0), sentences: new Int32Array(0) };
    const empty: Parse = { heads: new Int32Array(0), relations: [], upos: [], source: 'parser' };
    assert.deepEqual(await parser.parseWords(none), { parse: empty, notes: [] });
  });

  it('opens again after it was released', async () => {
    await parser.release();
    const [tree] = await parser.parse([['Go', '!']]);
    assert.deepEqual([...tree.heads], [-1, 0]);
  });

  it('is refused where a folder holds another model, or none', async () => {
    await assert.rejects(
      DependencyParser.load(join(models, 'headlight-encoder-sentiment')),
      (error) => error instanceof UserError && /not a dependency parser/.test(error.message),
    );
    await assert.rejects(DependencyParser.load(join(models, 'nothing-here')), UserError);
    const folder = await mkdtemp(join(tmpdir(), 'headlight-parser-'));
    try {
      for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
        await writeFile(join(folder, file), await readFile(join(models, 'headlight-parser-ewt', file)));
      }
      const broken = await DependencyParser.load(folder);
      await assert.rejects(
        broken.parse([['Go']]),
        (error) => error instanceof UserError && error.message.includes(folder),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
