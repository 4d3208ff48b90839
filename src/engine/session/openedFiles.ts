import { LRUCache } from 'lru-cache';
import type { AttentionRequest } from '../../protocol/engine';
import type { Inspection } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { openAttentionFile, type OpenedAttention } from '../attentionFile/open';
import { UserError } from '../errors';
import { betweenWords } from './betweenWords';
import type { Work } from './queue';
import type { TextParser } from './textParser';

/** Files whose summaries are kept; the attention itself stays on disk. */
const filesKept = 50;

/** Inspections that were read from files instead of being computed. */
export class OpenedFiles {
  readonly #opened = new LRUCache<string, OpenedAttention>({ max: filesKept });

  async open(id: string, path: string, parser: TextParser, work: Work): Promise<Inspection> {
    const opened = await openAttentionFile(id, path, parser, work);
    this.#opened.set(id, opened);
    return opened.inspection;
  }

  /** [Sq, Sk] or [W, W] per head, read from the file; undefined where the inspection is from none. */
  attention({ inspection: id, heads, level }: AttentionRequest): Promise<Tensor[]> | undefined {
    const opened = this.#opened.get(id);
    return opened && readHeads(opened, heads, level);
  }

  /** @throws UserError where the inspection is from a file: calls that run a model have none to run */
  refuse(id: string): void {
    if (!this.#opened.has(id)) return;
    throw new UserError(
      'This attention was read from a file: there is no model that could be run again. Inspect the text with a model.',
      'input',
    );
  }
}

async function readHeads(
  { inspection, head: read }: OpenedAttention,
  heads: AttentionRequest['heads'],
  level: AttentionRequest['level'],
): Promise<Tensor[]> {
  const tensors: Tensor[] = [];
  for (const head of heads) {
    const attention = await read(head);
    tensors.push(level === 'token' ? attention : betweenWords(attention, head.block, inspection));
  }
  return tensors;
}
