import type { InspectRequest, TokenRow } from '../../protocol/inspection';
import type { ModelSummary } from '../../protocol/model';
import { UserError } from '../errors';
import type { Chat } from '../../protocol/chat';
import { encodeChat, renderChat } from '../tokens/chat';
import { readChat, type ChatMessage } from '../tokens/chatFiles';
import type { EncodedText, ModelTokenizer } from '../tokens/tokenizer';
import { windowAround } from '../tokens/window';
import type { SequenceInputs } from './feeds';
import type { ModelConfig } from './folder';

/** Tokens that are taken where a model does not say how many it can: enough for a page. */
const defaultLimit = 512;

/** A request as the model takes it. */
export interface PreparedInputs {
  /** The part of the text that is inspected, and where it begins. */
  readonly text: string;
  readonly start: number;
  readonly tokens: Omit<TokenRow, 'words'>;
  readonly pair?: Omit<TokenRow, 'words'>;
  readonly sequence: SequenceInputs;
  /** Token that was replaced by the mask, for masked language models without a mask in the text. */
  readonly masked?: number;
  /** There where the text is a file of chat messages, rendered by the model's template. */
  readonly chat?: Chat;
  readonly notes: readonly string[];
}

/** What is asked of a model before its inputs can be made. */
export interface InputsOf {
  readonly task: ModelSummary['task'];
  readonly config: ModelConfig;
  readonly tokenizer: ModelTokenizer | undefined;
  readonly name: string;
  /** Most tokens the user wants inspected at once; 0 for no limit but the model's. */
  readonly mostTokens?: number;
}

/**
 * Tokenises what the user gave: the text or the window of it that fits, a pair or decoder side, or exact ids.
 * @throws UserError where there is nothing to inspect, or no tokenizer to do it with
 */
export async function prepareInputs(request: InspectRequest, model: InputsOf): Promise<PreparedInputs> {
  if (request.inputIds !== undefined) return exactInputs(request, model);
  if (request.feeds !== undefined && request.text === '') return fedInputs(request, model);
  const { tokenizer } = model;
  if (tokenizer === undefined) {
    throw new UserError(
      `“${model.name}” has no tokenizer, so it cannot read text. Put its tokenizer.json beside config.json, or give token ids.`,
      'model',
    );
  }
  if (request.text.trim() === '') {
    throw new UserError(
      'There is nothing to inspect: the text is empty. Select some text, or put the cursor into a paragraph.',
      'input',
    );
  }
  const messages = readChat(request.text, request.chat);
  if (messages !== undefined && tokenizer.chatTemplate !== undefined)
    return chatInputs(request, messages, tokenizer.chatTemplate, model, tokenizer);
  const isSeq2Seq = model.task === 'seq2seq';
  const notes = messages === undefined ? [] : [withoutTemplate(messages, model)];
  const room = limitOf(model);
  const pairRoom = request.pair === undefined || isSeq2Seq ? 0 : Math.floor(room / 2);
  const window = await windowAround(request.text, request.focus ?? [0, 0], room - pairRoom, tokenizer);
  if (window.cut) {
    notes.push(
      `The text is longer than the ${room} tokens that ${model.name} takes: characters ${window.start} to ${window.end} of ${request.text.length}, around the selection, are shown.`,
    );
  }
  const encoded =
    request.pair === undefined || isSeq2Seq
      ? window.tokens
      : await encodePair(tokenizer, window.text, request.pair, room);
  const decoder = isSeq2Seq ? await decoderSide(request, model, tokenizer) : undefined;
  const { ids, masked } = maskOne(encoded, window.start, request, model, notes);
  warnOfUnknown(encoded, tokenizer, notes);
  return {
    text: window.text,
    start: window.start,
    tokens: encoded,
    ...(decoder === undefined ? {} : { pair: decoder }),
    sequence: {
      inputIds: ids,
      attentionMask: Array.from(encoded.attentionMask),
      typeIds: encoded.typeIds,
      ...(decoder === undefined ? {} : { decoderInputIds: decoder.ids }),
      ...(request.feeds === undefined ? {} : { given: request.feeds }),
    },
    ...(masked === undefined ? {} : { masked }),
    notes,
  };
}

function withoutTemplate({ length }: readonly ChatMessage[], { name }: InputsOf): string {
  return `${name} has no chat template: the file of ${length} ${length === 1 ? 'message' : 'messages'} is read as plain text, marks of the roles included.`;
}

/** A file of chat messages, for a model that chats: rendered as the model was trained to read it. */
async function chatInputs(
  request: InspectRequest,
  messages: readonly ChatMessage[],
  template: string,
  model: InputsOf,
  tokenizer: ModelTokenizer,
): Promise<PreparedInputs> {
  const { tokens, chat } = await encodeChat(renderChat(template, messages, tokenizer), tokenizer);
  const room = limitOf(model);
  if (tokens.ids.length > room) {
    throw new UserError(
      `The chat has ${tokens.ids.length} tokens; ${model.name} takes ${room}. Take out some of its messages.`,
      'input',
    );
  }
  return {
    text: request.text,
    start: 0,
    tokens,
    sequence: {
      inputIds: tokens.ids,
      attentionMask: Array.from(tokens.attentionMask),
      typeIds: tokens.typeIds,
    },
    chat,
    notes: [
      `${messages.length} ${messages.length === 1 ? 'message was' : 'messages were'} written as ${model.name} reads a chat, by its own template.`,
      ...placeholdersIn(messages),
    ],
  };
}

/** Variables of prompt files are filled in by the programs that use them; here they stay. */
function placeholdersIn(messages: readonly ChatMessage[]): string[] {
  const [found] = messages.flatMap(({ content }) => /\{\{[^{}\n]{1,60}\}\}/.exec(content)?.[0] ?? []);
  return found === undefined
    ? []
    : [
        `Placeholders such as ${found} are read as they stand. Put words in their place to see what the model makes of them.`,
      ];
}

function limitOf({ config, mostTokens }: InputsOf): number {
  const own = config.contextLength > 0 ? config.contextLength : defaultLimit;
  return mostTokens !== undefined && mostTokens > 0 ? Math.min(own, mostTokens) : Math.min(own, 2048);
}

async function encodePair(
  tokenizer: ModelTokenizer,
  text: string,
  pair: string,
  room: number,
): Promise<EncodedText> {
  const encoded = await tokenizer.encode(text, pair);
  if (encoded.ids.length <= room) return encoded;
  throw new UserError(
    `The two texts have ${encoded.ids.length} tokens together; the model takes ${room}. Select shorter ones.`,
    'input',
  );
}

/** The decoder begins with its start token, then sees the second text without special tokens. */
async function decoderSide(
  request: InspectRequest,
  { config }: InputsOf,
  tokenizer: ModelTokenizer,
): Promise<Omit<TokenRow, 'words'>> {
  const start =
    config.decoderStartToken ?? config.padToken ?? config.bosToken ?? tokenizer.specials.bos?.id ?? 0;
  if (request.decoderInputIds !== undefined) return rowOfIds(request.decoderInputIds, tokenizer);
  const encoded = await tokenizer.encode(request.pair ?? '', undefined, { addSpecialTokens: false });
  return {
    ids: Int32Array.from([start, ...encoded.ids]),
    pieces: [tokenizer.pieceOf(start) ?? `#${start}`, ...encoded.pieces],
    offsets: Int32Array.from([-1, -1, ...encoded.offsets]),
    special: Uint8Array.from([1, ...encoded.special]),
  };
}

/** Masked language models predict a masked token: the one that is asked for is masked, or, where the text has no mask, the one at the focus. */
function maskOne(
  encoded: EncodedText,
  windowStart: number,
  request: InspectRequest,
  { task, tokenizer, name }: InputsOf,
  notes: string[],
): { ids: Int32Array; masked?: number } {
  const mask = tokenizer?.specials.mask;
  if (task !== 'masked-lm' || mask === undefined) return { ids: encoded.ids };
  const hasMask = encoded.ids.includes(mask.id);
  const asked = request.target?.position;
  if (asked === undefined && hasMask) return { ids: encoded.ids };
  const at = asked ?? tokenAt(encoded, (request.focus?.[0] ?? 0) - windowStart);
  if (at === undefined || encoded.special[at] !== 0 || encoded.ids[at] === mask.id)
    return { ids: encoded.ids };
  const ids = Int32Array.from(encoded.ids);
  ids[at] = mask.id;
  const why = hasMask ? 'It was asked about another one than' : 'The text has no';
  notes.push(`${name} predicts masked tokens. ${why} ${mask.token}, so “${encoded.pieces[at]}” was masked.`);
  return { ids, masked: at };
}

/** The token at a UTF-16 index, else the next one, else the last; special tokens left out. */
function tokenAt({ offsets, special }: EncodedText, index: number): number | undefined {
  let last: number | undefined;
  for (let i = 0; i < special.length; i++) {
    if (special[i] === 1) continue;
    last = i;
    if (offsets[2 * i + 1] > index) return i;
  }
  return last;
}

function warnOfUnknown(encoded: EncodedText, tokenizer: ModelTokenizer, notes: string[]): void {
  const unknown = tokenizer.specials.unk?.id;
  if (unknown === undefined) return;
  let own = 0;
  let lost = 0;
  encoded.ids.forEach((id, i) => {
    // The library marks unknown tokens as ordinary ones; only those it added itself are special.
    if (encoded.special[i] === 1) return;
    own++;
    if (id === unknown) lost++;
  });
  if (own > 0 && lost === own) {
    notes.push(
      `The model's vocabulary knows none of this text: all ${own} tokens are “${tokenizer.specials.unk?.token}”, so what it says means nothing. Choose a model for this language.`,
    );
  } else if (lost > 0) {
    notes.push(`${lost} of ${own} tokens are unknown to the model's vocabulary.`);
  }
}

function rowOfIds(ids: readonly number[], tokenizer: ModelTokenizer | undefined): Omit<TokenRow, 'words'> {
  return {
    ids: Int32Array.from(ids),
    pieces: ids.map((id) => tokenizer?.pieceOf(id) ?? `#${id}`),
    offsets: new Int32Array(2 * ids.length).fill(-1),
    special: Uint8Array.from(ids, (id) => (tokenizer?.specials.ids.has(id) === true ? 1 : 0)),
  };
}

function exactInputs(request: InspectRequest, { tokenizer }: InputsOf): PreparedInputs {
  const ids = request.inputIds ?? [];
  if (ids.length === 0)
    throw new UserError('There is nothing to inspect: the list of token ids is empty.', 'input');
  const tokens = rowOfIds(ids, tokenizer);
  const decoderIds = request.decoderInputIds;
  return {
    text: '',
    start: 0,
    tokens,
    ...(decoderIds === undefined ? {} : { pair: rowOfIds(decoderIds, tokenizer) }),
    sequence: {
      inputIds: ids,
      attentionMask: new Uint8Array(ids.length).fill(1),
      typeIds: new Uint8Array(ids.length),
      ...(decoderIds === undefined ? {} : { decoderInputIds: decoderIds }),
      ...(request.feeds === undefined ? {} : { given: request.feeds }),
    },
    notes: [],
  };
}

/** Everything comes from tensors: the ids among them make the token row. */
function fedInputs(request: InspectRequest, { tokenizer }: InputsOf): PreparedInputs {
  const idsOf = (name: string): number[] | undefined => {
    const tensor = request.feeds?.[name];
    return tensor === undefined ? undefined : Array.from(tensor.data as ArrayLike<number | bigint>, Number);
  };
  const ids = idsOf('input_ids') ?? [];
  const decoderIds = idsOf('decoder_input_ids');
  const mask = idsOf('attention_mask') ?? new Array<number>(ids.length).fill(1);
  return {
    text: '',
    start: 0,
    tokens: rowOfIds(ids, tokenizer),
    ...(decoderIds === undefined ? {} : { pair: rowOfIds(decoderIds, tokenizer) }),
    sequence: {
      inputIds: ids,
      attentionMask: mask,
      typeIds: idsOf('token_type_ids') ?? new Uint8Array(ids.length),
      ...(decoderIds === undefined ? {} : { decoderInputIds: decoderIds }),
      given: request.feeds,
    },
    notes: [],
  };
}
