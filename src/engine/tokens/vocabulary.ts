import { UserError } from '../errors';
import {
  type AddedToken,
  isObject,
  type JsonObject,
  namedToken,
  tokenText,
  type TokenConfigs,
} from './specials';

/**
 * Tokenizers of models that were published before `tokenizer.json`: from `vocab.txt` (WordPiece) or `vocab.json` and
 * `merges.txt` (byte-level BPE) the same description is made that `tokenizer.json` would hold, so that there is one
 * way into the library.
 */

/** What {@link wordPieceTokenizer} and {@link bytePairTokenizer} make: the content of a `tokenizer.json`. */
export type TokenizerSpec = JsonObject & { readonly added_tokens: readonly AddedToken[] };

/**
 * BERT's tokenizer from the lines of `vocab.txt`.
 * `do_lower_case`, `strip_accents` and `tokenize_chinese_chars` of `tokenizer_config.json` are honoured; where
 * `do_lower_case` is not said, a vocabulary with capital letters is taken for a cased one.
 */
export function wordPieceTokenizer(vocabTxt: string, configs: TokenConfigs, folder: string): TokenizerSpec {
  const lines = vocabTxt.replace(/\r?\n$/, '').split(/\r?\n/);
  const vocab = Object.fromEntries(lines.map((piece, id) => [piece, id]));
  const role = {
    unk: namedToken('unk', configs) ?? '[UNK]',
    cls: namedToken('cls', configs) ?? '[CLS]',
    sep: namedToken('sep', configs) ?? '[SEP]',
    pad: namedToken('pad', configs) ?? '[PAD]',
    mask: namedToken('mask', configs) ?? '[MASK]',
  };
  for (const token of [role.unk, role.cls, role.sep]) {
    if (vocab[token] === undefined) {
      throw new UserError(
        `vocab.txt in ${folder} has no ${token}, so it is not a BERT vocabulary; ${askForTokenizerJson}`,
        'model',
      );
    }
  }
  const specialNames = new Set(Object.values(role));
  const cased = lines.some((piece) => !specialNames.has(piece) && /^(##)?[A-Z]/.test(piece));
  const { do_lower_case, strip_accents, tokenize_chinese_chars } = configs.tokenizer;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(vocab, [...specialNames], configs),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: tokenize_chinese_chars !== false,
      strip_accents: typeof strip_accents === 'boolean' ? strip_accents : null,
      lowercase: typeof do_lower_case === 'boolean' ? do_lower_case : !cased,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: surround(vocab, role.cls, role.sep),
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: role.unk,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

/** Kinds of byte-level BPE that differ in what is done before and after the merges. */
type BytePairFamily = 'gpt2' | 'roberta' | 'clip' | 'qwen2';

const families: readonly (readonly [RegExp, BytePairFamily])[] = [
  [/^(gpt-?2|gpt_?neo$|gptj?$|opt$|codegen|phi$|whisper)/i, 'gpt2'],
  [/^(roberta|bart$|xlm?-?roberta|longformer|led$|camembert|mvp$|blenderbot$)/i, 'roberta'],
  [/^clip/i, 'clip'],
  [/^qwen(2|3)/i, 'qwen2'],
];

/**
 * Byte-level BPE from `vocab.json` and `merges.txt`, as GPT-2, RoBERTa, CLIP and Qwen2 use it.
 *
 * @throws UserError for a tokenizer class of which the two files do not say how it splits text
 */
export function bytePairTokenizer(
  vocabulary: JsonObject,
  mergesTxt: string,
  configs: TokenConfigs,
  folder: string,
): TokenizerSpec {
  const vocab: Record<string, number> = {};
  for (const [piece, id] of Object.entries(vocabulary)) if (typeof id === 'number') vocab[piece] = id;
  const merges = mergesTxt.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#version'));
  const family = bytePairFamily(configs, folder);
  const prefixSpace = configs.tokenizer.add_prefix_space === true;
  const named = (role: 'unk' | 'cls' | 'sep' | 'bos' | 'eos' | 'pad' | 'mask') => namedToken(role, configs);
  const specialNames = (['unk', 'cls', 'sep', 'bos', 'eos', 'pad', 'mask'] as const)
    .map(named)
    .filter((token) => token !== undefined);
  if (family === 'roberta') specialNames.push('<s>', '</s>', '<unk>', '<pad>', '<mask>');
  else if (family === 'clip') specialNames.push('<|startoftext|>', '<|endoftext|>');
  else specialNames.push('<|endoftext|>');
  const added = addedTokens(vocab, [...new Set(specialNames)], configs);
  const idOf = (token: string): number | undefined =>
    vocab[token] ?? added.find(({ content }) => content === token)?.id;
  const common = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
  };
  const model = { type: 'BPE', dropout: null, fuse_unk: false, byte_fallback: false, vocab, merges };
  const bytes = (use_regex: boolean): JsonObject => ({
    type: 'ByteLevel',
    add_prefix_space: prefixSpace,
    trim_offsets: true,
    use_regex,
  });
  const split = (regex: string, behavior: string, invert: boolean): JsonObject => ({
    type: 'Split',
    pattern: { Regex: regex },
    behavior,
    invert,
  });
  switch (family) {
    case 'gpt2': {
      const bos = named('bos');
      const wrap = configs.tokenizer.add_bos_token === true && bos !== undefined;
      return {
        ...common,
        normalizer: null,
        pre_tokenizer: bytes(true),
        post_processor: wrap
          ? begin(idOf, bos)
          : { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
        model,
      };
    }
    case 'roberta':
      return {
        ...common,
        normalizer: null,
        pre_tokenizer: bytes(true),
        post_processor: robertaEnds(
          idOf,
          named('cls') ?? '<s>',
          named('sep') ?? '</s>',
          true,
          prefixSpace,
          folder,
        ),
        model,
      };
    case 'clip':
      return {
        ...common,
        normalizer: {
          type: 'Sequence',
          normalizers: [
            { type: 'NFC' },
            { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
            { type: 'Lowercase' },
          ],
        },
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [split(clipPattern, 'Removed', true), bytes(true)],
        },
        post_processor: robertaEnds(
          idOf,
          named('bos') ?? '<|startoftext|>',
          named('eos') ?? '<|endoftext|>',
          false,
          false,
          folder,
        ),
        model: {
          ...model,
          unk_token: named('unk') ?? '<|endoftext|>',
          continuing_subword_prefix: '',
          end_of_word_suffix: '</w>',
        },
      };
    case 'qwen2':
      return {
        ...common,
        normalizer: { type: 'NFC' },
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [split(qwenPattern, 'Isolated', false), bytes(false)],
        },
        post_processor: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
        model: { ...model, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '' },
      };
  }
}

const clipPattern =
  "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
const qwenPattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** What to do where the files at hand do not describe a tokenizer completely. */
export const askForTokenizerJson =
  'put a tokenizer.json beside it (in Python: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)).';

function bytePairFamily(configs: TokenConfigs, folder: string): BytePairFamily {
  const named = tokenText(configs.tokenizer.tokenizer_class)?.replace(/Tokenizer(Fast)?$/, '');
  const type = tokenText(configs.model.model_type);
  const generic = named === undefined || named === '' || named === 'PreTrained' || named === 'Auto';
  const kind = generic ? type : named;
  if (kind === undefined) return 'gpt2';
  const match = families.find(([pattern]) => pattern.test(kind));
  if (match) return match[1];
  throw new UserError(
    `vocab.json and merges.txt in ${folder} do not say how a ${kind} tokenizer splits text; ${askForTokenizerJson}`,
    'model',
  );
}

/** Special tokens, those of `added_tokens.json`, and `added_tokens_decoder` of `tokenizer_config.json`, which knows most. */
function addedTokens(
  vocab: Readonly<Record<string, number>>,
  specials: readonly string[],
  configs: TokenConfigs,
): AddedToken[] {
  const byId = new Map<number, AddedToken>();
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  for (const content of specials) {
    const id = vocab[content];
    // RoBERTa's mask swallows the blank before it, so that `a <mask>` is filled by a word that begins with a blank.
    if (id !== undefined) byId.set(id, { id, content, ...plain, lstrip: content === '<mask>' });
  }
  for (const [content, id] of Object.entries(configs.added)) {
    if (typeof id !== 'number') continue;
    const special = specials.includes(content);
    byId.set(id, { id, content, ...plain, special, normalized: !special, lstrip: content === '<mask>' });
  }
  const listed = configs.tokenizer.added_tokens_decoder;
  for (const [key, entry] of Object.entries(isObject(listed) ? listed : {})) {
    const content = tokenText(entry);
    const id = Number(key);
    if (!isObject(entry) || content === undefined || !Number.isInteger(id)) continue;
    byId.set(id, {
      id,
      content,
      single_word: entry.single_word === true,
      lstrip: entry.lstrip === true,
      rstrip: entry.rstrip === true,
      normalized: entry.normalized === true,
      special: entry.special === true,
    });
  }
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

function surround(vocab: Readonly<Record<string, number>>, cls: string, sep: string): JsonObject {
  const special = (id: string, type_id: number): JsonObject => ({ SpecialToken: { id, type_id } });
  const sequence = (id: 'A' | 'B', type_id: number): JsonObject => ({ Sequence: { id, type_id } });
  const entry = (token: string): JsonObject => ({ id: token, ids: [vocab[token]], tokens: [token] });
  const single = [special(cls, 0), sequence('A', 0), special(sep, 0)];
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, sequence('B', 1), special(sep, 1)],
    special_tokens: { [cls]: entry(cls), [sep]: entry(sep) },
  };
}

function begin(idOf: (token: string) => number | undefined, bos: string): JsonObject {
  const special = { SpecialToken: { id: bos, type_id: 0 } };
  return {
    type: 'TemplateProcessing',
    single: [special, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [special, { Sequence: { id: 'A', type_id: 0 } }, special, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: { [bos]: { id: bos, ids: [idOf(bos)], tokens: [bos] } },
  };
}

function robertaEnds(
  idOf: (token: string) => number | undefined,
  cls: string,
  sep: string,
  trim_offsets: boolean,
  add_prefix_space: boolean,
  folder: string,
): JsonObject {
  const ends = [sep, cls].map((token) => {
    const id = idOf(token);
    if (id === undefined) {
      throw new UserError(`vocab.json in ${folder} has no ${token}; ${askForTokenizerJson}`, 'model');
    }
    return [token, id];
  });
  return { type: 'RobertaProcessing', sep: ends[0], cls: ends[1], trim_offsets, add_prefix_space };
}
