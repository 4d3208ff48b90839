import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../src/engine/errors';
import { loadTokenizer } from '../../src/engine/tokens/load';
import type { ModelTokenizer } from '../../src/engine/tokens/tokenizer';
import { windowAround } from '../../src/engine/tokens/window';
import { unicodeText } from './unicodeText';

const models = join(__dirname, '../../media/models');

describe('the window of a text that is too long', () => {
  let encoder: ModelTokenizer;
  let decoder: ModelTokenizer;
  before(async () => {
    encoder = await loadTokenizer(join(models, 'headlight-encoder-sentiment'));
    decoder = await loadTokenizer(join(models, 'headlight-decoder'));
  });

  it('is the whole text where that fits', async () => {
    const window = await windowAround('A short text.', [2, 7], 512, encoder);
    assert.deepEqual([window.text, window.start, window.end, window.cut], ['A short text.', 0, 13, false]);
    assert.equal(window.tokens.pieces[0], '[CLS]');
    assert.equal((await windowAround('', [0, 0], 512, encoder)).cut, false);
    assert.equal((await windowAround('a b c d', [0, 0], Infinity, encoder)).tokens.ids.length, 6);
  });

  it('is cut at sentence ends around the focus', async () => {
    const sentences = Array.from({ length: 60 }, (_, n) => `This is the old sentence number ${n}. `);
    const text = sentences.join('');
    const at = text.indexOf('number 30');
    const window = await windowAround(text, [at, at + 9], 64, encoder);
    assert.ok(window.cut);
    assert.match(window.text, /^This is the old sentence/);
    assert.match(window.text, /\. $/);
    assert.ok(window.start <= at && at + 9 <= window.end);
    assert.ok(
      window.tokens.ids.length <= 64 && window.tokens.ids.length > 40,
      String(window.tokens.ids.length),
    );
    assert.equal(text.slice(window.start, window.end), window.text);
  });

  it('is cut at line ends in code and lists', async () => {
    const text = Array.from({ length: 80 }, (_, n) => `  const value${n} = compute(${n})\n`).join('');
    const window = await windowAround(text, [text.length / 2, text.length / 2], 100, decoder);
    assert.match(window.text, /^ {2}const/);
    assert.match(window.text, /\)\n$/);
  });

  it('is cut between words where a sentence is longer than the window', async () => {
    const text = 'and the old house '.repeat(200);
    const window = await windowAround(text, [1000, 1003], 32, encoder);
    assert.match(window.text, /^\s?(and|the|old|house)\b/);
    assert.match(window.text, /\b(and|the|old|house)\s?$/);
    assert.ok(window.tokens.ids.length > 24);
  });

  it('begins with the focus where that alone is too long', async () => {
    const text = 'word '.repeat(1000);
    const window = await windowAround(text, [500, 5000], 40, encoder);
    assert.ok(window.start <= 500 && window.start >= 495);
    assert.ok(window.tokens.ids.length > 30);
  });

  it('reaches to the end, and to the beginning, of the text', async () => {
    const text = Array.from({ length: 500 }, (_, n) => `Line ${n} of the text.`).join('\n');
    const last = await windowAround(text, [text.length, text.length], 64, decoder);
    assert.equal(last.end, text.length);
    assert.ok(last.tokens.ids.length > 48, String(last.tokens.ids.length));
    const first = await windowAround(text, [0, 0], 64, decoder);
    assert.equal(first.start, 0);
    assert.ok(first.tokens.ids.length > 48);
  });

  it('costs milliseconds in five megabytes, whatever they are', async () => {
    for (const unit of [
      'The quick brown fox jumps over the lazy dog.\n',
      'x',
      ' ',
      '日本語のテキスト',
      '\n',
    ]) {
      const text = unit.repeat(5_000_000 / unit.length);
      for (const at of [0, 2_500_000, text.length]) {
        const begun = performance.now();
        const window = await windowAround(text, [at, at], 512, encoder);
        const took = performance.now() - begun;
        assert.ok(window.cut && window.tokens.ids.length <= 512);
        assert.ok(took < 1000, `${took} ms around ${at} of ${JSON.stringify(unit)}`);
      }
    }
  });

  it('has at most the tokens allowed, and never cuts a character in two', async () => {
    const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
    await fc.assert(
      fc.asyncProperty(
        unicodeText,
        fc.nat(),
        fc.nat(40),
        fc.integer({ min: 40, max: 80 }),
        async (part, position, length, limit) => {
          const text = `${part} `.repeat(12);
          const from = position % (text.length + 1);
          for (const tokenizer of [encoder, decoder]) {
            const window = await windowAround(text, [from, from + length], limit, tokenizer);
            assert.equal(window.text, text.slice(window.start, window.end));
            assert.deepEqual(await tokenizer.encode(window.text), window.tokens);
            assert.ok(window.tokens.ids.length <= limit);
            assert.equal(window.cut, window.text !== text);
            if (!window.cut) return;
            const boundaries = new Set([
              text.length,
              ...[...graphemes.segment(text)].map(({ index }) => index),
            ]);
            assert.ok(
              boundaries.has(window.start),
              `begins inside a character, ${window.start} of ${JSON.stringify(text)}`,
            );
            assert.ok(
              boundaries.has(window.end),
              `ends inside a character, ${window.end} of ${JSON.stringify(text)}`,
            );
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is refused where not even one character has room', async () => {
    await assert.rejects(windowAround('many words here', [0, 0], 2, encoder), UserError);
    await assert.rejects(windowAround('👨‍👩‍👧‍👦👨‍👩‍👧‍👦', [0, 0], 3, decoder), UserError);
  });
});
