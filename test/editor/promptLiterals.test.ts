import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { promptLiterals } from '../../src/editor/promptLiterals';
import { stringLiterals } from '../../src/editor/literals';

const forms = { leastWords: 12, names: /prompt|system/i };
const found = (code: string, language: string): string[] =>
  promptLiterals(code, language, forms).map((range) => code.slice(...range));

describe('the string literals of a text', () => {
  it('are those that lie in no other, with what opens them', () => {
    const code = 'const a = `one ${f("two")} three`; // "no"\nconst b = "four";';
    const literals = stringLiterals(code, 'typescript');
    assert.deepEqual(
      literals.map(({ inside }) => code.slice(...inside)),
      ['one ${f("two")} three', 'four'],
    );
    assert.deepEqual(
      literals.map(({ start }) => code[start]),
      ['`', '"'],
    );
  });

  it('are none in prose', () => {
    assert.deepEqual(stringLiterals('She said “no” and "yes".', 'markdown'), []);
  });
});

describe('prompts among strings', () => {
  const long = 'You are a careful translator, and you answer in one short sentence without any remark.';

  it('are strings of many words', () => {
    assert.deepEqual(found(`x = """${long}"""\ny = "short one"`, 'python'), [long]);
  });

  it('are shorter ones that are given to a telling name', () => {
    const short = 'Answer in one sentence.';
    for (const before of [
      'system_prompt = ',
      'const systemPrompt: string = ',
      'Prompt(',
      '"prompt": ',
      "'system': f",
    ])
      assert.deepEqual(found(`${before}"${short}"`, 'python'), [short], before);
    assert.deepEqual(found(`title = "${short}"`, 'python'), []);
    assert.deepEqual(found('prompt = "two words"', 'python'), []);
  });

  it('are no code, paths or tables', () => {
    const query = 'SELECT a1, b2, c3 FROM t4 WHERE a1 = 5 AND b2 < 17 OR c3 != 4 AND d5 = 6;';
    assert.deepEqual(found(`q = "${query}"`, 'python'), []);
    assert.deepEqual(found(`p = "${'/usr/lib/x86 '.repeat(20)}"`, 'python'), []);
  });
});
