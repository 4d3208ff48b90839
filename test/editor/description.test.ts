import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conlluBlock } from '../../src/editor/conllu';
import { escaped } from '../../src/editor/markdown';
import { alternativesLine, tokenDescription } from '../../src/editor/tokenDescription';
import type { Inspection } from '../../src/protocol/inspection';

describe('text inside Markdown', () => {
  it('is nothing but text', () => {
    assert.equal(escaped('[x](command:evil) <b>'), '\\[x\\]\\(command\\:evil\\) \\<b\\>');
    assert.equal(
      escaped('a | b `c` *d* _e_ $(eye) a@b'),
      'a \\| b \\`c\\` \\*d\\* \\_e\\_ \\$\\(eye\\) a\\@b',
    );
  });

  it('stays on its line', () => {
    assert.equal(escaped('one\r\n\n# two'), 'one \\# two');
  });
});

describe('the description of a token', () => {
  const inspection = {
    tokens: {
      ids: Int32Array.of(101, 7, 8, 9, 102),
      pieces: ['[CLS]', 'do', '##gs', 'bark', '[SEP]'],
      special: Uint8Array.of(1, 0, 0, 0, 1),
      words: Int32Array.of(-1, 0, 0, 1, -1),
    },
    words: { text: ['dogs', 'bark'] },
    parse: {
      heads: Int32Array.of(1, -1),
      relations: ['nsubj', 'root'],
      upos: ['NOUN', 'VERB'],
      source: 'parser',
    },
    target: { label: 'true|false' },
    saliency: {
      'gradient-l1': Float32Array.of(9, 0.5, 0.25, 1.5, 9),
      surprisal: Float32Array.of(0, 3.21, 1, 4, 0),
    },
  } as unknown as Inspection;
  const isSeen = (token: number) => token >= 1 && token <= 3;

  it('has its piece, word, place in the parse, and scores with ranks among what is seen', () => {
    assert.equal(
      tokenDescription(inspection, 2, isSeen),
      [
        '**\\#\\#gs** token 2, id 8',
        '',
        'word “dogs”, NOUN, nsubj of “bark”',
        '',
        '| saliency for “true\\|false” | score | rank |',
        '|:--|--:|--:|',
        '| gradient-l1 | 0.25 | &emsp;3 of 3 |',
        '| surprisal | 1.0 bits | &emsp;3 of 3 |',
      ].join('\n'),
    );
  });

  it('says of a root that it is one, and of a token without a word nothing', () => {
    assert.match(tokenDescription(inspection, 3, isSeen), /word “bark”, VERB, root of the sentence/);
    assert.ok(!tokenDescription(inspection, 0, isSeen).includes('word'));
  });
});

describe('CoNLL-U in a text', () => {
  const word = (id: string, form: string) => [id, form, ...Array<string>(8).fill('_')].join('\t');

  it('is found from its first comment to its last word', () => {
    const block = ['# text = Dogs bark.', word('1', 'Dogs'), word('2', 'bark'), '', word('1', 'Yes')];
    const text = ['Some words about it:', '', ...block, '', 'The end.'].join('\r\n');
    assert.equal(conlluBlock(text), `${block.join('\n')}\n\n`);
  });

  it('may have ranges and empty nodes', () => {
    assert.ok(
      conlluBlock([word('1-2', "don't"), word('1', 'do'), word('2', "n't"), word('2.1', 'e')].join('\n')),
    );
  });

  it('is missing where nothing has ten columns', () => {
    assert.equal(conlluBlock('1\tDogs\tbark\n# text = x'), undefined);
    assert.equal(conlluBlock(''), undefined);
  });
});

describe('what was expected at a token', () => {
  const candidate = (label: string, probability: number) => ({ id: 1, label, logit: 0, probability });
  it('is said with the rank of what stands there', () => {
    const line = alternativesLine({
      kind: 'next-token',
      position: 3,
      entropy: 2,
      candidates: [candidate(' a', 0.31), candidate('\n', 0.121)],
      texts: [' a', '\n'],
      actual: { ...candidate(' quiet', 0.004), rank: 1017 },
    });
    assert.equal(line, 'expected “␣a” 31\u202f%, “⏎” 12\u202f%; “␣quiet” 0.40\u202f% is number 1,017');
  });
});
