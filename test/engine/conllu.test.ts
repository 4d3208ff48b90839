import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Parse } from '../../src/protocol/inspection';
import { UserError } from '../../src/engine/errors';
import { readConllu, writeConllu } from '../../src/engine/syntax/conllu';
import { alignConllu } from '../../src/engine/syntax/conlluAlignment';
import { segment } from '../../src/engine/syntax/segment';
import { unicodeText } from './unicodeText';

/** Columns that matter, parted by blanks: id form upos head relation. */
function block(...rows: string[]): string {
  return rows
    .map((row) => {
      const [id, form, upos, head, relation] = row.split(' ');
      return [id, form, '_', upos, '_', '_', head, relation, '_', '_'].join('\t');
    })
    .join('\n');
}

const dogs = block(
  "1-2 Dogs' _ _ _",
  '1 Dogs NOUN 3 nmod:poss',
  "2 ' PART 1 case",
  '3 bowls NOUN 0 root',
  '4 . PUNCT 3 punct',
);
const dont = block(
  '1 I PRON 4 nsubj',
  "2-3 don't _ _ _",
  '2 do AUX 4 aux',
  "3 n't PART 4 advmod",
  '4 know VERB 0 root',
);

describe('reading CoNLL-U', () => {
  it('gives words, ranges and trees; comments and empty nodes are left out', () => {
    const source = `# sent_id = 1\n# text = x\n${dont}\n4.1\tknow\t_\tVERB\t_\t_\t_\t_\t_\t_\n\n\n${dogs}`;
    const [first, second] = readConllu(source);
    assert.deepEqual(
      first.words.map(({ form }) => form),
      ['I', 'do', "n't", 'know'],
    );
    assert.deepEqual(
      first.words.map(({ head }) => head),
      [3, 3, 3, -1],
    );
    assert.deepEqual(
      first.words.map(({ relation }) => relation),
      ['nsubj', 'aux', 'advmod', 'root'],
    );
    assert.deepEqual(
      first.words.map(({ upos }) => upos),
      ['PRON', 'AUX', 'PART', 'VERB'],
    );
    assert.deepEqual(first.ranges, [{ first: 1, end: 3, form: "don't" }]);
    assert.deepEqual([first.line, second.line], [1, 11]);
  });

  it('takes blanks for tabs, Windows line ends, a byte order mark, missing last columns and `_` for a relation', () => {
    const source = `\uFEFF1  The  the  DET  DT  _  2  det  _  _\r\n2  fox  fox  NOUN  NN  _  0  _\r\n`;
    const [{ words }] = readConllu(source);
    assert.deepEqual(words, [
      { form: 'The', upos: 'DET', head: 1, relation: 'det' },
      { form: 'fox', upos: 'NOUN', head: -1, relation: 'dep' },
    ]);
  });

  it('says on which line what is wrong', () => {
    const cases: [string, RegExp][] = [
      ['', /no words/],
      ['# only a comment\n', /no words/],
      ['The quick brown fox', /Line 1 .* has 4 of the ten columns/],
      [`# c\n${block('1 a X 0 root', '3 b X 1 dep')}`, /Line 3 .* number 3, where 2 should follow/],
      [block('1 a X _ root'), /Line 1 .* no head/],
      [block('1 a X 5 root'), /Line 1 .* head 5, but its sentence has 1 words/],
      [block('1 a X 2 dep', '2 b X 1 dep'), /Line 1 .* circle/],
      [block('1 a X 1 dep'), /Line 1 .* circle/],
      [block('2-3 ab _ _ _', '1 a X 0 root'), /Line 1 .* 2-3/],
      [block('1-3 ab _ _ _', '1 a X 0 root'), /Line 2 .* goes up to word 3/],
    ];
    for (const [source, message] of cases) {
      assert.throws(
        () => readConllu(source),
        (error) => error instanceof UserError && message.test(error.message),
        source,
      );
    }
  });

  it('never fails otherwise, whatever is read', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          unicodeText,
          fc
            .array(fc.constantFrom('1', '2', '\t', ' ', '-', '_', 'a', '\n', '#'), { maxLength: 80 })
            .map((parts) => parts.join('')),
        ),
        (source) => {
          try {
            readConllu(source);
          } catch (error) {
            assert.ok(error instanceof UserError);
          }
        },
      ),
    );
  });
});

describe('the words of a CoNLL-U text', () => {
  it('are found in the text by walking over it', () => {
    const text = "I  don't\tknow\r\nDogs’ bowls .";
    const { words, parse, notes } = alignConllu(text, `${dont}\n\n${dogs}\n`);
    assert.deepEqual(
      [...words.text.keys()].map((word) => text.slice(words.offsets[2 * word], words.offsets[2 * word + 1])),
      ['I', 'do', "n't", 'know', 'Dogs', '’', 'bowls', '.'],
    );
    assert.deepEqual([...words.sentences], [0, 0, 0, 0, 1, 1, 1, 1]);
    assert.deepEqual([...parse.heads], [3, 3, 3, -1, 6, 4, -1, 6]);
    assert.equal(parse.source, 'conllu');
    assert.deepEqual(notes, []);
  });

  it('are found where the text is a part of it, or has it as a part', () => {
    const window = alignConllu("know Dogs' bowls.", `${dont}\n\n${dogs}`);
    assert.deepEqual(window.words.text, ['Dogs', "'", 'bowls', '.']);
    assert.deepEqual([...window.parse.heads], [2, 0, -1, 2]);
    assert.match(window.notes[0], /1 of the 2 sentences/);
    const part = alignConllu("Yes! Dogs' bowls. And more.", dogs);
    assert.deepEqual([...part.words.offsets.slice(0, 4)], [5, 9, 9, 10]);
  });

  it('share the range of a token that is not spelt as they are', () => {
    const french = block(
      '1-2 du _ _ _',
      '1 de ADP 3 case',
      '2 le DET 3 det',
      '3 chat NOUN 0 root',
      '4-6 dámelo _ _ _',
      '4 da VERB 3 dep',
      '5 me PRON 4 iobj',
      '6 lo PRON 4 obj',
    );
    const { words } = alignConllu('du chat dámelo', french);
    assert.deepEqual([...words.offsets], [0, 1, 1, 2, 3, 7, 8, 10, 10, 12, 12, 14]);
    const short = alignConllu('x', block('1-3 x _ _ _', '1 a X 0 root', '2 b X 1 dep', '3 c X 1 dep'));
    assert.deepEqual(
      [...short.words.offsets].every((at) => at >= 0 && at <= 1),
      true,
    );
  });

  it('may be spelt as in the Penn Treebank', () => {
    const text = 'He said "no" (twice)';
    const source = block(
      '1 He X 2 nsubj',
      '2 said X 0 root',
      '3 `` X 4 punct',
      '4 no X 2 obj',
      "5 '' X 4 punct",
      '6 -LRB- X 7 punct',
      '7 twice X 2 advmod',
      '8 -RRB- X 7 punct',
    );
    const { words } = alignConllu(text, source);
    assert.equal(text.slice(...words.offsets.slice(4, 6)), '"');
    assert.equal(text.slice(...words.offsets.slice(14, 16)), ')');
  });

  it('of another text are refused with the place where the two part', () => {
    const refused = (text: string, source: string): string => {
      try {
        alignConllu(text, source);
      } catch (error) {
        assert.ok(error instanceof UserError);
        return error.message;
      }
      throw new assert.AssertionError({ message: 'nothing was refused' });
    };
    assert.match(refused("I don't believe it.", dont), /where it has “know”.*line 1.*“believe it\.”/);
    assert.match(refused("I don't", dogs), /where it has “Dogs'”.*the text has “I don't”/);
    assert.match(refused('', dogs), /the text ends/);
    assert.match(refused("n't kn", dont), /at least one whole sentence/);
  });
});

describe('writing CoNLL-U', () => {
  const chain = (count: number, sentences: Int32Array): Parse => ({
    heads: Int32Array.from({ length: count }, (_, word) =>
      word > 0 && sentences[word] === sentences[word - 1] ? word - 1 : -1,
    ),
    relations: Array.from({ length: count }, (_, word) =>
      word > 0 && sentences[word] === sentences[word - 1] ? 'dep' : 'root',
    ),
    upos: new Array<string>(count).fill('X'),
    source: 'conllu',
  });

  it('gives the ten columns, ranges for contractions and where no blank follows', () => {
    const text = "I don't. Go!";
    const words = segment(text);
    assert.equal(
      writeConllu(text, words, chain(words.text.length, words.sentences)),
      [
        "# sent_id = 1\n# text = I don't.",
        '1\tI\t_\tX\t_\t_\t0\troot\t_\t_',
        "2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No",
        '2\tdo\t_\tX\t_\t_\t1\tdep\t_\t_',
        "3\tn't\t_\tX\t_\t_\t2\tdep\t_\t_",
        '4\t.\t_\tX\t_\t_\t3\tdep\t_\t_\n',
        '# sent_id = 2\n# text = Go!',
        '1\tGo\t_\tX\t_\t_\t0\troot\t_\tSpaceAfter=No',
        '2\t!\t_\tX\t_\t_\t1\tdep\t_\t_\n\n',
      ].join('\n'),
    );
  });

  it('is undone by reading and finding the words, for any text', () => {
    fc.assert(
      fc.property(unicodeText, (text) => {
        const words = segment(text);
        if (words.text.length === 0) return;
        const parse = chain(words.text.length, words.sentences);
        const again = alignConllu(text, writeConllu(text, words, parse));
        assert.deepEqual(again.words, words);
        assert.deepEqual(again.parse, parse);
      }),
      { numRuns: 300 },
    );
  });
});
