import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const repository = join(__dirname, '..');

interface TokenizerFile {
  readonly added_tokens: unknown[];
  readonly model: { vocab: Record<string, number>; merges: (string | readonly [string, string])[] };
}

/**
 * A model that chats, in a temporary folder: the built-in decoder with a ChatML template. The two marks of messages are tokens of their own, as
 * in models that were trained for it, in place of the two rarest of its vocabulary.
 */
export function chatModel(): string {
  const folder = mkdtempSync(join(tmpdir(), 'headlight-chat-model-'));
  cpSync(join(repository, 'media/models/headlight-decoder'), folder, { recursive: true });
  cpSync(join(repository, 'test/fixtures/chats/chatml.jinja'), join(folder, 'chat_template.jinja'));
  const path = join(folder, 'tokenizer.json');
  const file = JSON.parse(readFileSync(path, 'utf8')) as TokenizerFile;
  const { model } = file;
  const rarest = Object.entries(model.vocab)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 2);
  model.merges = model.merges.filter(
    (merge) =>
      !rarest.some(
        ([token]) => token === (typeof merge === 'string' ? merge.replace(' ', '') : merge.join('')),
      ),
  );
  ['<|im_start|>', '<|im_end|>'].forEach((content, i) => {
    const [token, id] = rarest[i];
    delete model.vocab[token];
    model.vocab[content] = id;
    const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
    file.added_tokens.push({ id, content, ...plain, special: true });
  });
  writeFileSync(path, JSON.stringify(file));
  return folder;
}
