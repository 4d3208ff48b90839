import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProse } from '../../src/engine/session/prose';

test('running English, with quotes, numbers and names, is prose', () => {
  assert.equal(isProse('“A funny, touching film,” she wrote on 12 May 2021 — and 80% of us agreed.'), true);
  assert.equal(isProse('Summarise the following text in one sentence:'), true);
});

test('code, other scripts and strings of marks are not', () => {
  assert.equal(isProse('for (let i = 0; i < n; i++) { sum += a[i]; }'), false);
  assert.equal(isProse('def f(x):\n    return [y_ for y_ in x if y_ != "_"]'), false);
  assert.equal(isProse('日本語の文章です。今日は天気がいい。'), false);
  assert.equal(isProse('!!! --- 123 456'), false);
  assert.equal(isProse(''), false);
});
