import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { contractionCuts } from '../../src/engine/syntax/contractions';
import { segment } from '../../src/engine/syntax/segment';
import { unicodeText } from './unicodeText';

/** Words with a blank between them, `||` between sentences. */
function written(text: string): string {
  const { text: words, sentences } = segment(text);
  return words
    .map((word, index) => (index > 0 && sentences[index] !== sentences[index - 1] ? `|| ${word}` : word))
    .join(' ');
}

/** Texts and their words in the manner of the Universal Dependencies treebanks of English. */
const examples: Record<string, readonly (readonly [string, string])[]> = {
  'punctuation apart': [
    ['The quick brown fox jumps over the lazy dog.', 'The quick brown fox jumps over the lazy dog .'],
    ['Well, yes; but (as I said): no!', 'Well , yes ; but ( as I said ) : no !'],
    ['He said, "Go away."', 'He said , " Go away . "'],
    ['“Curly,” she said, ‘quotes’.', '“ Curly , ” she said , ‘ quotes ’ .'],
    ['What?! No way!!!', 'What ?! || No way !!!'],
    ['Wait... what… is this -- or this—that?', 'Wait ... what … is this -- or this — that ?'],
    ['100% of them & more', '100 % of them & more'],
    ['and/or he/she', 'and / or he / she'],
    ['a [sic] {b} <c>', 'a [ sic ] { b } < c >'],
  ],
  'contractions taken apart': [
    ["I don't know, it's late.", "I do n't know , it 's late ."],
    [
      "We'll go; they've gone, I'm here and you're not.",
      "We 'll go ; they 've gone , I 'm here and you 're not .",
    ],
    ["He'd have come. Can't you? I won't.", "He 'd have come . || Ca n't you ? || I wo n't ."],
    ["You shouldn't've done that.", "You should n't 've done that ."],
    ['I cannot see, can not see.', 'I can not see , can not see .'],
    ["I'm gonna leave, wanna come? You gotta.", "I 'm gon na leave , wan na come ? || You got ta ."],
    ['Don’t! She isn’t, we’re.', 'Do n’t ! || She is n’t , we ’re .'],
    ['dont say im late, youre', 'do nt say i m late , you re'],
    ["'Tis the season, y'all, c'mon!", "'T is the season , y' all , c'm on !"],
    ["Let's ask who's there and what'd happen.", "Let 's ask who 's there and what 'd happen ."],
    ["DON'T SHOUT, IT'S LOUD", "DO N'T SHOUT , IT 'S LOUD"],
    ['Gimme that and lemme see.', 'Gim me that and lem me see .'],
  ],
  'possessives taken apart': [
    ["John's dog and the dogs' bowl", "John 's dog and the dogs ' bowl"],
    ["James's and the boss’s", "James 's and the boss ’s"],
    ["the 1990's, the '90s and rock 'n' roll", "the 1990's , the '90s and rock 'n ' roll"],
  ],
  'apostrophes inside names and words kept': [
    ["O'Brien at eight o'clock, ma'am", "O'Brien at eight o'clock , ma'am"],
    ["d'Orleans met D'Angelo", "d' Orleans met D'Angelo"],
    ["get 'em 'cause", "get 'em 'cause"],
  ],
  'hyphenated compounds taken apart, prefixes kept': [
    ['a well-known state-of-the-art model', 'a well - known state - of - the - art model'],
    [
      'an e-mail to my co-workers, non-stop, pre-war, mid-July',
      'an e-mail to my co-workers , non-stop , pre-war , mid-July',
    ],
    ['twenty-one x-rays of al-Qaeda', 'twenty - one x - rays of al - Qaeda'],
    ['US-based, F-16', 'US - based , F - 16'],
    ['pages 3-4, 1969-1970', 'pages 3 - 4 , 1969 - 1970'],
    ['non-self-governing', 'non-self - governing'],
  ],
  'abbreviations with their dot': [
    ['Mr. Smith met Dr. Jones at St. Mary.', 'Mr. Smith met Dr. Jones at St. Mary .'],
    [
      'He lives in the U.S. with J. R. Smith, e.g. in Mass.',
      'He lives in the U.S. with J. R. Smith , e.g. in Mass .',
    ],
    ['at 5 p.m. on Sept. 11, i.e. late', 'at 5 p.m. on Sept. 11 , i.e. late'],
    [
      'No. 5, Fig. 2 and vol. 3. The answer is no. Really.',
      'No. 5 , Fig. 2 and vol. 3 . || The answer is no . || Really .',
    ],
    ['Apple Inc. and Enron Corp. are firms.', 'Apple Inc. and Enron Corp. are firms .'],
    ['We saw cats, dogs, etc.', 'We saw cats , dogs , etc .'],
    ['a Ph.D. student vs. M.D. and a Ph.D', 'a Ph.D. student vs. M.D. and a Ph.D'],
  ],
  'numbers whole, units and signs apart': [
    ['It costs $5, €3.50 or US$1,000.00.', 'It costs $ 5 , € 3.50 or US$ 1,000.00 .'],
    ['3.5 and 1,000 and .5 and -3', '3.5 and 1,000 and .5 and -3'],
    ['at 7:30pm, 5km, 20th, 1970s, 3G', 'at 7:30 pm , 5 km , 20th , 1970s , 3G'],
    ['on 9/11, 11/28/2000 and 2004-10-28', 'on 9/11 , 11/28/2000 and 2004-10-28'],
    ['call 713-853-3989 or 345-9945', 'call 713-853-3989 or 345-9945'],
    ['£1.4bn in 1.2.3', '£ 1.4 bn in 1.2.3'],
  ],
  'addresses, names of files and faces whole': [
    [
      'See https://example.org/a(b)?c=d#e, or www.example.com.',
      'See https://example.org/a(b)?c=d#e , or www.example.com .',
    ],
    ['(http://example.org/x)', '( http://example.org/x )'],
    ['Mail jane.doe+x@mail.example.co.uk!', 'Mail jane.doe+x@mail.example.co.uk !'],
    [
      'Visit Example.com or read src/main.ts and notes_v2.txt.',
      'Visit Example.com or read src/main.ts and notes_v2.txt .',
    ],
    ['Nice :) or sad :-( but <3 ;-)', 'Nice :) or sad :-( but <3 ;-)'],
    ['@anna likes #nlp and snake_case', '@anna likes #nlp and snake_case'],
    ['Go 👩‍💻👍🏽 ❤️ now', 'Go 👩‍💻 👍🏽 ❤️ now'],
    ['P&L and AT&T', 'P&L and AT&T'],
  ],
  'text that is already tokenised left as it is': [
    ["it 's a charming and often affecting journey .", "it 's a charming and often affecting journey ."],
    ["She did n't want to , we 'll see .", "She did n't want to , we 'll see ."],
  ],
  'other scripts divided by Unicode': [
    ['我喜欢自然语言。他也是。', '我 喜欢 自然 语言 。 || 他 也是 。'],
    ['שלום עולם.', 'שלום עולם .'],
    ['می‌خواهم', 'می‌خواهم'],
    ['naïve cafe\u0301', 'naïve cafe\u0301'],
  ],
  sentences: [
    ['One. Two! Three? four', 'One . || Two ! || Three ? four'],
    ['i went home. then i slept.', 'i went home . || then i slept .'],
    ['"Stop!" he said. (Really?) And left.', '" Stop ! " he said . || ( Really ? ) || And left .'],
    ['He lives in the U.S. He is from the U.S. Army.', 'He lives in the U.S. || He is from the U.S. Army .'],
    ['A title\n\nThe first paragraph\nis wrapped here.', 'A title || The first paragraph is wrapped here .'],
    ['A title\r\n\r\nThe text', 'A title || The text'],
    ['Buy:\n- milk\n- two eggs\n* bread', 'Buy : || - milk || - two eggs || * bread'],
    ['1. First thing\n2. Second thing', '1 . First thing || 2 . Second thing'],
    ['Buy milk tomorrow\nCall the bank', 'Buy milk tomorrow || Call the bank'],
    [
      'This line is as long as the others of its paragraph in this file, since\nPeter wrapped it here.',
      'This line is as long as the others of its paragraph in this file , since Peter wrapped it here .',
    ],
    ['Wait . . . What? :) Yes.', 'Wait . . . || What ? :) || Yes .'],
    [
      'He paid 3.5 to Mr. B. It was 5 p.m. Then he left at 6 p.m.',
      'He paid 3.5 to Mr. B. || It was 5 p.m . || Then he left at 6 p.m .',
    ],
  ],
};

describe('the words and sentences of a text have', () => {
  for (const [rule, cases] of Object.entries(examples)) {
    it(rule, () => {
      for (const [text, expected] of cases) assert.equal(written(text), expected);
    });
  }

  it('exact ranges in the text', () => {
    const { text: words, offsets } = segment('😀 do\tn\u0303o,\r\n I’m');
    assert.deepEqual(words, ['😀', 'do', 'n\u0303o', ',', 'I', '’m']);
    assert.deepEqual([...offsets], [0, 2, 3, 5, 6, 9, 9, 10, 13, 14, 14, 16]);
  });

  it('nothing where there is only white space', () => {
    for (const text of ['', ' \t\r\n', '\u200b\ufeff']) assert.equal(segment(text).text.length, 0);
  });
});

describe('the words of any text', () => {
  it('are in order, do not overlap, hold every visible character and cut none', () => {
    fc.assert(
      fc.property(unicodeText, (text) => {
        const { text: words, offsets, sentences } = segment(text);
        assert.equal(sentences.length, words.length);
        let reached = 0;
        words.forEach((word, index) => {
          const [start, end] = [offsets[2 * index], offsets[2 * index + 1]];
          assert.ok(reached <= start && start < end && end <= text.length);
          assert.equal(text.slice(start, end), word);
          assert.match(text.slice(reached, start), /^[\s\p{C}]*$/u, 'only blanks are left out');
          assert.doesNotMatch(word, /^\s|\s$/);
          for (const at of [start, end])
            assert.ok(!/^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1)));
          const step = index === 0 ? sentences[0] : sentences[index] - sentences[index - 1];
          assert.ok(step === 0 || (step === 1 && index > 0));
          reached = end;
        });
        assert.match(text.slice(reached), /^[\s\p{C}]*$/u);
      }),
      { numRuns: 500 },
    );
  });

  it('take linear time, whatever the text', () => {
    for (const unit of [
      'a.',
      'ab1.',
      'a-',
      '(',
      ')',
      '"',
      "a'",
      '1:',
      'http://a...',
      'a@',
      'a\n',
      '日',
      '\u0301',
      '. ',
    ]) {
      const text = unit.repeat(50_000 / unit.length);
      const begun = performance.now();
      segment(text);
      assert.ok(performance.now() - begun < 3000, JSON.stringify(unit));
    }
  });
});

describe('contractions', () => {
  it('are cut inside the word, in order', () => {
    assert.deepEqual(contractionCuts("shouldn't've"), [6, 9]);
    assert.deepEqual(contractionCuts('cannot'), [3]);
    for (const word of ['its', 'well', 'were', 'IM', "n't", "'s", "o'clock", "80's", 'constructor', '']) {
      assert.deepEqual(contractionCuts(word), [], word);
    }
  });
});
