import { Template } from '@huggingface/jinja';
import { findNodeAtLocation, parseTree, type Node as JsonNode } from 'jsonc-parser';
import { UserError } from '../errors';
import { reason, type EncodedText, type ModelTokenizer } from './tokenizer';

/** One message of a chat, and where its words stand in the text that it was read from. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
  /** [content.length + 1] source position of each UTF-16 unit of the content: JSON escapes are longer than what they stand for. */
  readonly positions: Int32Array;
}

/** A chat as the model reads it. */
export interface RenderedChat {
  readonly text: string;
  /** [text.length + 1] position in the source of each UTF-16 unit; −1 for what the template wrote. */
  readonly positions: Int32Array;
}

/**
 * Messages of a chat from JSON: a list of `{"role", "content"}`, or an object with such a list under `messages`. Comments and a comma
 * at the end are tolerated.
 * @returns undefined where the text is anything else
 */
export function readMessages(source: string): ChatMessage[] | undefined {
  if (!/^\s*[[{]/.test(source)) return undefined;
  const errors: unknown[] = [];
  const root = parseTree(source, errors as never[], { allowTrailingComma: true });
  if (root === undefined || errors.length > 0) return undefined;
  const list = root.type === 'array' ? root : findNodeAtLocation(root, ['messages']);
  if (list?.type !== 'array' || list.children === undefined || list.children.length === 0) return undefined;
  const messages: ChatMessage[] = [];
  for (const entry of list.children) {
    const role = entry.type === 'object' ? findNodeAtLocation(entry, ['role']) : undefined;
    const content = entry.type === 'object' ? findNodeAtLocation(entry, ['content']) : undefined;
    if (role?.type !== 'string' || content?.type !== 'string') return undefined;
    messages.push({
      role: String(role.value),
      content: String(content.value),
      positions: positionsIn(source, content),
    });
  }
  return messages;
}

/** Where each unit of a JSON string literal's value stands in the source. */
function positionsIn(source: string, literal: JsonNode): Int32Array {
  const value = String(literal.value);
  const positions = new Int32Array(value.length + 1);
  let at = literal.offset + 1;
  for (let i = 0; i < value.length; i++) {
    positions[i] = at;
    at += source[at] !== '\\' ? 1 : source[at + 1] === 'u' ? 6 : 2;
  }
  positions[value.length] = at;
  return positions;
}

/**
 * Renders messages with a model's chat template (Jinja, as `transformers` does), ready for the assistant's answer.
 * @throws UserError where the template refuses the messages
 */
export function renderChat(
  template: string,
  messages: readonly ChatMessage[],
  tokenizer: ModelTokenizer,
): RenderedChat {
  const { bos, eos, unk, pad } = tokenizer.specials;
  const render = (contents: readonly string[]): string =>
    new Template(template).render({
      messages: messages.map(({ role }, i) => ({ role, content: contents[i] })),
      add_generation_prompt: messages.at(-1)?.role !== 'assistant',
      bos_token: bos?.token ?? '',
      eos_token: eos?.token ?? '',
      unk_token: unk?.token ?? '',
      pad_token: pad?.token ?? '',
    });
  let text: string;
  let marked: string;
  // Marks of a private-use plane stand in for the contents in a second rendering: they tell where the template puts each of them.
  const markOf = (i: number): string => String.fromCodePoint(0xf0000 + i);
  try {
    text = render(messages.map(({ content }) => content));
    marked = render(messages.map((_, i) => markOf(i)));
  } catch (cause) {
    throw new UserError(
      `The model's chat template refuses these messages: ${reason(cause)}. Check the roles and their order.`,
      'input',
      { cause },
    );
  }
  return { text, positions: positionsOf(text, marked, messages, markOf) };
}

function positionsOf(
  text: string,
  marked: string,
  messages: readonly ChatMessage[],
  markOf: (i: number) => string,
): Int32Array {
  const positions = new Int32Array(text.length + 1).fill(-1);
  let from = 0;
  messages.forEach(({ content, positions: source }, i) => {
    const mark = marked.indexOf(markOf(i));
    if (mark < 0) return;
    const before = literalBefore(marked, mark);
    const earliest = Math.max(0, from - before.length);
    // Templates often trim what they are given.
    const kept = text.includes(before + content, earliest) ? content : content.trim();
    const at = text.indexOf(before + kept, earliest);
    if (at < 0 || kept === '') return;
    const start = at + before.length;
    const shift = content.indexOf(kept);
    for (let unit = 0; unit <= kept.length; unit++) positions[start + unit] = source[shift + unit];
    from = start + kept.length;
  });
  return positions;
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
export async function encodeChat(chat: RenderedChat, tokenizer: ModelTokenizer): Promise<EncodedText> {
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
  return {
    ...encoded,
    offsets,
    special,
    sequences: Int8Array.from(special, (flag) => (flag === 1 ? -1 : 0)),
  };
}
