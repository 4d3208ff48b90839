/** What a special token is for. */
export const specialRoles = ['pad', 'unk', 'cls', 'sep', 'mask', 'bos', 'eos'] as const;
export type SpecialRole = (typeof specialRoles)[number];

export interface SpecialToken {
  readonly id: number;
  /** As the vocabulary writes it: `[MASK]`, `</s>`. */
  readonly token: string;
}

/** The special tokens that a model has; a role that it does not have is left out. */
export interface SpecialTokens extends Readonly<Partial<Record<SpecialRole, SpecialToken>>> {
  /** Ids of all tokens that the tokenizer calls special, those without a role (`<|im_start|>`) included. */
  readonly ids: ReadonlySet<number>;
}

/** A token that is not split, as `tokenizer.json` and `tokenizer_config.json` describe it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** An object read from JSON, of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The files of a model folder that name special tokens; what is missing is an empty object. */
export interface TokenConfigs {
  /** `tokenizer_config.json` */
  readonly tokenizer: JsonObject;
  /** `special_tokens_map.json` */
  readonly specials: JsonObject;
  /** `added_tokens.json`: ids of tokens beyond the vocabulary, in old folders */
  readonly added: JsonObject;
  /** `config.json` */
  readonly model: JsonObject;
}

/** Names that a role goes by in published vocabularies, tried where no file says which token has it. */
const customary: Readonly<Record<SpecialRole, readonly string[]>> = {
  pad: ['[PAD]', '<pad>', '<|pad|>'],
  unk: ['[UNK]', '<unk>'],
  cls: ['[CLS]'],
  sep: ['[SEP]'],
  mask: ['[MASK]', '<mask>'],
  bos: ['<s>', '<bos>', '<|begin_of_text|>'],
  eos: ['</s>', '<eos>', '<|end_of_text|>', '<|endoftext|>'],
};

/** How a configuration file writes a token: the text itself, or an object with `content`. */
export function tokenText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return isObject(value) && typeof value.content === 'string' ? value.content : undefined;
}

/** The token that the configuration files name for a role. */
export function namedToken(role: SpecialRole, configs: TokenConfigs): string | undefined {
  const key = `${role}_token`;
  return tokenText(configs.tokenizer[key]) ?? tokenText(configs.specials[key]);
}

/**
 * Which token has which role: as `tokenizer_config.json` says, else `special_tokens_map.json`, else the ids of
 * `config.json`, else the customary names among the added tokens that are marked special.
 */
export function findSpecialTokens(
  configs: TokenConfigs,
  added: readonly AddedToken[],
  idOf: (token: string) => number | undefined,
  pieceOf: (id: number) => string | undefined,
): SpecialTokens {
  const special = added.filter((token) => token.special);
  const found: Partial<Record<SpecialRole, SpecialToken>> = {};
  for (const role of specialRoles) {
    const named = namedToken(role, configs);
    const namedId = named === undefined ? undefined : idOf(named);
    if (named !== undefined && namedId !== undefined) {
      found[role] = { id: namedId, token: named };
      continue;
    }
    const entry = configs.model[`${role}_token_id`];
    const id: unknown = Array.isArray(entry) ? entry[0] : entry;
    const piece = typeof id === 'number' && Number.isInteger(id) && id >= 0 ? pieceOf(id) : undefined;
    if (typeof id === 'number' && piece !== undefined) {
      found[role] = { id, token: piece };
      continue;
    }
    const usual = special.find((token) => customary[role].includes(token.content));
    if (usual) found[role] = { id: usual.id, token: usual.content };
  }
  const ids = new Set(special.map((token) => token.id));
  for (const role of specialRoles) {
    const token = found[role];
    if (token) ids.add(token.id);
  }
  return { ...found, ids };
}
