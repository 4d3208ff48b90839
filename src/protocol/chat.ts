/**
 * How roles are marked in a text that holds a chat: `prompt` by lines such as `user:` or `{{role "user"}}`, or by headings, with words before
 * the first one allowed; `markdown` the same, but the first thing that is said has its role. JSON is known by its own shape.
 */
export type ChatForm = 'prompt' | 'markdown';

/** One message of a chat, among the tokens that the model reads. */
export interface ChatPart {
  readonly role: string;
  /** Half-open range of its tokens, those that the template wrote around its words included. */
  readonly tokens: readonly [number, number];
  /** The template has opened a message here that the model is to write: nothing of it is in the file. */
  readonly isAnswer?: true;
}

/** A chat as the model's template writes it. */
export interface Chat {
  /** What the model reads. */
  readonly text: string;
  /** [S, 2] half-open UTF-16 range of each token in `text`. Tokens of the file have their range in the file as well, in the token row. */
  readonly offsets: Int32Array;
  /** One after the other, all tokens together. */
  readonly parts: readonly ChatPart[];
}

const forms: Readonly<Record<string, ChatForm>> = { prompt: 'prompt', prompty: 'prompt', md: 'markdown' };

/** How a file of this name marks roles; undefined where it is not known to hold chats. JSON needs no name. */
export function chatFormOf(path: string): ChatForm | undefined {
  const [, extension = ''] = /\.([a-z]+)$/i.exec(path) ?? [];
  return forms[extension.toLowerCase()];
}
