import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from 'tokenizers';
import { UserError } from '../errors';
import { type AddedToken, findSpecialTokens, isObject, type JsonObject, type TokenConfigs } from './specials';
import { ModelTokenizer, reason } from './tokenizer';
import { askForTokenizerJson, bytePairTokenizer, wordPieceTokenizer } from './vocabulary';

/**
 * The tokenizer of a model folder: from `tokenizer.json`, else from `vocab.txt`, else from `vocab.json` and
 * `merges.txt`, together with `tokenizer_config.json`, `special_tokens_map.json` and `config.json` where they exist.
 *
 * @throws UserError naming the folder and what to put there
 */
export async function loadTokenizer(folder: string): Promise<ModelTokenizer> {
  const [tokenizer = {}, specials = {}, added = {}, model = {}] = await Promise.all([
    readJson(folder, 'tokenizer_config.json'),
    readJson(folder, 'special_tokens_map.json'),
    readJson(folder, 'added_tokens.json'),
    readJson(folder, 'config.json'),
  ]);
  const configs = { tokenizer, specials, added, model };
  const { file, spec, text } = await readSpec(folder, configs);
  const unknown = unknownInTemplate(spec.post_processor);
  if (unknown !== undefined) {
    throw new UserError(
      `${file} in ${folder} puts ${unknown} around a text, but does not say which token that is; download it again, or ${askForTokenizerJson}`,
      'model',
    );
  }
  let library: Tokenizer;
  try {
    library = Tokenizer.fromString(text ?? JSON.stringify(spec));
  } catch (cause) {
    throw new UserError(
      `${file} in ${folder} does not describe a tokenizer that can be read (${reason(cause)}); download it again, or ${askForTokenizerJson}`,
      'model',
      { cause },
    );
  }
  const specialTokens = findSpecialTokens(
    configs,
    addedTokensOf(spec),
    (token) => library.tokenToId(token) ?? undefined,
    (id) => library.idToToken(id) ?? undefined,
  );
  return new ModelTokenizer(
    library,
    specialTokens,
    vocabularySize(spec),
    folder,
    await chatTemplateOf(folder, tokenizer),
  );
}

/** `chat_template.jinja`, else the template in `tokenizer_config.json` (of several: the one named `default`). */
async function chatTemplateOf(folder: string, config: JsonObject): Promise<string | undefined> {
  const file = await read(folder, 'chat_template.jinja');
  if (file !== undefined) return file;
  const stated = config.chat_template;
  if (typeof stated === 'string') return stated;
  if (!Array.isArray(stated)) return undefined;
  const named = stated.filter(isObject);
  const chosen = named.find(({ name }) => name === 'default') ?? named[0];
  return typeof chosen?.template === 'string' ? chosen.template : undefined;
}

interface FoundSpec {
  /** The file that it comes from, for messages. */
  readonly file: string;
  readonly spec: JsonObject;
  /** The text of `spec`, where it was read as such. */
  readonly text?: string;
}

async function readSpec(folder: string, configs: TokenConfigs): Promise<FoundSpec> {
  const text = await read(folder, 'tokenizer.json');
  if (text !== undefined)
    return { file: 'tokenizer.json', spec: parseJson(text, folder, 'tokenizer.json'), text };
  const vocabTxt = await read(folder, 'vocab.txt');
  if (vocabTxt !== undefined) {
    return { file: 'vocab.txt', spec: wordPieceTokenizer(vocabTxt, configs, folder) };
  }
  const [vocabulary, merges] = await Promise.all([
    readJson(folder, 'vocab.json'),
    read(folder, 'merges.txt'),
  ]);
  if (vocabulary && merges !== undefined) {
    return { file: 'vocab.json', spec: bytePairTokenizer(vocabulary, merges, configs, folder) };
  }
  for (const file of ['spiece.model', 'tokenizer.model', 'sentencepiece.bpe.model']) {
    if (await exists(folder, file)) {
      throw new UserError(
        `${folder} has its tokenizer only as a SentencePiece file (${file}); ${askForTokenizerJson}`,
        'model',
      );
    }
  }
  throw new UserError(
    `No tokenizer in ${folder}: put the model's tokenizer.json there (or vocab.txt, or vocab.json and merges.txt).`,
    'model',
  );
}

async function read(folder: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UserError(`${name} in ${folder} cannot be read: ${reason(cause)}.`, 'model', { cause });
  }
}

async function exists(folder: string, name: string): Promise<boolean> {
  return access(join(folder, name)).then(
    () => true,
    () => false,
  );
}

async function readJson(folder: string, name: string): Promise<JsonObject | undefined> {
  const text = await read(folder, name);
  return text === undefined ? undefined : parseJson(text, folder, name);
}

function parseJson(text: string, folder: string, name: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new UserError(
      `${name} in ${folder} is not valid JSON (${reason(cause)}); download it again.`,
      'model',
      { cause },
    );
  }
  if (isObject(value)) return value;
  throw new UserError(`${name} in ${folder} should hold a JSON object; download it again.`, 'model');
}

/**
 * A special token that a post-processor's template names and its table lacks. The library takes such a file, and ends the
 * whole process at the first text.
 */
function unknownInTemplate(processor: unknown): string | undefined {
  if (!isObject(processor)) return undefined;
  if (Array.isArray(processor.processors)) {
    return processor.processors.map(unknownInTemplate).find((token) => token !== undefined);
  }
  const known = isObject(processor.special_tokens) ? processor.special_tokens : {};
  const templates: unknown[] = [processor.single, processor.pair].flat();
  for (const piece of templates) {
    if (!isObject(piece) || !isObject(piece.SpecialToken)) continue;
    const { id } = piece.SpecialToken;
    if (typeof id === 'string' && !Object.hasOwn(known, id)) return id;
  }
  return undefined;
}

function addedTokensOf(spec: JsonObject): AddedToken[] {
  if (!Array.isArray(spec.added_tokens)) return [];
  return spec.added_tokens.filter(
    (token: unknown): token is AddedToken =>
      isObject(token) && typeof token.id === 'number' && typeof token.content === 'string',
  );
}

/** The largest id plus one; ids may have holes, so this can be more than the number of entries. */
function vocabularySize(spec: JsonObject): number {
  const vocab = isObject(spec.model) ? spec.model.vocab : undefined;
  let largest = -1;
  if (Array.isArray(vocab)) largest = vocab.length - 1;
  else if (isObject(vocab)) {
    for (const id of Object.values(vocab)) if (typeof id === 'number' && id > largest) largest = id;
  }
  for (const { id } of addedTokensOf(spec)) if (id > largest) largest = id;
  return largest + 1;
}
