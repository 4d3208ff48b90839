import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ModelInspection } from '../../src/protocol/inspection';
import { visibleToken } from '../../webview/marks/tokenText';
import { chatModel } from '../chatModel';
import { seriousViolations } from './accessibility';
import { type OpenView, skip, ViewBench, type ViewOptions } from './harness';
import { answers, engine, nextCall, texts } from './promptEngine';
import { themeNames } from './themes';

let bench: ViewBench;
before(async () => {
  if (!skip) bench = await ViewBench.start();
});
after(() => bench?.stop());

describe('a chat in the prompt view', { skip }, () => {
  const chats = join(__dirname, '../fixtures/chats');
  const folder = chatModel();
  let chat: ModelInspection;
  let costs: Float32Array;
  before(async () => {
    const source = readFileSync(join(chats, 'review.prompt'), 'utf8');
    chat = await engine.inspect(nextCall(), { model: folder, text: source, chat: 'prompt', parse: 'none' });
    costs = await engine.surprisal(nextCall(), { inspection: chat.id });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const openChat = async (options: ViewOptions = {}): Promise<OpenView> => {
    const view = await bench.open({
      view: 'prompt',
      prompt: answers,
      width: 1000,
      recorded: { inspection: chat, attention: () => ({ data: new Float32Array(0), dims: [0, 0] }) },
      ...options,
    });
    await view.page.waitForSelector('.next-row');
    return view;
  };
  const linesShown = (view: OpenView) =>
    view.page.$$eval('.message', (messages) =>
      messages.map(
        (message) => (message.querySelector<HTMLElement>('.message-lines')?.offsetHeight ?? 0) > 0,
      ),
    );

  it('has a section for each message, with its role, tokens and bits, as the model reads it', async () => {
    const view = await openChat();
    await view.page.waitForFunction(() =>
      document.querySelector('.message-cost')?.textContent?.includes('bits'),
    );
    assert.deepEqual(await texts(view, '.message-role'), [
      'system',
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
    const expected = (chat.chat?.parts ?? []).map(({ tokens: [from, to], isAnswer }) => {
      const sum = costs.slice(from, to).reduce((all, value) => all + (value || 0), 0);
      return `${to - from} tokens · ${isAnswer ? 'the model goes on here' : `${Math.round(sum)} bits`}`;
    });
    assert.deepEqual(await texts(view, '.message-cost'), expected);
    assert.equal((await texts(view, '.message .token')).length, chat.tokens.ids.length);
    const read = (await texts(view, '.message >> nth=2 >> .line-text')).join(' ').replace(/[↵\s]/g, '');
    assert.equal(read, '<|im_start|>assistantnegative<|im_end|>');
    // What the template wrote is told apart, to the eye and to those who listen.
    const special = await view.page.$$eval('.message .token.special', (tokens) =>
      tokens.map((token) => [token.dataset.token, token.ariaDescription]),
    );
    assert.deepEqual(
      special,
      Array.from(chat.tokens.ids.keys())
        .filter((token) => chat.tokens.special[token] === 1)
        .map((token) => [String(token), 'written by the chat template, not in the file']),
    );
    await view.page.hover('.message .token.special >> nth=1');
    assert.match(
      (await view.page.textContent('.tooltip')) ?? '',
      /Written by the model’s chat template, not in the file/,
    );
    await view.close();
  });

  it('says what comes after the template’s words, and writes nothing there', async () => {
    const view = await openChat();
    const place = (await view.page.textContent('.next-place')) ?? '';
    assert.ok(place.endsWith('<|im_start|>assistant↵”'), place);
    await view.page.click('.next-row >> nth=0');
    const insert = view.page.getByRole('button', { name: 'Insert' }).first();
    assert.equal(await insert.evaluate((button) => (button as HTMLButtonElement).disabled), true);
    const inside = Array.from(chat.tokens.ids.keys()).findIndex((token) => chat.tokens.special[token] === 0);
    await view.select({ precedingToken: inside });
    await view.page.waitForFunction(() => document.querySelector('.next-actual')?.textContent !== '');
    const next = await engine.distribution(nextCall(), { inspection: chat.id, position: inside });
    const row = next.texts.findIndex((words) => words !== '');
    await view.page.waitForFunction(
      (words) => document.querySelector('.next-row .bar-label')?.textContent === words,
      visibleToken(next.candidates[0].label),
    );
    await view.page.click(`.next-row >> nth=${row}`);
    await insert.click();
    assert.deepEqual(await view.lastCall('insertAfter'), [inside, next.texts[row]]);
    await view.close();
  });

  it('folds messages with the mouse and the keyboard, skips them with the arrow keys, and remembers over a reload', async () => {
    const view = await openChat();
    assert.deepEqual(await linesShown(view), [true, true, true, true, true]);
    const folds = view.page.locator('.message-fold');
    await folds.nth(0).click();
    assert.deepEqual(await linesShown(view), [false, true, true, true, true]);
    assert.equal(await folds.nth(0).getAttribute('aria-expanded'), 'false');
    assert.match(
      (await texts(view, '.message-preview'))[0],
      /^You read reviews of films\. Answer with one word/,
    );
    await folds.nth(1).focus();
    await view.page.keyboard.press('ArrowLeft');
    await view.page.keyboard.press('Tab');
    assert.deepEqual(await linesShown(view), [false, false, true, true, true]);
    const focused = () => view.page.evaluate(() => (document.activeElement as HTMLElement).dataset.token);
    const parts = chat.chat?.parts ?? [];
    await view.page.locator(`[data-token="${parts[2].tokens[0]}"]`).focus();
    await folds.nth(3).press('Enter');
    await view.page.locator(`[data-token="${parts[2].tokens[1] - 1}"]`).focus();
    await view.page.keyboard.press('ArrowRight');
    assert.equal(await focused(), String(parts[4].tokens[0]));
    await view.page.keyboard.press('Home');
    assert.equal(await focused(), String(parts[2].tokens[0]));
    await view.page.reload();
    await view.page.waitForSelector('.message');
    assert.deepEqual(await linesShown(view), [false, false, true, false, true]);
    await folds.nth(0).focus();
    await view.page.keyboard.press('ArrowRight');
    assert.deepEqual(await linesShown(view), [true, false, true, false, true]);
    await view.page.getByRole('button', { name: 'Fold all messages' }).click();
    assert.deepEqual(await linesShown(view), [false, false, false, false, false]);
    await view.page.getByRole('button', { name: 'Unfold all messages' }).click();
    assert.deepEqual(await linesShown(view), [true, true, true, true, true]);
    await view.close();
  });

  for (const theme of themeNames) {
    it(`is accessible in ${theme}, also where it is narrow`, async () => {
      const view = await openChat({ theme, width: 320 });
      await view.page.locator('.message-fold').first().click();
      assert.deepEqual(await seriousViolations(view.page), []);
      const overflow = await view.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(overflow, 0);
      assert.deepEqual(view.complaints, []);
      await view.close();
    });
  }
});
