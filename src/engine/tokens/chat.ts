import { Template } from '@huggingface/jinja';
import type { Chat, ChatPart } from '../../protocol/chat';
import { UserError } from '../errors';
import type { ChatMessage } from './chatFiles';
import { reason, type EncodedText, type ModelTokenizer } from './tokenizer';

/** A chat as the model reads it. */
export interface RenderedChat {
  readonly text: string;
  /** [text.length + 1] position in the source of each UTF-16 unit; −1 for what the template wrote. */
  readonly positions: Int32Array;
  /** One after the other: where each begins in the text. */
  readonly parts: readonly RenderedPart[];
}

/** A message as the template writes it, and what it writes around it. */
interface RenderedPart extends Pick<ChatPart, 'role' | 'isAnswer'> {
  readonly from: number;
}

/** Chats of more messages are divided where the contents end, without a rendering for each beginning. */
const mostRendered = 100;

/**
 * Renders messages with a model's chat template (Jinja, as `transformers` does), ready for the assistant's answer.
 * @throws UserError where the template refuses the messages
 */
export function renderChat(
  template: string,
  messages: readonly ChatMessage[],
  tokenizer: Pick<ModelTokenizer, 'specials'>,
): RenderedChat {
  const { bos, eos, unk, pad } = tokenizer.specials;
  const parsed = parsedTemplate(template);
  const isAnswered = messages.at(-1)?.role === 'assistant';
  const render = (contents: readonly string[], asks: boolean): string =>
    parsed.render({
      messages: contents.map((content, i) => ({ role: messages[i].role, content })),
      add_generation_prompt: asks,
      bos_token: bos?.token ?? '',
      eos_token: eos?.token ?? '',
      unk_token: unk?.token ?? '',
      pad_token: pad?.token ?? '',
    });
  const contents = messages.map(({ content }) => content);
  let text: string;
  let marked: string;
  try {
    text = render(contents, !isAnswered);
    // Marks of a private-use plane stand in for the contents in a second rendering: they tell where the template puts each of them.
    marked = render(
      contents.map((_, i) => markOf(i)),
      !isAnswered,
    );
  } catch (cause) {
    throw new UserError(
      `The model's chat template refuses these messages: ${reason(cause)}. Check the roles and their order.`,
      'input',
      { cause },
    );
  }
  const spans = spansOf(text, marked, messages);
  /** The length of the rendering of the first messages, where it is how the whole begins: many a template refuses some beginnings. */
  const beginningOf = (count: number): number | undefined => {
    if (messages.length > mostRendered) return undefined;
    try {
      const beginning = render(contents.slice(0, count), false);
      return text.startsWith(beginning) ? beginning.length : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    text,
    positions: positionsOf(text, messages, spans),
    parts: partsOf(messages, spans, beginningOf, text),
  };
}

function parsedTemplate(template: string): Template {
  try {
    return new Template(template);
  } catch (cause) {
    throw new UserError(
      `The model's chat template cannot be read: ${reason(cause)}. Download the model's tokenizer_config.json again.`,
      'model',
      { cause },
    );
  }
}

function markOf(message: number): string {
  return String.fromCodePoint(0xf0000 + message);
}

/** Where the words of a message stand in the rendered chat, and which of its content they are. */
interface Span {
  readonly start: number;
  readonly end: number;
  /** Units of the content that the template has left out before them. */
  readonly shift: number;
}

/** Undefined for messages whose words are not found, or that have none. */
function spansOf(text: string, marked: string, messages: readonly ChatMessage[]): (Span | undefined)[] {
  let from = 0;
  return messages.map(({ content }, i) => {
    const mark = marked.indexOf(markOf(i));
    if (mark < 0) return undefined;
    const before = literalBefore(marked, mark);
    const earliest = Math.max(0, from - before.length);
    // Templates often trim what they are given.
    const kept = text.includes(before + content, earliest) ? content : content.trim();
    const at = text.indexOf(before + kept, earliest);
    if (at < 0 || kept === '') return undefined;
    const start = at + before.length;
    from = start + kept.length;
    return { start, end: from, shift: content.indexOf(kept) };
  });
}

function positionsOf(
  text: string,
  messages: readonly ChatMessage[],
  spans: readonly (Span | undefined)[],
): Int32Array {
  const positions = new Int32Array(text.length + 1).fill(-1);
  spans.forEach((span, i) => {
    if (span === undefined) return;
    const { start, end, shift } = span;
    for (let unit = start; unit <= end; unit++) positions[unit] = messages[i].positions[shift + unit - start];
  });
  return positions;
}

/**
 * Where each message begins, with what the template writes around it: where the rendering of the messages before it ends. Where that is no
 * beginning of the whole, behind the words of the message before it.
 */
function partsOf(
  messages: readonly ChatMessage[],
  spans: readonly (Span | undefined)[],
  beginningOf: (count: number) => number | undefined,
  text: string,
): RenderedPart[] {
  const parts: RenderedPart[] = [];
  let reached = 0;
  messages.forEach(({ role }, i) => {
    const stated = i === 0 ? 0 : beginningOf(i);
    const isBetween = stated !== undefined && stated >= reached && stated <= (spans[i]?.start ?? text.length);
    parts.push({ role, from: isBetween ? stated : reached });
    reached = Math.max(reached, parts[i].from, spans[i]?.end ?? 0);
  });
  const answer = messages.at(-1)?.role === 'assistant' ? undefined : beginningOf(messages.length);
  if (answer !== undefined && answer >= reached && answer < text.length)
    parts.push({ role: 'assistant', from: answer, isAnswer: true });
  return parts;
}

/** The template's own words in front of a mark, back to the mark before. */
function literalBefore(marked: string, mark: number): string {
  const before = marked.slice(0, mark);
  const last = Math.max(
    ...Array.from(before.matchAll(/[\u{F0000}-\u{FFFFD}]/gu), (match) => match.index + match[0].length),
    0,
  );
  return before.slice(last);
}

/**
 * Tokens of a rendered chat, with ranges in the source: words of the messages have theirs, what the template wrote counts as special.
 * Special tokens stand in the rendered text already, so none are added.
 */
export async function encodeChat(
  chat: RenderedChat,
  tokenizer: ModelTokenizer,
): Promise<{ readonly tokens: EncodedText; readonly chat: Chat }> {
  const encoded = await tokenizer.encode(chat.text, undefined, { addSpecialTokens: false });
  const offsets = Int32Array.from(encoded.offsets);
  const special = Uint8Array.from(encoded.special);
  for (let i = 0; i < special.length; i++) {
    const start = offsets[2 * i] < 0 ? -1 : chat.positions[offsets[2 * i]];
    // The end of a token is where its last unit ends: the unit behind it may be the template's.
    const end = offsets[2 * i + 1] > offsets[2 * i] ? chat.positions[offsets[2 * i + 1]] : start;
    const isInside = start >= 0 && end >= start;
    offsets[2 * i] = isInside ? start : -1;
    offsets[2 * i + 1] = isInside ? end : -1;
    if (!isInside) special[i] = 1;
  }
  const tokens = {
    ...encoded,
    offsets,
    special,
    sequences: Int8Array.from(special, (flag) => (flag === 1 ? -1 : 0)),
  };
  return {
    tokens,
    chat: { text: chat.text, offsets: encoded.offsets, parts: tokensOfParts(chat.parts, encoded) },
  };
}

/** A token belongs to the part that it begins in. */
function tokensOfParts(parts: readonly RenderedPart[], { offsets, ids }: EncodedText): ChatPart[] {
  let token = 0;
  return parts.map(({ role, isAnswer }, i) => {
    const first = token;
    const end = parts[i + 1]?.from ?? Infinity;
    while (token < ids.length && offsets[2 * token] < end) token++;
    return { role, tokens: [first, token], ...(isAnswer ? { isAnswer } : {}) };
  });
}

/**
 * A file of messages with blanks in place of all that the model does not read: its words are those of the messages.
 * @param offsets [S, 2] ranges of the tokens in the file
 */
export function messagesAlone(text: string, offsets: Int32Array): string {
  const units = Array.from(text, (unit) => (/\s/.test(unit) ? unit : ' '.repeat(unit.length)))
    .join('')
    .split('');
  for (let token = 0; 2 * token < offsets.length; token++)
    for (let at = Math.max(0, offsets[2 * token]); at < offsets[2 * token + 1]; at++) units[at] = text[at];
  return units.join('');
}
