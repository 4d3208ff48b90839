import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { UserError } from '../../src/engine/errors';
import { Engine } from '../../src/engine/session/engine';
import { encodeChat, renderChat } from '../../src/engine/tokens/chat';
import { readChat } from '../../src/engine/tokens/chatFiles';
import { loadTokenizer } from '../../src/engine/tokens/load';
import { chatModel } from '../chatModel';
import { chatFormOf } from '../../src/protocol/chat';

const chats = join(__dirname, '../fixtures/chats');
const builtIn = join(__dirname, '../../media/models');
/** Python's renderings. */
const golden = JSON.parse(readFileSync(join(chats, 'golden.json'), 'utf8')) as Record<
  string,
  {
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly rendered: Readonly<Record<string, string | { readonly refused: string }>>;
  }
>;
const specials = {
  specials: { ids: new Set<number>(), bos: { id: 0, token: '<s>' }, eos: { id: 1, token: '</s>' } },
};
const sourceOf = (file: string): string => readFileSync(join(chats, file), 'utf8');
const templateOf = (name: string): string => readFileSync(join(chats, `${name}.jinja`), 'utf8');
const messagesOf = (file: string) => readChat(sourceOf(file), chatFormOf(file)) ?? [];

const tokenizers = [join(__dirname, '../fixtures/tokens'), process.env.HEADLIGHT_FIXTURES]
  .filter((folder) => folder !== undefined)
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((folder) => existsSync(join(folder, 'tokenizer.json')))
  .map((folder) => ({ folder, loaded: loadTokenizer(folder) }));

describe('files of chat messages', () => {
  for (const [file, { messages }] of Object.entries(golden)) {
    test(`${file}: roles and words, and where each of them stands`, () => {
      const source = sourceOf(file);
      const read = messagesOf(file);
      assert.deepEqual(
        read.map(({ role, content }) => ({ role, content })),
        messages,
      );
      for (const { content, positions } of read)
        for (let unit = 0; unit < content.length; unit++) {
          const literal = source.slice(positions[unit], positions[unit + 1]);
          const written = file.endsWith('.json') ? (JSON.parse(`"${literal}"`) as string) : literal;
          assert.equal(written, content[unit]);
        }
    });
  }

  test('words before the first role are the system’s of Prompty, the user’s of Dotprompt; older and annotated marks are read too', () => {
    const rolesIn = (text: string) => readChat(text, 'prompt')?.map(({ role, content }) => [role, content]);
    assert.deepEqual(rolesIn('Be kind.\r\n# USER:\r\nHello\r\n'), [
      ['system', 'Be kind.'],
      ['user', 'Hello'],
    ]);
    assert.deepEqual(rolesIn('Say:\n{{role "model"}}\nSo.'), [
      ['user', 'Say:'],
      ['assistant', 'So.'],
    ]);
    assert.deepEqual(rolesIn('system[name="a"]:\nBe kind.\nuser:\nHello: user: you'), [
      ['system', 'Be kind.'],
      ['user', 'Hello: user: you'],
    ]);
  });

  test('other texts are none: without roles, with a heading that is called like one, or without a name that says so', () => {
    assert.equal(readChat('Just a prompt.', 'prompt'), undefined);
    assert.equal(readChat('# System\n\nLinux.\n\n# Install\n', 'markdown'), undefined);
    assert.equal(readChat('A report.\n\n## System\n\nLinux.\n\n## User\n\nMe.\n', 'markdown'), undefined);
    assert.equal(readChat('system:\nBe kind.\nuser:\nHello', undefined), undefined);
    assert.deepEqual(
      ['a/b.prompt', 'b.PROMPTY', 'c.prompt.md', 'd.txt', 'prompt', 'e.json'].map(chatFormOf),
      ['prompt', 'prompt', 'markdown', undefined, undefined, undefined],
    );
  });

  test('long lines of nothing are read at once', () => {
    const blanks = ' '.repeat(100_000);
    const began = performance.now();
    for (const hostile of [
      `${blanks}x\nuser${blanks}x`,
      `# user${blanks}x`,
      `{{role ${blanks}`,
      '<!--'.repeat(25_000),
      `---\n${'--\n'.repeat(30_000)}`,
      '#'.repeat(100_000),
    ])
      readChat(`${hostile}\nuser:\nHello`, 'markdown');
    assert.ok(performance.now() - began < 2000);
  });
});

describe('chat templates, against the renderings of Python’s Jinja', () => {
  for (const [file, { rendered }] of Object.entries(golden)) {
    for (const [template, expected] of Object.entries(rendered)) {
      test(`${file} by ${template}`, async () => {
        const messages = messagesOf(file);
        if (typeof expected !== 'string') {
          assert.throws(
            () => renderChat(templateOf(template), messages, specials),
            (error: unknown) => error instanceof UserError && error.message.includes(expected.refused),
          );
          return;
        }
        const chat = renderChat(templateOf(template), messages, specials);
        assert.equal(chat.text, expected);
        // The words of the messages, and nothing else, have places in the file.
        const source = sourceOf(file);
        const found = Array.from(chat.text).filter((_, i) => chat.positions[i] >= 0).length > 0;
        assert.ok(found);
        if (!file.endsWith('.json'))
          for (let unit = 0; unit < chat.text.length; unit++)
            if (chat.positions[unit] >= 0 && chat.positions[unit + 1] === chat.positions[unit] + 1)
              assert.equal(source[chat.positions[unit]], chat.text[unit]);
        for (const { folder, loaded } of tokenizers) {
          const tokenizer = await loaded;
          const encoded = await encodeChat(chat, tokenizer);
          const plain = await tokenizer.encode(expected, undefined, { addSpecialTokens: false });
          assert.deepEqual(encoded.tokens.ids, plain.ids, folder);
          const ends = encoded.chat.parts.map(({ tokens }) => tokens);
          assert.equal(ends[0][0], 0);
          assert.equal(ends.at(-1)?.[1], plain.ids.length);
          ends.slice(1).forEach(([from], i) => assert.equal(from, ends[i][1], folder));
        }
      });
    }
  }

  test('each message has what the template writes around it, and the answer is begun', () => {
    const partsOf = (file: string, template: string) => {
      const { text, parts } = renderChat(templateOf(template), messagesOf(file), specials);
      return parts.map(({ role, from, isAnswer }, i) => [
        isAnswer ? `${role}?` : role,
        text.slice(from, parts[i + 1]?.from),
      ]);
    };
    assert.deepEqual(partsOf('dotprompt.prompt', 'chatml'), [
      ['system', '<|im_start|>system\nBe terse.<|im_end|>\n'],
      ['user', '<|im_start|>user\nWhat is {{thing}}?<|im_end|>\n'],
      ['assistant', '<|im_start|>assistant\nA thing.<|im_end|>\n'],
      ['user', '<|im_start|>user\nAnd then?<|im_end|>\n'],
      ['assistant?', '<|im_start|>assistant\n'],
    ]);
    // The system's words are a part of the first instruction.
    assert.deepEqual(partsOf('dotprompt.prompt', 'instructions'), [
      ['system', '<s> [INST] Be terse.'],
      ['user', '\n\nWhat is {{thing}}? [/INST]'],
      ['assistant', ' A thing.</s>'],
      ['user', ' [INST] And then? [/INST]'],
    ]);
    assert.deepEqual(
      partsOf('review.json', 'turns').map(([role]) => role),
      ['user', 'assistant', 'user', 'assistant?'],
    );
  });
});

describe('inspecting a file of messages', { concurrency: false }, () => {
  const folder = chatModel();
  after(() => rmSync(folder, { recursive: true, force: true }));
  const engine = new Engine({
    modelsFolder: builtIn,
    events: { progress: () => undefined, log: () => undefined },
  });

  for (const file of ['review.prompt', 'review.md']) {
    test(`${file}: every token has its range in the file, or is the template’s`, async () => {
      const text = sourceOf(file);
      const inspection = await engine.inspect(1, {
        model: folder,
        text,
        chat: chatFormOf(file),
        parse: 'none',
      });
      const { tokens, chat, notes } = inspection;
      assert.equal(inspection.text, text);
      assert.equal(chat?.text, golden[file].rendered.chatml);
      assert.deepEqual(
        chat.parts.map(({ role }) => role),
        ['system', 'user', 'assistant', 'user', 'assistant'],
      );
      assert.match(notes[0], /^4 messages were written as .* reads a chat, by its own template\.$/);
      tokens.ids.forEach((_, token) => {
        const [from, to] = [tokens.offsets[2 * token], tokens.offsets[2 * token + 1]];
        if (chat.text[chat.offsets[2 * token]] === '<')
          assert.match(tokens.pieces[token], /^<\|im_(start|end)\|>$/);
        const read = chat.text.slice(chat.offsets[2 * token], chat.offsets[2 * token + 1]);
        assert.equal(tokens.special[token], from < 0 ? 1 : 0);
        // A token that holds the end of the words and the beginning of what the template goes on with ends with the words.
        if (from >= 0) assert.ok(read.startsWith(text.slice(from, to)), `${token}`);
      });
      const said = golden[file].messages.map(({ content }) => content).join('');
      // Tokens that are the bytes of one character have its range in common.
      let reached = 0;
      const covered = Array.from(tokens.ids.keys(), (token) => {
        const [from, to] = [tokens.offsets[2 * token], tokens.offsets[2 * token + 1]];
        const own = text.slice(Math.max(from, reached), Math.max(to, reached));
        if (from >= 0) reached = to;
        return from < 0 ? '' : own;
      }).join('');
      assert.equal(covered.replace(/\s/g, ''), said.replace(/\s/g, ''));
      // Words are those of the messages; each token of theirs is in one, and none of the template's.
      assert.equal(inspection.words.text.join('').replace(/\s/g, ''), said.replace(/\s/g, ''));
      tokens.words.forEach((word, token) => {
        const isBlank = /^\s*$/.test(text.slice(tokens.offsets[2 * token], tokens.offsets[2 * token + 1]));
        if (tokens.special[token] === 1) assert.equal(word, -1);
        else if (!isBlank) assert.ok(word >= 0, `${token}`);
      });
    });
  }

  test('the numbers are those of the rendered text', async () => {
    const file = 'review.prompt';
    const chat = await engine.inspect(1, {
      model: folder,
      text: sourceOf(file),
      chat: 'prompt',
      parse: 'none',
    });
    const rendered = golden[file].rendered.chatml as string;
    const plain = await engine.inspect(2, { model: folder, text: rendered, parse: 'none' });
    assert.deepEqual(chat.tokens.ids, plain.tokens.ids);
    assert.equal(chat.target.value, plain.target.value);
    assert.deepEqual(
      await engine.surprisal(3, { inspection: chat.id }),
      await engine.surprisal(4, { inspection: plain.id }),
    );
  });

  test('what an edit changed is asked at the answer, in the new rendering', async () => {
    const text = sourceOf('review.prompt');
    const before = text.replace('stale', 'very funny').replace(' a small', '');
    const request = { model: folder, chat: 'prompt' as const, parse: 'none' as const, saliency: [] };
    const { id, target } = await engine.inspect(1, { ...request, text });
    const changes = await engine.changes(2, { inspection: id, before: { text: before } });
    const earlier = await engine.inspect(3, { ...request, text: before, target: { id: target.id } });
    assert.equal(changes.edits.length, 2);
    assert.ok(Math.abs(changes.before.probability - earlier.target.probability) < 1e-6);
  });

  test('without a template the file is plain text, and that is said', async () => {
    const text = sourceOf('review.prompt');
    const { chat, notes, tokens } = await engine.inspect(1, {
      model: 'headlight-decoder',
      text,
      chat: 'prompt',
      parse: 'none',
    });
    assert.equal(chat, undefined);
    assert.equal(
      notes[0],
      'headlight-decoder has no chat template: the file of 4 messages is read as plain text, marks of the roles included.',
    );
    const first = Array.from(tokens.ids.keys()).find((token) => tokens.special[token] === 0) ?? -1;
    assert.ok(text.slice(0, tokens.offsets[2 * first + 1]).startsWith('--'));
  });

  test('placeholders are read as they stand, and that is said', async () => {
    const { notes } = await engine.inspect(1, {
      model: folder,
      text: sourceOf('dotprompt.prompt'),
      chat: 'prompt',
      parse: 'none',
    });
    assert.ok(
      notes.some((note) => note.startsWith('Placeholders such as {{thing}} are read as they stand.')),
    );
  });
});
