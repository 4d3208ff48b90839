import { findNodeAtLocation, parseTree, type Node as JsonNode } from 'jsonc-parser';
import type { ChatForm } from '../../protocol/chat';

/** One message of a chat, and where its words stand in the text that it was read from. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
  /** [content.length + 1] source position of each UTF-16 unit of the content: JSON escapes are longer than what they stand for. */
  readonly positions: Int32Array;
}

/**
 * The messages of a chat.
 * @param form how roles are marked where the text is not JSON; undefined: only JSON is a chat
 * @returns undefined where the text is anything else
 */
export function readChat(source: string, form: ChatForm | undefined): ChatMessage[] | undefined {
  return readMessages(source) ?? (form === undefined ? undefined : readRoles(source, form));
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

const roles = 'system|developer|user|assistant|model|tool|function';
/** Gemini's name of the assistant, which templates expect under the usual one. */
const usual: Readonly<Record<string, string>> = { model: 'assistant' };

/** YAML between lines of three dashes: it describes the prompt, and is no part of it. */
const frontMatter = /^\uFEFF?---[ \t]*\r?\n(?:[\s\S]*?\r?\n)?---[ \t]*(?:\r?\n|$)/;

/** Where a message begins: the mark itself is no part of it. */
interface Mark {
  readonly role: string;
  readonly from: number;
  readonly to: number;
}

/** One way of marking roles. */
interface Marking {
  /** All marks, as they stand. */
  find(source: string, from: number): Mark[];
  /** Whose words those before the first mark are. */
  readonly leading: string;
}

/** Prompty: a line `system:`, in older files `# system:`, with attributes in brackets or not. */
const lines: Marking = {
  leading: 'system',
  find: (source, from) =>
    marksOf(
      source,
      from,
      new RegExp(`^[ \\t]*(?:#[ \\t]*)?(${roles})(?:\\[[^\\]\\n]*\\])?[ \\t]*:[ \\t]*$`, 'gim'),
    ),
};

/** Dotprompt: `{{role "system"}}`, on a line of its own or before words. */
const helpers: Marking = {
  leading: 'user',
  find: (source, from) =>
    marksOf(source, from, new RegExp(`\\{\\{~?\\s*role\\s+["'](${roles})["']\\s*~?\\}\\}`, 'gi')),
};

/** Headings, all of the level of the first: `# System`, `## User`. What stands in a fence of code is none. */
const headings: Marking = {
  leading: 'system',
  find: (source, from) => {
    const marks: Mark[] = [];
    let level = 0;
    let fence = '';
    for (let at = from; at < source.length;) {
      const end = source.indexOf('\n', at) + 1 || source.length;
      const line = source.slice(at, end).trimEnd();
      const [, ticks = ''] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? [];
      const heading = fence === '' ? roleHeading(line) : undefined;
      if (ticks !== '' && (fence === '' || ticks.startsWith(fence))) fence = fence === '' ? ticks : '';
      if (level === 0) level = heading?.level ?? 0;
      if (heading?.level === level) marks.push({ role: heading.role, from: at, to: end });
      at = end;
    }
    return marks;
  },
};

const roleWord = new RegExp(`^(${roles})$`, 'i');

/** `## User`, also `## **User**:` and `## User ##`. */
function roleHeading(line: string): { readonly level: number; readonly role: string } | undefined {
  const [, signs, words] = /^ {0,3}(#{1,6})[ \t](.{1,60})$/.exec(line) ?? [];
  if (words === undefined) return undefined;
  const name = words.replace(/[*_:#\s]+$/, '').replace(/^[*_\s]+/, '');
  return roleWord.test(name) ? { level: signs.length, role: name.toLowerCase() } : undefined;
}

/** @param pattern with the role as its first group; global */
function marksOf(source: string, from: number, pattern: RegExp): Mark[] {
  pattern.lastIndex = from;
  const marks: Mark[] = [];
  for (let match = pattern.exec(source); match !== null; match = pattern.exec(source))
    marks.push({ role: match[1].toLowerCase(), from: match.index, to: match.index + match[0].length });
  return marks;
}

/**
 * Messages of a text with roles: behind a front matter, marked by lines, helpers or headings, whichever comes first. White space at the ends of
 * a message is dropped, and so is an empty last message of the assistant, which asks for an answer.
 * @returns undefined where there are no roles, or other things are said before the first one than the form allows
 */
function readRoles(source: string, form: ChatForm): ChatMessage[] | undefined {
  const start = frontMatter.exec(source)?.[0].length ?? 0;
  const [found] = [lines, helpers, headings]
    .map((marking) => ({ marking, marks: marking.find(source, start) }))
    .filter(({ marks }) => marks.length > 0)
    .sort((a, b) => a.marks[0].from - b.marks[0].from);
  if (found === undefined) return undefined;
  const { marking, marks } = found;
  const before = messageOf(source, marking.leading, start, marks[0].from);
  const isTitled = isTitle(before.content);
  // Many a text of another kind has a heading “System” somewhere; a chat begins with a role, and its user speaks.
  if (form === 'markdown' && !(isTitled && marks.some(({ role }) => role === 'user'))) return undefined;
  const messages = marks.map(({ role, to }, i) =>
    messageOf(source, usual[role] ?? role, to, marks[i + 1]?.from ?? source.length),
  );
  const last = messages.at(-1);
  if (last?.role === 'assistant' && last.content === '') messages.pop();
  return isTitled ? messages : [before, ...messages];
}

/** A title and comments are about the chat, not in it. */
function isTitle(words: string): boolean {
  if (words.length > 4000) return false;
  const said = words.replace(/<!--[\s\S]*?-->/g, '').trim();
  return said === '' || /^# .*$/.test(said);
}

function messageOf(source: string, role: string, from: number, to: number): ChatMessage {
  const words = source.slice(from, to);
  const content = words.trim();
  const start = from + words.length - words.trimStart().length;
  return { role, content, positions: Int32Array.from({ length: content.length + 1 }, (_, i) => start + i) };
}
