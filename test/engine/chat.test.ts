import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { UserError } from '../../src/engine/errors';
import { Engine } from '../../src/engine/session/engine';
import { encodeChat, renderChat } from '../../src/engine/tokens/chat';
import { readMessages } from '../../src/engine/tokens/chatFiles';
import { loadTokenizer } from '../../src/engine/tokens/load';

const builtIn = join(__dirname, '../../media/models');
/** As Qwen and its kin write a chat. */
const chatMl =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] | trim + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
const source = `[
  // A comment, as editors allow in JSON.
  { "role": "system", "content": "You are terse." },
  { "role": "user", "content": "  Say \\"hé\\u006clo\\" 😀 twice.\\n" },
]`;

const folder = mkdtempSync(join(tmpdir(), 'headlight-chat-'));
cpSync(join(builtIn, 'headlight-decoder'), folder, { recursive: true });
const config = JSON.parse(readFileSync(join(folder, 'tokenizer_config.json'), 'utf8')) as object;
writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ ...config, chat_template: chatMl }));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('chats', () => {
  test('messages are read from a list, or from under “messages”; anything else is no chat', () => {
    assert.deepEqual(
      readMessages(source)?.map(({ role, content }) => [role, content]),
      [
        ['system', 'You are terse.'],
        ['user', '  Say "héllo" 😀 twice.\n'],
      ],
    );
    assert.equal(readMessages('{"messages": [{"role": "user", "content": "a"}]}')?.length, 1);
    for (const other of [
      '',
      'Hello.',
      '[1, 2]',
      '[]',
      '{"role": "user"}',
      '[{"role": 1, "content": "a"}]',
      '[{"role": "user"',
    ]) {
      assert.equal(readMessages(other), undefined, other);
    }
  });

  test('each unit of a content knows its place in the file, escapes included', () => {
    for (const { content, positions } of readMessages(source) ?? []) {
      for (let i = 0; i < content.length; i++) {
        const literal = source.slice(positions[i], positions[i + 1]);
        assert.equal(JSON.parse(`"${literal}"`), content[i], `${i} of ${content}`);
      }
    }
  });

  test('the template writes the chat; contents are found in it, what the template wrote has no place', async () => {
    const tokenizer = await loadTokenizer(folder);
    const chat = renderChat(tokenizer.chatTemplate ?? '', readMessages(source) ?? [], tokenizer);
    assert.equal(
      chat.text,
      '<|im_start|>system\nYou are terse.<|im_end|>\n<|im_start|>user\nSay "héllo" 😀 twice.<|im_end|>\n<|im_start|>assistant\n',
    );
    const at = chat.text.indexOf('terse');
    assert.equal(chat.positions[at], source.indexOf('terse'));
    assert.equal(chat.positions[chat.text.indexOf('twice')], source.indexOf('twice'));
    assert.equal(chat.positions[chat.text.indexOf('assistant')], -1);
    assert.equal(chat.positions[chat.text.indexOf('user')], -1);
  });

  test('tokens of the contents have their ranges in the file, in order; those of the template count as special', async () => {
    const tokenizer = await loadTokenizer(folder);
    const chat = renderChat(tokenizer.chatTemplate ?? '', readMessages(source) ?? [], tokenizer);
    const { offsets, special, ids } = (await encodeChat(chat, tokenizer)).tokens;
    let reached = 0;
    const covered: string[] = [];
    ids.forEach((_, i) => {
      if (special[i] === 1) return assert.equal(offsets[2 * i], -1);
      assert.ok(offsets[2 * i] >= reached && offsets[2 * i + 1] >= offsets[2 * i], `token ${i}`);
      reached = offsets[2 * i];
      covered.push(source.slice(offsets[2 * i], offsets[2 * i + 1]));
    });
    assert.match(covered.join(''), /^You are terse\.Say.*twice\.$/s);
    assert.ok(special.some((flag) => flag === 1));
  });

  test('a template that refuses the messages says so in a sentence', async () => {
    const tokenizer = await loadTokenizer(folder);
    const strict = "{{ raise_exception('Roles must alternate') }}";
    assert.throws(
      () => renderChat(strict, readMessages(source) ?? [], tokenizer),
      (error: unknown) => error instanceof UserError && /Roles must alternate/.test(error.message),
    );
  });

  test('a model that chats is inspected on a file of messages, ranges in the file', async () => {
    const engine = new Engine({
      modelsFolder: builtIn,
      events: { progress: () => undefined, log: () => undefined },
    });
    const { tokens, notes, text, prediction } = await engine.inspect(1, {
      model: folder,
      text: source,
      parse: 'none',
    });
    assert.equal(text, source);
    assert.ok(notes.some((note) => note.startsWith('2 messages')));
    assert.equal(prediction.position, tokens.ids.length - 1);
    const terse = tokens.pieces.findIndex((_, i) =>
      source.slice(tokens.offsets[2 * i], tokens.offsets[2 * i + 1]).includes('ter'),
    );
    assert.ok(terse > 0);
  });
});
