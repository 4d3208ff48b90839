import { LRUCache } from 'lru-cache';
import type { AttentionRequest } from '../src/protocol/engine';
import type { HeadRef } from '../src/protocol/inspection';
import type { Tensor } from '../src/protocol/tensor';
import type { HostCalls } from '../src/protocol/view';

export type AttentionLevel = AttentionRequest['level'];

/** Bytes of attention that one webview keeps: 100 heads of 512 tokens. */
const defaultBytes = 100 * 512 * 512 * 4;

interface Wanted {
  readonly head: HeadRef;
  readonly key: string;
  resolve(attention: Tensor): void;
  reject(error: unknown): void;
}

interface Batch {
  readonly inspection: string;
  readonly level: AttentionLevel;
  readonly wanted: Wanted[];
}

/**
 * Attention of single heads, fetched when it is drawn. What is asked for within one microtask travels in one request,
 * a head is fetched once however often it is asked for, and the least recently used heads are dropped.
 */
export class AttentionCache {
  readonly #host: Pick<HostCalls, 'attention'>;
  readonly #inspection: () => string | undefined;
  readonly #arrived: LRUCache<string, Tensor>;
  readonly #underway = new Map<string, Promise<Tensor>>();
  #batches: Batch[] = [];

  /** @param inspection the id of the inspection that is shown now. */
  constructor(
    host: Pick<HostCalls, 'attention'>,
    inspection: () => string | undefined,
    maxBytes: number = defaultBytes,
  ) {
    this.#host = host;
    this.#inspection = inspection;
    this.#arrived = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (attention) => Math.max(1, attention.data.byteLength),
    });
  }

  /** [Sq, Sk] (tokens) or [W, W] (words) of the head if it is here already. */
  peek(head: HeadRef, level: AttentionLevel): Tensor | undefined {
    const inspection = this.#inspection();
    return inspection === undefined ? undefined : this.#arrived.get(keyOf(inspection, head, level));
  }

  /** [Sq, Sk] (tokens) or [W, W] (words) of one head of the shown inspection. Rejects with a sentence for the user. */
  async get(head: HeadRef, level: AttentionLevel): Promise<Tensor> {
    const inspection = this.#inspection();
    if (inspection === undefined)
      throw new Error('There is no inspection yet whose attention could be drawn.');
    const key = keyOf(inspection, head, level);
    const here = this.#arrived.get(key);
    if (here) return here;
    let underway = this.#underway.get(key);
    if (!underway) {
      underway = new Promise<Tensor>((resolve, reject) => {
        this.#batch(inspection, level).wanted.push({ head, key, resolve, reject });
      });
      this.#underway.set(key, underway);
    }
    return underway;
  }

  #batch(inspection: string, level: AttentionLevel): Batch {
    let batch = this.#batches.find((other) => other.inspection === inspection && other.level === level);
    if (!batch) {
      batch = { inspection, level, wanted: [] };
      if (this.#batches.length === 0) queueMicrotask(() => this.#send());
      this.#batches.push(batch);
    }
    return batch;
  }

  #send(): void {
    const batches = this.#batches;
    this.#batches = [];
    for (const batch of batches) void this.#fetch(batch);
  }

  async #fetch({ inspection, level, wanted }: Batch): Promise<void> {
    try {
      const heads = wanted.map((one) => one.head);
      const fetched = await this.#host.attention({ inspection, heads, level });
      wanted.forEach((one, i) => {
        this.#arrived.set(one.key, fetched[i]);
        one.resolve(fetched[i]);
      });
    } catch (error) {
      for (const one of wanted) one.reject(error);
    } finally {
      for (const one of wanted) this.#underway.delete(one.key);
    }
  }
}

function keyOf(inspection: string, { block, layer, head }: HeadRef, level: AttentionLevel): string {
  return `${inspection} ${level} ${block} ${layer}.${head}`;
}
