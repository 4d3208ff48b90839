import { LRUCache } from 'lru-cache';
import { dirname } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { UserError } from '../errors';
import type { Model } from '../onnx/graph';
import { sessionOptions } from '../onnx/sessionOptions';
import { encodeModel } from '../onnx/write';

/**
 * Opens an onnxruntime session on an edited model. The edited graph is passed as bytes; weights are memory-mapped from the
 * original file by onnxruntime itself, so that editing a model of 2 GB costs a few hundred kilobytes.
 * @throws UserError where onnxruntime refuses the model.
 */
export async function openSession(
  model: Model,
  options: InferenceSession.SessionOptions = {},
): Promise<InferenceSession> {
  const bytes = encodeModel(model);
  const folder =
    model.file === '' ? {} : { model_external_initializers_file_folder_path: dirname(model.file) };
  try {
    return await InferenceSession.create(bytes, {
      ...sessionOptions(folder),
      ...options,
    });
  } catch (cause) {
    throw new UserError(
      `onnxruntime cannot load “${model.file}” (${reasonOf(cause)}). Download or export the model again.`,
      'model',
      { cause },
    );
  }
}

/** What onnxruntime says is wrong, as part of a sentence: without the place in its own source that it begins with, and not longer than a few lines. */
export function reasonOf(thrown: unknown): string {
  const [line] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
  const running =
    /^Non-zero status code returned while running (.*) node\. Name:'(.*)' Status Message: /.exec(line);
  const where = running === null ? '' : `${running[1]} “${running[2]}”: `;
  const plain = `${where}${inPlainWords(line.slice(running?.[0].length ?? 0))}`;
  return plain.length > 300 ? `${plain.slice(0, 299)}…` : plain;
}

function inPlainWords(message: string): string {
  // “/onnxruntime_src/….cc:202 void onnxruntime::Function(…) condition was false. What is wrong”
  return message
    .replace(/^.*\.(?:cc|h|cpp):\d+ /, '')
    .replace(/^.* was false\. ?(?=.)/, '')
    .replace(/^[\w:<> ]*onnxruntime::.*\) (?=[A-Z])/, '')
    .trim()
    .replace(/[.\s]+$/, '');
}

/** Sessions kept warm, least recently used given up first. */
export class SessionCache {
  private readonly sessions: LRUCache<string, Promise<InferenceSession>>;

  constructor(most: number) {
    this.sessions = new LRUCache({
      max: most,
      // Only what leaves the cache is released; a run in progress keeps its session alive by its own reference.
      dispose: (session) => void session.then((opened) => opened.release()).catch(() => undefined),
    });
  }

  /** The session of this key, opened by `open` where there is none yet; a failed opening is not remembered. */
  async get(key: string, open: () => Promise<InferenceSession>): Promise<InferenceSession> {
    const warm = this.sessions.get(key);
    if (warm !== undefined) return warm;
    const opening = open();
    this.sessions.set(key, opening);
    try {
      return await opening;
    } catch (error) {
      this.sessions.delete(key);
      throw error;
    }
  }

  has(key: string): boolean {
    return this.sessions.has(key);
  }

  clear(): void {
    this.sessions.clear();
  }
}
